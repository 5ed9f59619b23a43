"""Sampling of images and fields at real-valued positions, in float32: no quantised coordinates as in cv2.remap (1/32
px).
"""

import torch
import torch.nn.functional as F


def pixel_grid(height, width, step=1.0, start=0.0):
    """(2, height, width) positions (x, y): start + step * index."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([x, y]).float() * step + start


def sample(field, at, step=1.0, start=0.0, mode="bilinear"):
    """Value of `field` (C, h, w), whose cell (i, j) sits at (start + step * j, start + step * i), at positions `at` (2,
    H, W).

    Positions outside take the border's value. mode: bilinear or bicubic (Keys, a = -0.75). Returns (C, H, W).
    """
    height, width = field.shape[-2:]
    to_unit = torch.tensor([2.0 / (step * (width - 1)), 2.0 / (step * (height - 1))])
    lattice = torch.addcmul(-start * to_unit - 1.0, at.permute(1, 2, 0), to_unit)[None]
    return F.grid_sample(field[None], lattice, mode=mode, padding_mode="border", align_corners=True)[0]


def upsample(field, size):
    """Bicubic resize of (C, h, w) to (C, size, size) with aligned corners."""
    return F.interpolate(field[None], size=(size, size), mode="bicubic", align_corners=True)[0]


def invert(flow, tolerance=5e-4, most_steps=12):
    """Inverse positions of y = x + flow(x) by fixed-point iteration g <- y - flow(g).

    flow: (2, H, W) px on the onset grid, Lipschitz constant below 1. Returns (2, H, W): for every apex pixel y the
    onset position g(y). The error shrinks by the Lipschitz constant at each step; stops when no pixel moves by
    `tolerance` px.
    """
    y = pixel_grid(*flow.shape[-2:])
    g = y - flow
    for _ in range(most_steps):
        closer = y - sample(flow, g)
        moved = float((closer - g).abs().max())
        g = closer
        if moved < tolerance:
            break
    return g
