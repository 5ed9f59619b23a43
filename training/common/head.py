"""Head motion between onset and apex as the camera sees it: a rigid motion of the face's surface in perspective.

What the server's similarity registration leaves over is drawn too: a small similarity, besides the parallax of a
rotation, which no similarity can take away.
"""

import numpy as np
import torch

from .crop import EYE_X, EYE_Y


def draw_head_motion(rng):
    """Parameters of one motion: rotation (pitch, yaw, roll) rad, translation px, scale, camera distance px,
    `registered`.
    """
    kind = rng.random()
    if kind < 0.15:
        level = 0.0  # tripod and a still head
    elif kind < 0.80:
        level = rng.uniform(0.1, 1.0)
    elif kind < 0.96:
        level = rng.uniform(1.0, 2.2)
    else:
        level = rng.uniform(2.2, 4.0)
    return {
        "rotation": rng.normal(0, 0.010, 3) * level * np.array([1, 1, 0.5]),
        "shift": rng.normal(0, 1.0, 2) * level,
        "scale": rng.normal(0, 0.005) * level,
        "distance": float(rng.uniform(350, 1200)),
        "registered": bool(rng.random() < 0.6),
        "residual": rng.normal(0, 1.0, 4) * np.array([0.25, 0.25, 0.0015, 0.0015]) * min(level, 1.0),
    }


def head_flow(motion, grid, depth, face):
    """Flow (2, h, w) px of the rigid motion at crop positions `grid` (2, h, w).

    depth: (h, w) px towards the camera, 0 at the outer eye corners; face: (h, w) weights, the region that registration
    looks at.
    """
    centre = torch.tensor([EYE_X, EYE_Y + 25.0])[:, None, None]
    p = grid - centre
    d = motion["distance"]
    pitch, yaw, roll = (float(a) for a in motion["rotation"])
    pivot = -90.0  # the neck's joint lies behind the face
    z = depth - pivot
    x, y = p[0] * (d - depth) / d, p[1] * (d - depth) / d
    cx, sx, cy, sy, cz, sz = np.cos(pitch), np.sin(pitch), np.cos(yaw), np.sin(yaw), np.cos(roll), np.sin(roll)
    y, z = cx * y - sx * z, sx * y + cx * z
    x, z = cy * x + sy * z, -sy * x + cy * z
    x, y = cz * x - sz * y, sz * x + cz * y
    z = z + pivot
    moved = torch.stack([x, y]) * (d / (d - z)) * (1 + float(motion["scale"]))
    moved = moved + torch.tensor(motion["shift"]).float()[:, None, None]
    flow = moved - p
    if motion["registered"]:
        tx, ty, a, b = (float(v) for v in motion["residual"])
        flow = flow - similarity_fit(flow, p, face)
        flow = flow + torch.stack([tx + a * p[0] - b * p[1], ty + b * p[0] + a * p[1]])
    return flow


def similarity_fit(flow, p, weight):
    """Least-squares displacement [tx + a x - b y, ty + b x + a y] of `flow` under `weight`, evaluated at p."""
    w = weight / weight.sum()
    mean_p, mean_f = (w * p).sum((1, 2), keepdim=True), (w * flow).sum((1, 2), keepdim=True)
    q, f = p - mean_p, flow - mean_f
    norm = (w * (q * q).sum(0)).sum()
    a = (w * (q[0] * f[0] + q[1] * f[1])).sum() / norm
    b = (w * (q[0] * f[1] - q[1] * f[0])).sum() / norm
    return mean_f + torch.stack([a * q[0] - b * q[1], b * q[0] + a * q[1]])
