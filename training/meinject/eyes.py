"""Lids that close over the eyeball and eyeballs that turn under the lids, painted into the still portrait.

T ----- top of the fold        skin between T and U is stretched over what the lid covers,
U ----- upper lid, open        the eyeball below the lid's edge stays where it is
~ ----- lid's edge now, U + closure * (L - U)
L ----- lower lid
"""

import cv2
import numpy as np

# FaceMesh: upper lid from the outer to the inner corner, lower lid likewise; the image's left eye (the person's right)
# first.
UPPER = ([33, 246, 161, 160, 159, 158, 157, 173, 133], [263, 466, 388, 387, 386, 385, 384, 398, 362])
LOWER = ([33, 7, 163, 144, 145, 153, 154, 155, 133], [263, 249, 390, 373, 374, 380, 381, 382, 362])


class Eye:
    """One eye of a plane. points: (468, 2) px of the plane."""

    def __init__(self, plane, points, side):
        upper, lower = points[UPPER[side]], points[LOWER[side]]
        left, right = sorted((upper[0, 0], upper[-1, 0]))
        self.width = float(right - left)
        x0, x1 = int(left - 0.15 * self.width), int(right + 0.15 * self.width) + 2
        x = np.arange(x0, x1)
        by_x = np.argsort(upper[:, 0])
        top = np.interp(x, upper[by_x, 0], upper[by_x, 1])
        by_x = np.argsort(lower[:, 0])
        bottom = np.maximum(np.interp(x, lower[by_x, 0], lower[by_x, 1]), top)
        self.aperture = float((bottom - top).max())
        self.fold = 0.45 * self.width
        self.lid = (top + 0.06 * (bottom - top)).astype(np.float32)  # lashes belong to the lid
        self.gap = np.maximum(bottom - self.lid, 0).astype(np.float32)
        y0, y1 = int(top.min() - self.fold) - 2, int(bottom.max() + 0.1 * self.width) + 2
        self.window = (slice(y0, y1), slice(x0, x1))
        self.rest = plane[self.window].copy()
        grid_y, grid_x = np.mgrid[0 : y1 - y0, 0 : x1 - x0].astype(np.float32)
        self.grid_x, self.grid_y = grid_x, grid_y
        self.lid -= y0
        side_ways = np.abs(x - (left + right) / 2) / (self.width / 2)
        self.across = np.clip((1 - side_ways) / 0.45, 0, 1).astype(np.float32)
        self.across = self.across * self.across * (3 - 2 * self.across)
        middle = self.lid + self.gap / 2
        up_down = np.abs(grid_y - middle) / np.maximum(self.gap / 2 + 1, 1)
        self.along = np.clip((1 - up_down) / 0.7, 0, 1).astype(np.float32)

    def paint(self, plane, closure, gaze):
        """Write the eye in its present state into `plane`. closure: 0 open, 1 closed; gaze: (2,) px of the plane."""
        if closure < 1e-3 and abs(gaze[0]) + abs(gaze[1]) < 1e-3:
            plane[self.window] = self.rest
            return
        ball_x = self.grid_x - np.float32(gaze[0]) * self.across
        ball_y = self.grid_y - np.float32(gaze[1]) * self.across * self.along
        inside = np.clip(self.grid_y - self.lid + 0.5, 0, 1) * np.clip(self.lid + self.gap - self.grid_y + 0.5, 0, 1)
        out = self.rest
        if abs(gaze[0]) + abs(gaze[1]) > 1e-3:
            ball = cv2.remap(self.rest, ball_x, ball_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
            out = out + inside * (ball - out)
        if closure > 1e-3:
            drop = np.float32(closure) * self.gap
            edge = self.lid + drop
            top = self.lid - self.fold
            share = np.clip((self.grid_y - top) / (edge - top), 0, 1)
            skin = cv2.remap(
                self.rest,
                self.grid_x,
                self.grid_y - drop * share**1.6,
                cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REPLICATE,
            )
            cover = np.clip((edge - self.grid_y) * 0.7 + 0.5, 0, 1)
            out = cover * skin + (1 - cover) * out
        plane[self.window] = out


class Eyes:
    """Both eyes in luma and chroma of a Canvas; repaints only what changed."""

    def __init__(self, canvas, oversampling):
        self.planes = [(canvas.luma, oversampling), (canvas.u, 1), (canvas.v, 1)]
        self.parts = [[Eye(plane, canvas.points * scale, side) for plane, scale in self.planes] for side in (0, 1)]
        self.states = [(0.0, 0.0, 0.0)] * 2
        self.width = self.parts[0][1].width

    def show(self, closures, gaze):
        """closures: (image-left eye, image-right eye), 0..1; gaze: (2,) shares of the eye's width, x right, y down."""
        changed = False
        for side, closure in enumerate(closures):
            state = (round(float(closure), 4), round(float(gaze[0]), 5), round(float(gaze[1]), 5))
            if state == self.states[side]:
                continue
            self.states[side] = state
            changed = True
            for (plane, _), eye in zip(self.planes, self.parts[side], strict=True):
                eye.paint(plane, state[0], (state[1] * eye.width, state[2] * eye.width))
        return changed
