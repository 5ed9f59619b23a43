"""A small invented face, so that no shared data is needed: a textured picture, landmarks in place, blendshapes as
Gaussian bells.
"""

import json

import cv2
import numpy as np
import pytest
import torch

from common.action_units import BLENDSHAPES
from common.blendshapes import lattice_positions
from common.crop import EYE_DISTANCE, EYE_X, EYE_Y
from common.identities import FACE_OVAL, MESH_POINTS, MODEL_POINTS
from meinject.eyes import LOWER, UPPER

MORE = ("jawLeft", "jawRight", "mouthClose", "mouthRollLower")


@pytest.fixture(autouse=True)
def no_grad():
    with torch.no_grad():
        yield


def face_points(size=320):
    """(468, 2) px on a picture of size x size: oval, eyes and lips in place, the rest random on the face."""
    rng = np.random.default_rng(4)
    points = rng.normal([160, 165], [28, 38], (468, 2))
    angle = np.linspace(0, 2 * np.pi, len(FACE_OVAL), endpoint=False)
    points[FACE_OVAL] = np.stack([160 + 62 * np.sin(angle), 165 - 84 * np.cos(angle)], 1)
    for side, x in ((0, -1), (1, 1)):
        along = np.linspace(1, -1, 9) * x * 14 + 160 + 30 * x
        lift = 5 * np.sqrt(np.clip(1 - np.linspace(1, -1, 9) ** 2, 0, 1))
        points[UPPER[side]] = np.stack([along, 140 - lift], 1)
        points[LOWER[side]] = np.stack([along, 140 + lift], 1)
    for index, where in {
        1: (160, 170),
        4: (160, 172),
        13: (160, 204),
        14: (160, 204),
        61: (138, 204),
        291: (182, 204),
        0: (160, 198),
        17: (160, 211),
        50: (125, 180),
        280: (195, 180),
        168: (160, 140),
        78: (142, 204),
        308: (178, 204),
    }.items():
        points[index] = where
    return points * size / 320


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """(data folder, cache folder) as the generator expects them, with two people of the training split."""
    folder = tmp_path_factory.mktemp("data")
    cache = tmp_path_factory.mktemp("cache")
    (folder / "faces" / "generated").mkdir(parents=True)
    rng = np.random.default_rng(1)
    landmarks = {}
    for name in ("female-02", "male-03"):
        texture = sum(cv2.GaussianBlur(rng.standard_normal((640, 640, 3)), (0, 0), s) * s for s in (2, 6, 20))
        cv2.imwrite(
            str(folder / "faces" / "generated" / f"{name}.jpg"),
            np.clip(128 + 40 * texture / texture.std(), 0, 255).astype(np.uint8),
        )
        landmarks[f"faces/generated/{name}.jpg"] = [[x, y, 0] for x, y in face_points(640)]
    (cache / "landmarks.json").write_text(json.dumps(landmarks))
    names = sorted(
        {n + s for shapes in BLENDSHAPES.values() for n in shapes for s in (("L", "R") if n.endswith("_") else ("",))}
        | set(MORE)
    )
    x, y = lattice_positions()
    fields = np.zeros((len(names), 2, *x.shape), np.float32)
    for name, field in zip(names, fields, strict=True):
        centre, direction = (
            (140 if name.endswith("_L") else 84 if name.endswith("_R") else 112, rng.uniform(90, 170)),
            rng.uniform(0, 2 * np.pi),
        )
        bell = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * 14**2))
        field[0], field[1] = np.cos(direction) * bell, np.sin(direction) * bell
    depth = 30 * np.exp(-((x - 112) ** 2 + (y - 120) ** 2) / (2 * 40**2))
    points = face_points()
    outer = points[[33, 263]]
    scale = EYE_DISTANCE / (outer[1, 0] - outer[0, 0])
    model = np.zeros((68, 2), np.float32)
    model[MODEL_POINTS] = (points[MESH_POINTS] - outer.mean(0)) * scale + [EYE_X, EYE_Y]
    np.savez(
        cache / "blendshapes.npz", names=np.array(names), fields=fields, depth=depth.astype(np.float32), landmarks=model
    )
    return folder, cache


@pytest.fixture(scope="session")
def sources(data):
    from meinject.benchmark import Sources

    return Sources(*data, "train")
