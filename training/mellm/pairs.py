"""Onset-apex pairs of known action units, with the onset's landmarks: MEFlowDataset's renderer, its faces, cameras and
splits.
"""

import numpy as np
import torch
import torch.nn.functional as F

from common.crop import EYE_X, EYE_Y, SIZE
from common.grid import sample
from common.splits import SPLITS
from meflow import motion
from meflow.dataset import MEFlowDataset, draw_jitter

from .units import draw_units, unit_field

# What a pair shows: action units (perhaps besides a blink or a glance), or one of the things that are no
# micro-expression.
KINDS = ("units", "nothing", "blink", "gaze", "flutter")
SHARES = (0.68, 0.17, 0.06, 0.04, 0.05)


class InstructPairs(MEFlowDataset):
    """pairs[i]: MEFlowDataset's pair, and info = {kind, units, blink, gaze, landmarks (468, 2) crop px with pixel
    centres at .5, ...}.

    Fields, images and landmarks depend on (seed, split, index) alone.
    """

    def __getitem__(self, index):
        key = [self.seed, 40 + SPLITS.index(self.split), index]
        pair = self.make(np.random.default_rng(key))
        rng = np.random.default_rng(key)  # the same draws again: who, and how the crop was jittered
        who = int(rng.integers(len(self.keys)))
        points = where(draw_jitter(rng), self.rows["points"][who])
        if pair["info"].get("mirrored"):
            points = mirrored_points(points, self.permutation)
        noise = np.random.default_rng([*key, 1])
        points = points + noise.normal(0, 0.6, 2) + noise.normal(0, 0.5, points.shape)  # a tracker's bias and jitter
        pair["info"]["landmarks"] = (points + 0.5).astype(np.float32)
        return pair

    def draw_expression(self, rng, at_model, grid, points, eyes):
        kind = str(rng.choice(KINDS, p=SHARES))
        field, info = (
            torch.zeros_like(grid),
            {"family": "none" if kind == "nothing" else kind, "kind": kind, "units": []},
        )
        if kind == "units":
            info["units"] = draw_units(rng, self.split)
            for unit in info["units"]:
                unit_px = sample(
                    unit_field(unit, self.shapes), at_model, self.shapes.step, self.shapes.start, "bicubic"
                )
                field = field + unit_px
        if kind == "flutter":
            noise = motion.random(rng, grid)
            field = noise * (float(rng.uniform(0.1, 0.45)) / float(noise.square().sum(0).max().sqrt() + 1e-6))
        if kind == "blink" or (kind == "units" and rng.random() < 0.08):
            field, info["blink"] = field + motion.blink(rng, self.shapes, at_model), True
        if kind == "gaze" or rng.random() < 0.1:
            field, info["gaze"] = field + motion.gaze(rng, F.avg_pool2d(eyes[None], 5, 1, 2)[0]), True
        return field, info

    @property
    def permutation(self):
        if not hasattr(self, "_permutation"):
            self._permutation = mirror_permutation(self.rows["points"].mean(0))
        return self._permutation


def where(jitter, canonical, steps=6):
    """Crop positions (n, 2) of canonical points: the inverse of the crop's jitter, its smooth warp included."""
    target = torch.from_numpy(np.asarray(canonical, np.float32)).T[:, :, None]
    centre = torch.tensor([EYE_X, EYE_Y])[:, None, None]
    back = torch.linalg.inv(jitter.matrix)
    at = target
    for _ in range(steps):
        rest = target - centre - jitter.shift[:, None, None] - sample(jitter.warp, at, 4.0)
        at = torch.einsum("ij,jhw->ihw", back, rest) + centre
    return at[:, :, 0].T.numpy()


def mirror_permutation(points):
    """Index of each FaceMesh landmark's counterpart on the other side, from a mean face (468, 2)."""
    flipped = points * [-1, 1]
    flipped = flipped - flipped.mean(0) + points.mean(0)
    return ((flipped[:, None] - points[None]) ** 2).sum(2).argmin(1)


def mirrored_points(points, permutation):
    """Landmarks of the mirrored crop, named as a tracker would name them there."""
    return np.stack([SIZE - 1 - points[permutation, 0], points[permutation, 1]], 1)
