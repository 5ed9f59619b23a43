"""Occluders and bystanders: a hand or another object, a second face. Composited into the frame's planes."""

import cv2
import numpy as np

from .portrait import PAD, place_on_canvas


class Sprite:
    """Planes (y, u, v) and alpha of equal size, px; drawn with its top left corner at any real position."""

    def __init__(self, y, u, v, alpha):
        self.planes = [np.ascontiguousarray(p, np.float32) for p in (y, u, v, alpha)]

    def draw(self, frame, x, y):
        """frame: [y, u, v] float32; x, y: frame px."""
        for plane, kind in ((frame[0], 0), (frame[1], 1), (frame[2], 2)):
            half = 1 if kind == 0 else 2
            source = self.planes[kind], self.planes[3]
            height, width = source[0].shape
            w, h = -(-width // half) + 1, -(-height // half) + 1
            left, top = int(np.floor(x / half)), int(np.floor(y / half))
            matrix = np.array([[1 / half, 0, x / half - left], [0, 1 / half, y / half - top]])
            x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + w, plane.shape[1]), min(top + h, plane.shape[0])
            if x0 >= x1 or y0 >= y1:
                continue
            colour, alpha = (
                cv2.warpAffine(s, matrix, (w, h), flags=cv2.INTER_LINEAR) for s in (source[0] * source[1], source[1])
            )
            part = slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)
            view = plane[y0:y1, x0:x1]
            view += colour[part] - alpha[part] * view


def hand_sprite(rng, size, skin):
    """A hand, fingers up, about `size` px long; skin: (y, u, v)."""
    side = int(1.3 * size)
    alpha = np.zeros((4 * side, 4 * side), np.uint8)
    s = 4 * size
    middle = np.array([2 * side, 2.4 * side])
    cv2.ellipse(alpha, tuple(int(c) for c in middle), (int(0.22 * s), int(0.26 * s)), 0, 0, 360, 255, -1)
    spread = rng.uniform(0.08, 0.25)
    for i, length in enumerate((0.42, 0.5, 0.48, 0.38)):
        angle = (i - 1.5) * spread
        root = middle + [(i - 1.5) * 0.11 * s, -0.15 * s]
        tip = root + np.array([np.sin(angle), -np.cos(angle)]) * length * s
        cv2.line(alpha, tuple(root.astype(int)), tuple(tip.astype(int)), 255, int(0.095 * s), cv2.LINE_AA)
    thumb = middle + [0.36 * s, -0.12 * s]
    cv2.line(
        alpha,
        tuple((middle + [0.1 * s, 0.05 * s]).astype(int)),
        tuple(thumb.astype(int)),
        255,
        int(0.11 * s),
        cv2.LINE_AA,
    )
    cv2.line(alpha, tuple(middle.astype(int)), tuple((middle + [0, 2 * s]).astype(int)), 255, int(0.3 * s), cv2.LINE_AA)
    alpha = cv2.resize(alpha, (side, side), interpolation=cv2.INTER_AREA)
    turned = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.uniform(-50, 50)), 1)
    alpha = cv2.warpAffine(alpha, turned, (side, side)).astype(np.float32) / 255
    depth = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    shade = (
        0.7
        + 0.4 * np.clip(depth / (0.07 * size), 0, 1)
        + 0.03 * cv2.GaussianBlur(rng.standard_normal((side, side)).astype(np.float32), (0, 0), 2) * 4
    )
    light = float(rng.uniform(0.8, 1.2))
    y = np.clip(16 + (skin[0] - 16) * light * shade, 16, 235)
    return Sprite(y, np.full_like(y, skin[1]), np.full_like(y, skin[2]), cv2.GaussianBlur(alpha, (0, 0), 0.8))


def object_sprite(rng, size):
    """A cup, telephone or book: a rounded rectangle with a pattern."""
    width, height = int(size * rng.uniform(0.45, 0.9)), int(size * rng.uniform(0.6, 1.1))
    alpha = np.zeros((height + 8, width + 8), np.float32)
    cv2.rectangle(alpha, (12, 12), (width - 5, height - 5), 1.0, 16)
    cv2.rectangle(alpha, (12, 12), (width - 5, height - 5), 1.0, -1)
    y = np.full_like(alpha, rng.uniform(25, 200))
    noise = cv2.resize(
        rng.standard_normal((6, 5)).astype(np.float32), (width + 8, height + 8), interpolation=cv2.INTER_CUBIC
    )
    y = np.clip(y + 15 * noise, 16, 235)
    return Sprite(
        y,
        np.full_like(y, rng.uniform(110, 146)),
        np.full_like(y, rng.uniform(110, 146)),
        cv2.GaussianBlur(alpha, (0, 0), 0.8),
    )


class Cover:
    """A hand or object that passes before the face."""

    def __init__(self, rng, event, centre, face_px, skin):
        self.event = event
        event.onset, event.apex, event.offset = event.start, (event.start + event.end) / 2, event.end
        self.sprite = (
            hand_sprite(rng, int(0.9 * face_px), skin) if rng.random() < 0.65 else object_sprite(rng, 0.8 * face_px)
        )
        angle = rng.uniform(0, 2 * np.pi)
        self.way = np.array([np.cos(angle), 0.7 * abs(np.sin(angle))]) * 2.2 * face_px
        self.through = rng.random() < 0.5  # passes by, or comes and goes back
        self.at = np.array(centre) + rng.normal(0, 0.15, 2) * face_px

    def draw(self, frame, t):
        if not self.event.start <= t <= self.event.end:
            return
        u = (t - self.event.start) / (self.event.end - self.event.start)
        far = (2 * u - 1) if self.through else 1 - np.sin(np.pi * u) ** 0.7
        height, width = self.sprite.planes[0].shape
        x, y = self.at + self.way * far - [width / 2, height / 2]
        self.sprite.draw(frame, x, y)


class SecondFace:
    """Another person who comes into view beside the first, stays, and leaves."""

    def __init__(self, rng, event, bgr, points, centre, face_px, frame_size):
        self.event = event
        event.onset, event.apex, event.offset = event.start, (event.start + event.end) / 2, event.end
        px = float(min(face_px, 190) * rng.uniform(0.55, 0.85))
        width, height = int(2.6 * px), int(3.2 * px)
        placed = place_on_canvas(bgr, points, px, (width / 2, 1.25 * px), width, height, float(rng.uniform(0.4, 0.8)))
        cut = slice(PAD, PAD + height), slice(PAD, PAD + width)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        head = 1 - np.hypot((x - width / 2) / (0.78 * px), (y - 1.15 * px) / (1.05 * px))
        body = 1 - np.hypot((x - width / 2) / (1.2 * px), (y - 3.1 * px) / (1.35 * px))
        alpha = np.clip(np.maximum(head, body) * 14 + 0.5, 0, 1)
        self.sprite = Sprite(placed.luma[::2, ::2][cut], placed.u[cut], placed.v[cut], alpha)
        side = 1 if centre[0] < frame_size[0] / 2 else -1
        self.rest = np.array(
            [
                centre[0] + side * (0.62 * face_px + 0.85 * px) - width / 2,
                centre[1] - 1.25 * px + rng.uniform(-0.1, 0.3) * px,
            ]
        )
        self.out = np.array([frame_size[0] + 5.0 if side > 0 else -width - 5.0, self.rest[1]])
        self.bob = rng.uniform(0, 2 * np.pi)

    def draw(self, frame, t):
        if not self.event.start <= t <= self.event.end:
            return
        come = min(t - self.event.start, self.event.end - t) / 0.7
        weight = 0.5 - 0.5 * np.cos(np.pi * min(max(come, 0), 1))
        x, y = self.out + weight * (self.rest - self.out)
        self.sprite.draw(frame, x + 1.2 * np.sin(1.1 * t + self.bob), y + 0.8 * np.sin(1.7 * t))
