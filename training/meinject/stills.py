"""Base A: a portrait, animated. Frames come out one by one as I420; the truth is filled into the events."""

import cv2
import numpy as np
import torch

from common.identities import FACE_OVAL

from . import expressions
from .camera import Look
from .curves import smooth
from .eyes import Eyes
from .fields import Box, FaceFields
from .mouth import Mouth
from .overlays import Cover, SecondFace
from .portrait import OVERSAMPLING, PAD, face_width, place_on_canvas
from .pose import CameraMotion, HeadMotion
from .warp import inverse_positions, sample_chroma, sample_luma


def covering(portrait, face_px, y, height):
    """The face's height in the frame nearest to `y` at which the portrait covers the frame from top to bottom."""
    bgr, points = portrait
    scale = face_px / face_width(points)
    middle = scale * points[FACE_OVAL].mean(0)[1]
    return float(min(max(y, height - scale * bgr.shape[0] + middle), middle))


class AnimatedPortrait:
    """One clip.

    spec: benchmark.ClipSpec; portrait, other: (bgr, (468, 2) points); shapes, model_landmarks: the face model.
    """

    def __init__(self, rng, spec, events, portrait, other, shapes, model_landmarks):
        self.spec, self.events = spec, events
        width, height = spec.width, spec.height
        self.centre = np.array([width * rng.uniform(0.42, 0.58), height * rng.uniform(0.46, 0.54)])
        self.centre[1] = covering(portrait, spec.face_px, self.centre[1], height)
        self.canvas = canvas = place_on_canvas(
            *portrait, spec.face_px, self.centre, width, height, float(rng.uniform(0.4, 0.9)), bool(rng.random() < 0.5)
        )
        points = canvas.points
        oval = points[FACE_OVAL]
        middle, half = (oval.min(0) + oval.max(0)) / 2, (oval.max(0) - oval.min(0)) / 2
        self.box = box = Box.around(middle, np.array([1.85, 1.75]) * half, canvas.size)
        self.face = face = FaceFields(points, box, shapes, model_landmarks)
        x, y = (face.lattice - torch.tensor(middle)[:, None, None].float()) / torch.tensor(half)[:, None, None].float()
        far = ((1.8 - torch.hypot(x, y / 0.95)) / 0.7).clamp(0, 1)  # 1 on the head, 0 at the box's rim
        self.head_mask = (0.5 - 0.5 * torch.cos(np.pi * far)) * face.window
        still = bool(rng.random() < 0.2)
        self.head = HeadMotion(rng, spec.seconds, events, still)
        self.camera = CameraMotion(rng, spec.seconds, events)
        self.look = Look(rng, spec.seconds, events, width, height, self.centre, spec.face_px)
        self.eyes = Eyes(canvas, OVERSAMPLING)
        self.draw_gaze(rng)
        lips = canvas.luma[tuple((OVERSAMPLING * points[[0, 17]]).astype(int).T[::-1])].mean()
        self.mouth = Mouth(points, box, spec.face_px, float(lips))
        self.channels, self.talking = [], []
        self.overlays = []
        for event in events:
            self.prepare(rng, event, portrait, other, points)
        self.luma = torch.from_numpy(canvas.luma)
        self.ground = np.ascontiguousarray(canvas.luma[::OVERSAMPLING, ::OVERSAMPLING])
        self.planes = [canvas.u, canvas.v]
        self.ground_chroma = [
            cv2.resize(p[PAD:-PAD, PAD:-PAD], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            for p in self.planes
        ]
        # The part of the box that the frame shows.
        x0, y0 = max(box.x0, PAD), max(box.y0, PAD)
        x1, y1 = min(box.x0 + box.width, PAD + width), min(box.y0 + box.height, PAD + height)
        x1, y1 = x0 + (x1 - x0) // 2 * 2, y0 + (y1 - y0) // 2 * 2
        self.shown = (x0, y0, x1, y1)

    def prepare(self, rng, event, portrait, other, points):
        face, px = self.face, self.spec.face_px
        if event.kind in ("micro", "macro"):
            self.channels += expressions.expression(rng, event, face, px)
        elif event.kind == "speech":
            self.talk(event, expressions.speech(rng, event, face, px))
        elif event.kind == "chew" and event.data.get("what") == "closed":
            self.channels += expressions.bout(rng, event, face, px, points)
        elif event.kind == "chew" and event.data.get("what") == "open":
            self.talk(event, expressions.bout(rng, event, face, px, points))
        elif event.kind == "chew":
            self.talk(event, expressions.chewing(rng, event, face, px))
        elif event.kind == "swallow":
            self.channels += expressions.swallowing(rng, event, face, px, points)
        elif event.kind == "cover":
            cheek = (OVERSAMPLING * points[[50, 280]]).astype(int)
            skin = [float(self.canvas.luma[tuple(cheek.T[::-1])].mean())] + [
                float(p[tuple((cheek // OVERSAMPLING).T[::-1])].mean()) for p in (self.canvas.u, self.canvas.v)
            ]
            self.overlays.append(Cover(rng, event, self.centre, px, skin))
        elif event.kind == "second_face":
            self.overlays.append(SecondFace(rng, event, *other, self.centre, px, (self.spec.width, self.spec.height)))
        elif event.kind == "head":
            event.peak_px = self.head.peak(event, face)
        elif event.kind == "blink":
            closing = event.start + (event.end - event.start) * event.data.setdefault(
                "closing", float(rng.uniform(0.28, 0.4))
            )
            event.data.update(
                apex=closing, sides=(1.0, 1.0) if rng.random() < 0.85 else (float(rng.uniform(0.8, 1)), 1.0)
            )
            event.onset, event.apex, event.offset = event.start, closing, event.end
            event.peak_px = event.data["depth"] * self.eyes.parts[0][1].aperture
            event.aus, event.sides = "45", "B"

    def talk(self, event, channels):
        self.talking.append((event.start, event.end))
        self.channels += channels

    def draw_gaze(self, rng):
        """Gaze jumps at each gaze event and wanders back at the next; steps of (time, duration, from, to)."""
        at, self.saccades = np.zeros(2), []
        for event in self.events:
            if event.kind == "gaze":
                to = np.zeros(2) if np.hypot(*at) > 0.05 and rng.random() < 0.6 else rng.normal(0, 1, 2) * [0.09, 0.03]
                to = np.clip(to, [-0.16, -0.06], [0.16, 0.08])
                if np.hypot(*(to - at)) < 0.02:
                    to = at + [0.06, 0.0]
                self.saccades.append((event.start, event.end, at, to))
                event.onset, event.apex, event.offset = event.start, event.end, event.end
                event.peak_px = float(np.hypot(*(to - at)) * self.eyes.width)
                at = to

    def gaze(self, t):
        now = np.zeros(2)
        for start, end, before, after in self.saccades:
            if t >= start:
                now = before + (after - before) * smooth(min((t - start) / (end - start), 1))
        return now

    def closures(self, t):
        both = np.zeros(2)
        for event in self.events:
            if event.kind == "blink" and event.start < t < event.end:
                closing, apex = event.data["apex"] - event.start, event.data["apex"]
                hold = 0.12 * (event.end - event.start)
                down = smooth(min((t - event.start) / closing, 1))
                up = smooth(min(max((t - apex - hold) / (event.end - apex - hold), 0), 1), 0.8)
                both = np.maximum(both, event.data["depth"] * down * (1 - up) * np.array(event.data["sides"]))
        return both

    def flow_at(self, t):
        """(2, h, w) px: expressions, then the head, on the box's lattice."""
        flow = self.head_mask * self.head.flow(t, self.face)
        for channel in self.channels:
            if channel.start <= t <= channel.end:
                flow = flow + float(channel.curve(t)) * channel.field
        return flow

    def frame(self, t):
        """I420 of the frame at media seconds t; frames are asked for in order."""
        gaze = self.gaze(t)
        follow = max(gaze[1], 0) * 2.0  # the lid follows a look downwards
        if self.eyes.show(np.maximum(self.closures(t), follow), gaze):
            self.ground = np.ascontiguousarray(self.canvas.luma[::OVERSAMPLING, ::OVERSAMPLING])
        width, height = self.spec.width, self.spec.height
        camera = self.camera.at(t) if self.camera.moves else (1.0, 0.0, 0.0)
        middle = (PAD + (width - 1) / 2, PAD + (height - 1) / 2)
        flow = self.flow_at(t)
        positions = inverse_positions(flow, self.box, self.face.lattice, camera, middle)
        patch, full = sample_luma(self.luma, positions, self.box, OVERSAMPLING)
        chroma = sample_chroma(self.planes, full)
        if self.camera.moves:
            s = camera[0]
            shift = [middle[i] + camera[1 + i] - s * middle[i] - PAD for i in (0, 1)]
            matrix = np.array([[s, 0, shift[0]], [0, s, shift[1]]])
            y = cv2.warpAffine(
                self.ground, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
            )
            half = np.array([[s / 2, 0, (shift[0] - 0.5) / 2], [0, s / 2, (shift[1] - 0.5) / 2]])
            u, v = (
                cv2.warpAffine(
                    p, half, (width // 2, height // 2), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
                )
                for p in self.planes
            )
        else:
            y = self.ground[PAD : PAD + height, PAD : PAD + width].copy()
            u, v = (p.copy() for p in self.ground_chroma)
        x0, y0, x1, y1 = self.shown
        bx, by = x0 - self.box.x0, y0 - self.box.y0
        y[y0 - PAD : y1 - PAD, x0 - PAD : x1 - PAD] = patch[by : by + y1 - y0, bx : bx + x1 - x0]
        for plane, piece in ((u, chroma[0]), (v, chroma[1])):
            part = piece[by // 2 : by // 2 + (y1 - y0) // 2, bx // 2 : bx // 2 + (x1 - x0) // 2]
            plane[
                (y0 - PAD) // 2 : (y0 - PAD) // 2 + part.shape[0], (x0 - PAD) // 2 : (x0 - PAD) // 2 + part.shape[1]
            ] = part
        frame = [y, u, v]
        if any(start <= t <= end for start, end in self.talking) and not self.camera.moves:
            self.mouth.paint(frame, flow, np.array([PAD, PAD]))
        for overlay in self.overlays:
            overlay.draw(frame, t)
        return self.look.apply(frame, t)
