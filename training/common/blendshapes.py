"""ICT-FaceKit's FACS-like blendshapes as displacement fields in the frontal plane of the face model.

The neutral head is seen along -z (orthographic). Plane coordinates are crop pixels: the outer eye corners lie where a
crop has them. A field is (2, N, N), px of the crop (u right, v down) for the blendshape at weight 1, on a lattice of
STEP px that covers the canonical frame.
"""

import json
from dataclasses import dataclass

import numpy as np
import torch
from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator
from scipy.ndimage import gaussian_filter

from .crop import EYE_DISTANCE, EYE_X, EYE_Y, MARGIN, SIZE

STEP = 2.0
LATTICE = int((SIZE + 2 * MARGIN) / STEP)
SKIN_VERTICES = 9409  # ICT-FaceKit's first geometry: the face's skin
HEAD_VERTICES = 11248  # and the second: head and neck


@dataclass
class Blendshapes:
    """Fields (K, 2, N, N), name -> index, lattice spacing and start (canonical px), depth (N, N) px."""

    fields: torch.Tensor
    index: dict
    depth: torch.Tensor
    step: float = STEP
    start: float = -MARGIN

    @classmethod
    def of(cls, rows):
        """From what blendshapes.npz holds."""
        names = {str(name): i for i, name in enumerate(rows["names"])}
        return cls(torch.from_numpy(rows["fields"]), names, torch.from_numpy(rows["depth"]).clamp(min=-60))


def lattice_positions():
    """(2, LATTICE, LATTICE) canonical positions (x, y), px."""
    axis = np.arange(LATTICE) * STEP - MARGIN
    return np.stack(np.meshgrid(axis, axis))


def project_blendshapes(folder):
    """Read model.npz and vertex_indices.json; return names, fields (K, 2, N, N) float32, depth (N, N) px, landmarks
    (68, 2) px.
    """
    model = np.load(folder / "model.npz")
    corners = json.loads((folder / "vertex_indices.json").read_text())["idx_to_landmark_verts"]
    neutral = model["neutral"].astype(np.float64)
    outer = neutral[[corners[36], corners[45]]]
    scale = EYE_DISTANCE / abs(outer[1, 0] - outer[0, 0])  # px per cm
    middle = outer.mean(0)

    def plane(xyz):
        return np.stack([EYE_X + scale * (xyz[:, 0] - middle[0]), EYE_Y - scale * (xyz[:, 1] - middle[1])], axis=1)

    head = neutral[:HEAD_VERTICES]
    front = front_facing(neutral, model["quads"])[:HEAD_VERTICES] & (head[:, 2] > head[:SKIN_VERTICES, 2].min() - 1)
    points = plane(head)[front]
    at = lattice_positions().reshape(2, -1).T
    names = [str(name) for name in model["expression_names"]]
    keep = [i for i, name in enumerate(names) if not name.startswith("PupilDilate")]
    deltas = model["expression_deltas"][keep][:, :HEAD_VERTICES][:, front].astype(np.float64) * scale
    values = np.stack([deltas[..., 0], -deltas[..., 1]], axis=-1).transpose(1, 0, 2).reshape(len(points), -1)
    fields = LinearNDInterpolator(points, values, fill_value=0.0)(at).reshape(LATTICE, LATTICE, len(keep), 2)
    fields = gaussian_filter(fields, (0.7, 0.7, 0, 0)).transpose(2, 3, 0, 1)
    depth = (head[front, 2] - middle[2]) * scale
    z = LinearNDInterpolator(points, depth)(at)
    z = np.where(np.isnan(z), NearestNDInterpolator(points, depth)(at), z).reshape(LATTICE, LATTICE)
    return {
        "names": np.array([names[i] for i in keep]),
        "fields": fields.astype(np.float32),
        "depth": gaussian_filter(z, 1.5).astype(np.float32),
        "landmarks": plane(neutral[corners]).astype(np.float32),
    }


def front_facing(vertices, quads):
    """(V,) bool: the vertex normal looks towards the viewer (z > 0)."""
    a, b, c = (vertices[quads[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    total = np.zeros_like(vertices)
    for i in range(3):
        np.add.at(total, quads[:, i], normal)
    return total[:, 2] > 0.05 * np.linalg.norm(total, axis=1)
