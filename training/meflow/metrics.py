"""Metrics of a flow estimate against the ground truth, over visible face pixels whose truth is known."""

import numpy as np

MOVING = 0.5  # px: where the true expression exceeds it, the expression "moves"
STILL = 1e-3  # px: a pair whose true expression stays below it everywhere is a null pair


def pair_measures(facial, head, truth):
    """All arrays (2,H,W) px; truth: the dataset's pair as numpy. head may be None (methods that give one flow only).

    facial: mean end-point error of the facial flow; moving: the same where the true expression > 0.5 px (nan if
    nowhere); expression: mean end-point error of facial - head over the whole face; zero, zero_moving: what zero flow
    scores; null: mean length of the estimated expression flow on a null pair (else nan); angle: mean angle in degrees
    between true and estimated expression where it moves. For a method without head flow the true head flow is
    subtracted, which flatters it.
    """
    keep = (truth["face"][0] > 0) & (truth["visible"][0] > 0)
    if "known" in truth:
        keep &= truth["known"][0] > 0
    expression_truth = truth["facial"] - truth["head"]
    expression = facial - (truth["head"] if head is None else head)
    moves = keep & (np.hypot(*expression_truth) > MOVING)
    error = np.hypot(*(facial - truth["facial"]))
    expression_error = np.hypot(*(expression - expression_truth))
    null = float(np.hypot(*expression_truth).max()) < STILL
    out = {
        "facial": error[keep].mean(),
        "moving": error[moves].mean() if moves.any() else np.nan,
        "expression": expression_error[keep].mean(),
        "expression_moving": expression_error[moves].mean() if moves.any() else np.nan,
        "zero": np.hypot(*truth["facial"])[keep].mean(),
        "zero_expression": np.hypot(*expression_truth)[keep].mean(),
        "null": np.hypot(*expression)[keep].mean() if null else np.nan,
        "null_facial": np.hypot(*facial)[keep].mean() if null and truth.get("still") else np.nan,
        "angle": np.nan,
    }
    if moves.any():
        a, b = expression[:, moves], expression_truth[:, moves]
        cosine = (a * b).sum(0) / (np.hypot(*a) * np.hypot(*b) + 1e-9)
        out["angle"] = np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean()
    return {name: float(value) for name, value in out.items()}


def summary(rows, names=("facial", "moving", "expression", "null")):
    """Means over pairs; pairs without the quantity are left out."""
    return {
        name: float(np.nanmean([row[name] for row in rows]))
        if any(np.isfinite(row[name]) for row in rows)
        else float("nan")
        for name in names
    }


def interval_by_identity(rows, identities, name, seed=0, draws=1000):
    """95 % interval of the mean by bootstrap over identities (subjects are resampled, not pairs)."""
    values = np.array([row[name] for row in rows])
    groups = {}
    for who, value in zip(identities, values):
        if np.isfinite(value):
            groups.setdefault(who, []).append(value)
    if not groups:
        return float("nan"), float("nan")
    sums = np.array([(sum(v), len(v)) for v in groups.values()])
    rng = np.random.default_rng(seed)
    means = [np.divide(*sums[rng.integers(0, len(sums), len(sums))].sum(0)) for _ in range(draws)]
    return float(np.percentile(means, 2.5)), float(np.percentile(means, 97.5))
