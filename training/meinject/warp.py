"""Backward warping of planes by a flow given on a face's lattice."""

import cv2
import torch
import torch.nn.functional as F

from .fields import STEP


def inverse_positions(flow, box, lattice, camera=(1.0, 0.0, 0.0), centre=(0.0, 0.0), steps=3):
    """Where each lattice position of the output comes from: the fixed point of g = y - flow(g), y =
    camera^-1(position).

    flow: (2, h, w) px on the box's lattice, 0 at its rim; camera: scale about `centre` (canvas px) and shift. (2, h, w)
    canvas px.
    """
    scale, dx, dy = camera
    middle = torch.tensor(centre).float()[:, None, None]
    y = (lattice - middle - torch.tensor([dx, dy]).float()[:, None, None]) / scale + middle
    low = torch.tensor([box.x0, box.y0]).float()[:, None, None]
    size = torch.tensor([box.columns, box.rows]).float()[:, None, None] * STEP
    g = y
    for _ in range(steps):
        at = ((g - low) * (2 / size) - 1).permute(1, 2, 0)[None]
        g = y - F.grid_sample(flow[None], at, mode="bilinear", padding_mode="border", align_corners=True)[0]
    return g


def sample_luma(luma, positions, box, oversampling):
    """luma: (H, W) float32 tensor at 1/oversampling px; positions on the lattice -> (height, width) of the box,
    bicubic.
    """
    full = F.interpolate(positions[None], size=(box.height, box.width), mode="bilinear", align_corners=True)[0]
    to_unit = torch.tensor([2.0 * oversampling / (luma.shape[1] - 1), 2.0 * oversampling / (luma.shape[0] - 1)])
    at = (full.permute(1, 2, 0) * to_unit - 1)[None]
    return F.grid_sample(luma[None, None], at, mode="bicubic", padding_mode="border", align_corners=True)[
        0, 0
    ].numpy(), full


def sample_chroma(planes, full):
    """Half-resolution patch of each canvas plane at the centres of 2 x 2 px; cv2's 1/32 px is enough for chroma."""
    rows, columns = full.shape[1] // 2, full.shape[2] // 2
    x, y = ((full[i, : 2 * rows : 2, : 2 * columns : 2] + 0.5).numpy() for i in (0, 1))
    return [cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for plane in planes]
