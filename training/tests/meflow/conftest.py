"""Small stand-ins for the cache: smooth random "portraits" and two invented blendshapes, so that no shared data is
needed.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest

from common.blendshapes import LATTICE, lattice_positions
from common.identities import FACE_OVAL, LEFT_EYE, RIGHT_EYE, polygon_mask

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "meflowdataset"
WEIGHTS = Path(__file__).resolve().parents[3] / "models" / "meflownet"


def face_points(rng):
    """(468, 2) invented landmarks within an oval; eye and oval contours where they belong."""
    points = rng.normal([112, 118], [35, 45], (468, 2))
    for ring, (cx, cy, rx, ry) in (
        (FACE_OVAL, (112, 120, 70, 95)),
        (RIGHT_EYE, (80, 85, 12, 5)),
        (LEFT_EYE, (144, 85, 12, 5)),
    ):
        angle = np.linspace(0, 2 * np.pi, len(ring), endpoint=False)
        points[ring] = np.stack([cx + rx * np.cos(angle), cy + ry * np.sin(angle)], 1)
    return points.astype(np.float32)


@pytest.fixture(scope="session")
def cache():
    """identities, blendshapes as common.build_cache writes them, from a seed."""
    rng = np.random.default_rng(0)
    keys = [
        "faces/generated/female-02.jpg",
        "faces/generated/male-03.jpg",
        "faces/london/001-neutral.jpg",
        "faces/generated/male-09.jpg",
    ]
    images = []
    for _ in keys:
        texture = sum(cv2.GaussianBlur(rng.standard_normal((544, 544)), (0, 0), s) * s for s in (1.5, 4, 12))
        images.append(np.clip(128 + 40 * texture / texture.std(), 0, 255).astype(np.uint8))
    points = [face_points(rng) for _ in keys]
    identity = lattice_positions().astype(np.float32)
    identities = {
        "key": np.array(keys),
        "image": np.stack(images),
        "to_model": np.stack([identity] * len(keys)),
        "oval": np.stack([polygon_mask([p[FACE_OVAL]]) for p in points]),
        "eyes": np.stack([polygon_mask([p[RIGHT_EYE], p[LEFT_EYE]]) for p in points]),
        "points": np.stack(points),
    }
    from common.action_units import BLENDSHAPES

    names = sorted(
        {n + s for shapes in BLENDSHAPES.values() for n in shapes for s in (("L", "R") if n.endswith("_") else ("",))}
    )
    fields = np.zeros((len(names), 2, LATTICE, LATTICE), np.float32)
    for field in fields:
        centre, direction = rng.uniform(70, 160, 2), rng.uniform(0, 2 * np.pi)
        bell = np.exp(-((identity[0] - centre[0]) ** 2 + (identity[1] - centre[1]) ** 2) / (2 * 12**2))
        field[0], field[1] = np.cos(direction) * bell, np.sin(direction) * bell
    depth = 30 * np.exp(-((identity[0] - 112) ** 2 + (identity[1] - 120) ** 2) / (2 * 40**2))
    return {
        "identities": identities,
        "blendshapes": {"names": np.array(names), "fields": fields, "depth": depth.astype(np.float32)},
    }
