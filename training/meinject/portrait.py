"""A portrait as a video frame's still scene: planes on a canvas with a margin about the frame, landmarks on it.

Canvas px = frame px + PAD. Luma is stored at OVERSAMPLING per canvas px, so that sampling at real positions stays
exact.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from common.identities import FACE_OVAL

PAD = 40
OVERSAMPLING = 2


@dataclass
class Canvas:
    """luma: (2H' - 1, 2W' - 1) float32 0..255, half-px spacing; u, v: (H', W') float32; points: (468, 2) canvas px."""

    luma: np.ndarray
    u: np.ndarray
    v: np.ndarray
    points: np.ndarray
    width: int
    height: int

    @property
    def size(self):
        return self.width + 2 * PAD, self.height + 2 * PAD


def face_width(points):
    """Distance between the face's edges at the height of the ears, px."""
    return float(np.hypot(*(points[454] - points[234])))


def to_yuv(bgr):
    """(H, W, 3) float32 BGR 0..255 -> Y, U, V float32 (BT.601, limited range)."""
    b, g, r = bgr[..., 0], bgr[..., 1], bgr[..., 2]
    return (
        16 + 0.2568 * r + 0.5041 * g + 0.0979 * b,
        128 - 0.1482 * r - 0.2910 * g + 0.4392 * b,
        128 + 0.4392 * r - 0.3678 * g - 0.0714 * b,
    )


def place_on_canvas(bgr, points, face_px, centre, width, height, blur, mirrored=False):
    """Portrait on a canvas, its face `face_px` wide about `centre` (frame px). blur: lens, sigma in canvas px.

    What the portrait doesn't cover is its mirror image, blurred.
    """
    if mirrored:
        bgr, points = bgr[:, ::-1], mirror_points(points, bgr.shape[1])
    scale = face_px / face_width(points)
    middle = points[FACE_OVAL].mean(0)
    shift = np.array(centre) + PAD - scale * middle
    source = bgr.astype(np.float32)
    if scale * OVERSAMPLING < 1:
        source = cv2.GaussianBlur(source, (0, 0), 0.5 / (scale * OVERSAMPLING))
    fine = OVERSAMPLING * np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    size = (OVERSAMPLING * (width + 2 * PAD) - 1, OVERSAMPLING * (height + 2 * PAD) - 1)
    out = cv2.warpAffine(source, fine, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    inside = cv2.warpAffine(np.ones(bgr.shape[:2], np.float32), fine, size, flags=cv2.INTER_LINEAR)
    if inside.min() < 0.5:
        wide = cv2.resize(
            cv2.GaussianBlur(cv2.resize(out, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA), (0, 0), 3), size
        )
        weight = cv2.GaussianBlur(cv2.erode(inside, np.ones((41, 41))), (0, 0), 9)[..., None]
        out = weight * out + (1 - weight) * wide
    out = cv2.GaussianBlur(np.clip(out, 0, 255), (0, 0), blur * OVERSAMPLING)
    y, u, v = to_yuv(out)
    u, v = (
        np.ascontiguousarray(cv2.GaussianBlur(c, (0, 0), 1.2 * OVERSAMPLING)[::OVERSAMPLING, ::OVERSAMPLING])
        for c in (u, v)
    )
    return Canvas(np.ascontiguousarray(y), u, v, scale * points + shift, width, height)


def mirror_points(points, width):
    """Mirrored landmarks keep their indices: each takes the place of its partner on the other side."""
    flipped = points.copy()
    flipped[:, 0] = width - 1 - points[:, 0]
    return flipped[partners(points)]


def partners(points):
    """Index of the landmark on the other side, by nearness after mirroring about the face's own axis."""
    x_axis = points[454] - points[234]
    x_axis = x_axis / np.hypot(*x_axis)
    middle = points[[10, 152, 1, 168]].mean(0)
    local = (points - middle) @ np.stack([x_axis, [-x_axis[1], x_axis[0]]], 1)
    mirrored = local * [-1, 1]
    distance = ((local[:, None] - mirrored[None]) ** 2).sum(-1)
    return distance.argmin(0)
