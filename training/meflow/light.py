"""What a rendered head looks like: skin, eyes, teeth and ground under a sky and one lamp."""

import numpy as np
import torch

from common.crop import MARGIN, SIZE
from common.grid import sample
from common.head_model import PARTS
from common.identities import OVERSAMPLING

from .surface import FINE

PUPIL, IRIS = 0.25, 0.62  # cm


class Light:
    """A sky and one lamp, the same in both frames."""

    def __init__(self, rng):
        towards = np.array([rng.normal(0, 0.6), rng.normal(-0.4, 0.4), 1.0])
        self.towards = towards / np.linalg.norm(towards)
        self.lamp, self.shine = float(rng.uniform(0.15, 0.7)), float(rng.uniform(0, 0.12))
        self.ground = rng.uniform(0.05, 0.9, (8, 8)).astype(np.float32)
        self.iris, self.tone = float(rng.uniform(0.08, 0.35)), float(rng.uniform(0.55, 0.8))

    def __call__(self, frame, normals, skin, model, registered):
        """(SIZE, SIZE) float32 in 0..1: the mean of the samples of each pixel.

        normals: (V, 3); skin: Skin; registered: (n, 2) px of the frame -> px of the ground.
        """
        side = FINE * SIZE
        normal = frame.at(normals)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
        lit = np.clip(normal @ self.towards, 0, None)
        front = float(self.towards[2])
        shade = 1 - self.lamp + self.lamp * lit / front + self.shine * lit**12
        grey = self.albedo(frame, skin, model) * shade
        axis = (np.arange(side) - (FINE - 1) / 2) / FINE
        at = registered(np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2))
        ground = look_up(self.ground, at, (SIZE + 2 * MARGIN) / 7, -MARGIN)
        grey = np.where(frame.ids.ravel() >= 0, grey, ground).reshape(SIZE, FINE, SIZE, FINE)
        return np.clip(grey.mean((1, 3)), 0, 1).astype(np.float32)

    def albedo(self, frame, skin, model):
        at = frame.at(skin.at)
        flesh = look_up(skin.image.astype(np.float32) / 255, at, 1 / OVERSAMPLING, -MARGIN)
        plain = float(np.median(flesh[frame.part.ravel() == 0])) if (frame.part == 0).any() else 0.5
        share = skin.beside(at)  # hair and wall beside the portrait's face don't belong on the mesh
        part = frame.part.ravel()
        grey = (1 - share) * flesh + share * plain
        names = list(PARTS)
        grey = np.where((part == names.index("mouth")) | (part == names.index("gums")), 0.25 * plain, grey)
        grey = np.where(part == names.index("sockets"), 0.6 * plain, grey)
        grey = np.where(part == names.index("teeth"), self.tone, grey)
        for name in ("left eye", "right eye"):
            mine = part == names.index(name)
            if mine.any():
                grey[mine] = self.eye(frame.at(model.neutral)[mine], model.neutral[model.part == names.index(name)])
        return grey

    def eye(self, at, ball):
        """Pupil, iris and white about the point of the neutral eyeball that looks ahead."""
        ahead = ball[ball[:, 2].argmax()]
        distance = np.hypot(at[:, 0] - ahead[0], at[:, 1] - ahead[1])
        spokes = 1 + 0.25 * np.sin(23 * np.arctan2(at[:, 1] - ahead[1], at[:, 0] - ahead[0]))
        return np.where(distance < PUPIL, 0.03, np.where(distance < IRIS, self.iris * spokes, self.tone))


def look_up(image, at, step, start):
    """Values (n,) of an image (h, w) whose cells lie at start + step * index, at positions (n, 2); bicubic."""
    lattice = torch.from_numpy(np.ascontiguousarray(at.T.astype(np.float32)))[:, :, None]
    return sample(torch.from_numpy(np.ascontiguousarray(image))[None], lattice, step, start, "bicubic")[0, :, 0].numpy()
