"""The dark inside of a mouth that opens: a still portrait with closed lips has none, so it is painted where the lips
part.
"""

import cv2
import numpy as np
import torch

from .fields import STEP

UPPER = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308]
LOWER = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308]


class Mouth:
    """points: (468, 2) canvas px of the portrait at rest; box: the face's Box; skin: (y, u, v) of the lips."""

    def __init__(self, points, box, face_px, lip_luma):
        self.upper, self.lower, self.box = points[UPPER], points[LOWER], box
        self.apart = np.array([0, 0.022 * face_px])
        self.shade = 16 + 0.28 * (lip_luma - 16)

    def displaced(self, flow, points):
        x = np.clip((points[:, 0] - self.box.x0) / STEP, 0, self.box.columns)
        y = np.clip((points[:, 1] - self.box.y0) / STEP, 0, self.box.rows)
        at = torch.from_numpy(np.stack([x / self.box.columns, y / self.box.rows], -1) * 2 - 1).float()[None, None]
        moved = torch.nn.functional.grid_sample(flow[None], at, align_corners=True)[0, :, 0].T.numpy()
        return moved

    def paint(self, frame, flow, offset):
        """frame: [y, u, v] float32; flow: whole motion on the box's lattice, px; offset: canvas px of the frame's
        corner.
        """
        up = self.displaced(flow, self.upper - self.apart)
        down = self.displaced(flow, self.lower + self.apart)
        parted = (down - up)[1:-1, 1]
        if parted.max() < 0.6:
            return
        # The lips' own line takes up a little of the gap.
        middle = (up + down) / 2
        inner_up, inner_down = self.upper + 0.85 * up + 0.15 * middle, self.lower + 0.85 * down + 0.15 * middle
        ring = np.concatenate([inner_up, inner_down[::-1]]) - offset
        low, high = np.floor(ring.min(0)).astype(int) - 4, np.ceil(ring.max(0)).astype(int) + 5
        low, high = np.maximum(low // 2 * 2, 0), np.minimum(high, [frame[0].shape[1], frame[0].shape[0]])
        if (high - low < 6).any():
            return
        mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
        cv2.fillPoly(mask, [np.rint((ring - low) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        weight = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.8) * float(
            np.clip((parted.max() - 0.6) / 1.5, 0, 0.85)
        )
        view = frame[0][low[1] : high[1], low[0] : high[0]]
        view += weight * (self.shade - view)
        half = cv2.resize(weight, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        for plane, value in ((frame[1], 122), (frame[2], 140)):
            view = plane[low[1] // 2 : low[1] // 2 + half.shape[0], low[0] // 2 : low[0] // 2 + half.shape[1]]
            view += half[: view.shape[0], : view.shape[1]] * (value - view)
