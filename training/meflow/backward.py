"""The same pair in reverse: from the apex to the onset."""

from common.grid import invert, pixel_grid, sample


def backward_pair(pair):
    """Pair whose onset is `pair`'s apex: facial and head flow are the exact inverses, on the apex's grid.

    pair: onset, apex (1, S, S); facial, head (2, S, S) px; visible, face and, of real faces, known (1, S, S) 0/1.
    Returns the same names. A pixel of the apex is visible where the onset's pixel that came there lies in the crop and
    was seen there.
    """
    size = pair["facial"].shape[-1]
    grid = pixel_grid(size, size)
    came_from = invert(pair["facial"])
    inside = ((came_from >= 0) & (came_from <= size - 1)).all(0, keepdim=True)
    seen = sample(pair["visible"].float(), came_from) > 0.5
    masks = {name: sample(pair[name].float(), came_from) > 0.5 for name in ("face", "known") if name in pair}
    return {
        "onset": pair["apex"],
        "apex": pair["onset"],
        "facial": came_from - grid,
        "head": invert(pair["head"]) - grid,
        "visible": inside & seen,
    } | masks
