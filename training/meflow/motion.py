"""Families of expression motion: each gives a displacement field (2, h, w) in crop px on the coarse lattice of the
crop.

Families: `blendshape` (action units of the face model applied to the portrait), `bumps` (local Gaussian deformations),
`patches` (a piece of face that moves rigidly, with a soft rim), `random` (smooth random fields) and `muscle` (the
vector muscle of Waters 1987, SIGGRAPH, written from its description). `muscle` is never trained on: it is the held-out
family of the test set.
"""

import numpy as np
import torch
import torch.nn.functional as F

from common.action_units import draw_action_units, shape_weights
from common.grid import sample

TRAINED = ("blendshape", "bumps", "patches", "random")
HELD_OUT = "muscle"
# FaceMesh landmarks about which faces move: brows, lids, nose wings, cheeks, mouth, chin.
HOT_SPOTS = [
    70,
    63,
    105,
    66,
    107,
    336,
    296,
    334,
    293,
    300,
    159,
    145,
    386,
    374,
    33,
    133,
    263,
    362,
    9,
    48,
    278,
    205,
    425,
    50,
    280,
    61,
    291,
    0,
    17,
    37,
    267,
    84,
    314,
    152,
    199,
    175,
    10,
    151,
]


def draw_peak(rng, least=0.2, most=3.0):
    """Peak displacement, px: log-normal about 0.7."""
    return float(np.clip(rng.lognormal(-0.3, 0.75), least, most))


def limited(field, steepest=0.45, spacing=2.0):
    """Scale the field down where its steepest change (px per px) would fold the image."""
    slope = max(float(torch.diff(field, dim=1).abs().max()), float(torch.diff(field, dim=2).abs().max())) / spacing
    return field * min(1.0, steepest / max(slope, 1e-9))


def blendshape(rng, shapes, at_model):
    """Sum of action-unit fields.

    shapes: Blendshapes; at_model: (2, h, w) positions in the model's plane. Returns field, units.
    """
    units = draw_action_units(rng)
    total = 0
    for unit in units:
        weights = shape_weights(unit)
        field = sum(w * shapes.fields[shapes.index[name]] for name, w in weights.items())
        total = total + field * (unit["px"] / float(field.square().sum(0).max().sqrt()))
    if not units:
        return torch.zeros_like(at_model), []
    return sample(total, at_model, shapes.step, shapes.start, "bicubic"), units


def bumps(rng, grid, points):
    """One to five anisotropic Gaussians about landmarks. grid: (2, h, w) crop px; points: (468, 2) crop px."""
    total = torch.zeros_like(grid)
    peak = draw_peak(rng)
    for _ in range(int(rng.integers(1, 6))):
        centre = points[int(rng.choice(HOT_SPOTS))] + rng.normal(0, 6, 2)
        sigma = np.exp(rng.uniform(np.log(5), np.log(26), 2))
        angle, direction = rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi)
        dx, dy = grid[0] - float(centre[0]), grid[1] - float(centre[1])
        a = (np.cos(angle) * dx + np.sin(angle) * dy) / sigma[0]
        b = (-np.sin(angle) * dx + np.cos(angle) * dy) / sigma[1]
        bell = torch.exp(-0.5 * (a * a + b * b))
        total = total + bell * torch.tensor([np.cos(direction), np.sin(direction)]).float()[:, None, None] * (
            peak * rng.uniform(0.3, 1)
        )
    return total


def patches(rng, grid, points):
    """One to three discs that shift as a whole, rim 3 to 10 px wide."""
    total = torch.zeros_like(grid)
    peak = draw_peak(rng)
    for _ in range(int(rng.integers(1, 4))):
        centre = points[int(rng.choice(HOT_SPOTS))] + rng.normal(0, 6, 2)
        radii, rim, direction = rng.uniform(7, 30, 2), rng.uniform(3, 10), rng.uniform(0, 2 * np.pi)
        distance = (
            ((grid[0] - float(centre[0])) / radii[0]) ** 2 + ((grid[1] - float(centre[1])) / radii[1]) ** 2
        ).sqrt()
        weight = torch.sigmoid((1 - distance) * float(radii.mean() / rim) * 2)
        total = total + weight * torch.tensor([np.cos(direction), np.sin(direction)]).float()[:, None, None] * (
            peak * rng.uniform(0.4, 1)
        )
    return total


def random(rng, grid):
    """Smooth random field, 5 to 16 knots across, non-zero in some parts of the face only."""
    knots = int(rng.integers(5, 17))
    size = grid.shape[-2:]
    noise = torch.from_numpy(rng.standard_normal((1, 3, knots, knots)).astype(np.float32))
    fine = F.interpolate(noise, size=size, mode="bicubic", align_corners=True)[0]
    field = fine[:2] * torch.sigmoid(4 * (fine[2:] - rng.uniform(-0.5, 0.8)))
    return field * (draw_peak(rng) / float(field.square().sum(0).max().sqrt() + 1e-6))


def muscle(rng, grid, points):
    """One to four linear muscles: skin within a sector about the muscle's axis is drawn towards its fixed end."""
    total = torch.zeros_like(grid)
    peak = draw_peak(rng)
    for _ in range(int(rng.integers(1, 5))):
        tail = points[int(rng.choice(HOT_SPOTS))] + rng.normal(0, 5, 2)
        length, angle = rng.uniform(18, 55), rng.uniform(0, 2 * np.pi)
        axis = np.array([np.cos(angle), np.sin(angle)])
        head = tail - length * axis  # fixed end; skin about `tail` moves towards it
        dx, dy = grid[0] - float(head[0]), grid[1] - float(head[1])
        radius = (dx * dx + dy * dy).sqrt() + 1e-6
        cosine = (dx * float(axis[0]) + dy * float(axis[1])) / radius
        sector = np.cos(rng.uniform(0.35, 0.9))
        angular = ((cosine - sector) / (1 - sector)).clamp(0, 1)
        reach = 1.35 * length
        radial = torch.where(
            radius < length,
            torch.sin(0.5 * np.pi * radius / length),
            torch.cos(0.5 * np.pi * (radius - length) / (reach - length)),
        )
        weight = angular * radial * (radius < reach)
        total = total - weight * torch.stack([dx, dy]) / radius * (peak * rng.uniform(0.4, 1))
    kernel = torch.ones(2, 1, 5, 5) / 25  # the sector's edge, softened
    return F.conv2d(F.pad(total[None], (2, 2, 2, 2), mode="replicate"), kernel, groups=2)[0]


def gaze(rng, eyes):
    """Both irises shift alike under resting lids. eyes: (1, h, w) soft mask of the eye openings."""
    direction, size = rng.uniform(0, 2 * np.pi), rng.lognormal(-0.3, 0.7)
    return eyes * torch.tensor([np.cos(direction), np.sin(direction)]).float()[:, None, None] * float(min(size, 3.0))


def blink(rng, shapes, at_model):
    """Lids that close in part: 0.5 to 5 px at the upper lid."""
    field = shapes.fields[shapes.index["eyeBlink_L"]] + shapes.fields[shapes.index["eyeBlink_R"]]
    field = field / float(field.square().sum(0).max().sqrt()) * float(np.exp(rng.uniform(np.log(0.5), np.log(5))))
    return sample(field, at_model, shapes.step, shapes.start, "bicubic")
