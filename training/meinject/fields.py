"""Displacement fields of a face, anchored at its 468 landmarks: action units (ICT-FaceKit), speech, chewing, the
throat.

A field is (2, h, w) float32, px of the video (x right, y down), on a lattice of STEP px over the face's box.
"""

import numpy as np
import torch

from common.blendshapes import STEP as MODEL_STEP
from common.crop import MARGIN, OUTER_CORNERS, similarity_to_crop
from common.grid import sample
from common.identities import model_map

STEP = 4
STEEPEST = 0.5  # px per px; beyond 1 the image would fold


class FaceFields:
    """The face model on one face.

    points: (468, 2) px; box: Box; shapes: meflow.dataset.Blendshapes; model_landmarks: (68, 2).
    """

    def __init__(self, points, box, shapes, model_landmarks):
        self.shapes, self.box = shapes, box
        matrix = similarity_to_crop(points[OUTER_CORNERS[0]], points[OUTER_CORNERS[1]])
        self.matrix = torch.from_numpy(matrix).float()
        self.scale = float(np.hypot(*matrix[:, 0]))  # crop px per video px
        canonical_points = points @ matrix[:, :2].T + matrix[:, 2]
        to_model = torch.from_numpy(np.ascontiguousarray(model_map(canonical_points, model_landmarks))).float()
        self.lattice = box.lattice()
        self.canonical = self.to_crop(self.lattice)
        self.at_model = sample(to_model, self.canonical, MODEL_STEP, -MARGIN)
        self.depth = sample(shapes.depth[None], self.at_model, MODEL_STEP, -MARGIN)[0]
        self.window = box.window()

    def to_crop(self, at):
        return torch.einsum("ij,jhw->ihw", self.matrix[:, :2], at) + self.matrix[:, 2][:, None, None]

    def to_video(self, vectors):
        """Displacements in crop px -> px of the video."""
        inverse = torch.linalg.inv(self.matrix[:, :2])
        return torch.einsum("ij,jhw->ihw", inverse, vectors)

    def of(self, weights):
        """Field of {blendshape: weight}, in px as the model moves at these weights."""
        total = sum(w * self.shapes.fields[self.shapes.index[name]] for name, w in weights.items())
        field = sample(total, self.at_model, self.shapes.step, self.shapes.start, "bicubic")
        return self.to_video(field) * self.window

    def bell(self, centre, radii, direction):
        """A Gaussian that moves by 1 px along `direction`; centre (2,) px, radii (2,) px."""
        x, y = (
            (self.lattice[0] - float(centre[0])) / float(radii[0]),
            (self.lattice[1] - float(centre[1])) / float(radii[1]),
        )
        weight = torch.exp(-0.5 * (x * x + y * y)) * self.window
        return weight * torch.tensor(direction).float()[:, None, None]


def peak_of(field):
    """Largest displacement, px."""
    return float(field.square().sum(0).max().sqrt())


def scaled(field, px):
    return field * (px / max(peak_of(field), 1e-6))


def gentlest(fields):
    """Factor up to 1 that keeps the sum of `fields` from folding the image."""
    total = sum(fields)
    slope = max(float(torch.diff(total, dim=1).abs().max()), float(torch.diff(total, dim=2).abs().max())) / STEP
    return min(1.0, STEEPEST / max(slope, 1e-9))


class Box:
    """Rectangle of the canvas, px: x0, y0 and the number of lattice cells; width is STEP * columns + 1."""

    def __init__(self, x0, y0, columns, rows, canvas):
        self.x0, self.y0, self.columns, self.rows, self.canvas = x0, y0, columns, rows, canvas
        self.width, self.height = STEP * columns + 1, STEP * rows + 1

    @classmethod
    def around(cls, centre, half, canvas):
        """Box about `centre` with half sizes `half`, clipped to the canvas (width, height); even corner."""
        low = np.maximum(np.floor((centre - half) / 2) * 2, 0).astype(int)
        high = np.minimum(centre + half, np.array(canvas) - 1)
        cells = ((high - low) // STEP).astype(int)
        return cls(int(low[0]), int(low[1]), int(cells[0]), int(cells[1]), canvas)

    def lattice(self):
        """(2, rows + 1, columns + 1) positions (x, y) on the canvas, px."""
        x, y = torch.arange(self.columns + 1) * STEP + self.x0, torch.arange(self.rows + 1) * STEP + self.y0
        return torch.stack(torch.meshgrid(x.float(), y.float(), indexing="xy"))

    def window(self, rim=24.0):
        """(rows + 1, columns + 1): 1 within, smoothly 0 at the rim."""
        x, y = self.lattice()
        far = torch.full_like(x, 1.0)
        for distance in (x - self.x0, y - self.y0, self.x0 + self.width - 1 - x, self.y0 + self.height - 1 - y):
            far = torch.minimum(far, (distance / rim).clamp(0, 1))
        return 0.5 - 0.5 * torch.cos(np.pi * far)
