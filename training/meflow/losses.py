"""Training losses. Flow in px of the crop; weights and masks are (B,1,H,W)."""

import torch
import torch.nn.functional as F

from common.crop import SIZE


def length(flow):
    """(B,2,H,W) -> (B,1,H,W) Euclidean length, smooth at zero (Charbonnier, 1e-3 px)."""
    return torch.sqrt((flow * flow).sum(1, keepdim=True) + 1e-6)


def mean(error, weight):
    return (error * weight).sum() / (weight.sum() + 1e-6)


def pixel_weights(pair, moving=5.0):
    """Face 1, surroundings 0.2, occluded pixels 0.1, 0 where the truth is unknown (`known`, if the pair has it); up to
    1 + `moving` times as much where the expression moves (from 0.15 to 0.5 px).

    Without this weight the network prefers zero flow: most faces are still, and little of the skin moves.
    """
    weight = 0.2 + 0.8 * pair["face"]
    weight = weight * (0.1 + 0.9 * pair["visible"]) * pair.get("known", 1.0)
    moves = ((length(pair["facial"] - pair["head"]) - 0.15) / 0.35).clamp(0, 1)
    return weight * (1 + moving * moves)


def end_point(facial, head, pair, weight):
    """Facial, expression and (at half weight) head end-point error."""
    expression, truth = facial - head, pair["facial"] - pair["head"]
    return (
        mean(length(facial - pair["facial"]), weight)
        + mean(length(expression - truth), weight)
        + 0.5 * mean(length(head - pair["head"]), weight)
    )


def angular(facial, head, pair, weight):
    """1 - cos between expression flows where the true one exceeds 0.5 px."""
    expression, truth = facial - head, pair["facial"] - pair["head"]
    cosine = (expression * truth).sum(1, keepdim=True) / (length(expression) * length(truth))
    return mean(1 - cosine, weight * (length(truth) > 0.5))


def total_loss(output, pair, gamma=0.7, moving=5.0, iterations=0.6):
    """Sequence loss over the iterations (RAFT's weighting, at 56 x 56), end-point, angular and Laplace likelihood at
    full size.
    """
    facial, head, log_sigma, history = output
    weight = pixel_weights(pair, moving)
    loss = end_point(facial, head, pair, weight) + 0.05 * angular(facial, head, pair, weight)
    small = {name: F.avg_pool2d(pair[name], 4) for name in ("facial", "head")}
    small_weight = F.avg_pool2d(weight, 4)
    for back, (f, h) in enumerate(reversed(history[:-1])):
        loss = loss + iterations * gamma**back * end_point(f, h, small, small_weight)
    error = length(facial - pair["facial"]).detach()
    return loss + 0.02 * mean(
        error * torch.exp(-log_sigma) + log_sigma, (0.2 + 0.8 * pair["face"]) * pair.get("known", 1.0)
    )


def cycle_loss(forward, backward, pair):
    """Forward-backward error |f(x) + b(x + f(x))| of facial flows (B,2,224,224), px, over the visible face; 0 for a
    consistent flow.
    """
    y, x = torch.meshgrid(
        torch.arange(float(SIZE), device=forward.device),
        torch.arange(float(SIZE), device=forward.device),
        indexing="ij",
    )
    at = (torch.stack([x, y])[None] + forward) * (2.0 / SIZE) + (1.0 / SIZE - 1.0)
    returned = F.grid_sample(backward, at.permute(0, 2, 3, 1), padding_mode="border", align_corners=False)
    return mean(length(forward + returned), pair["visible"] * (0.2 + 0.8 * pair["face"]))
