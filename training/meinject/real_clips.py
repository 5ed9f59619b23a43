"""Base B: real videos, onto whose frames expressions are warped.

Spontaneous movements in them are part of the ground truth too.
"""

from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, median_filter, minimum_filter1d

from . import expressions
from .camera import Look
from .fields import STEP, Box, FaceFields
from .overlays import Cover, SecondFace
from .portrait import OVERSAMPLING, face_width
from .pose import CameraMotion
from .timeline import Event
from .warp import inverse_positions, sample_chroma, sample_luma

# clip -> (person, split): no person is in two splits.
CLIPS = {
    "pyfeat_single_face_selfie.mp4": ("real-pyfeat", "train"),
    "pyfeat_face_then_noface.mov": ("real-pyfeat", "train"),
    "lp_d9_selfie_expressions.mp4": ("real-lp-d9", "train"),
    "fex_smile_neutral_smile_webcam.mov": ("real-fex", "test"),
    "fex_smile_webcam.mov": ("real-fex", "test"),
    "fex_face_leaves_returns.mov": ("real-fex", "test"),
    "lp_s18_neutral_pan.mp4": ("real-lp-s18", "test"),
}
SHORT = 9.0  # s; a shorter clip is played forwards and backwards


@dataclass
class Recording:
    """luma: (n, H, W) uint8; chroma: (n, 2, H/2, W/2) uint8; points: (n, 468, 2) smoothed px, NaN: no face; fps."""

    luma: np.ndarray
    chroma: np.ndarray
    points: np.ndarray
    fps: float


@dataclass
class View:
    """What part of a recording the frame shows: output px per source px, and the frame's corner in scaled px."""

    scale: float
    x: float
    y: float

    def apply(self, points):
        return (points + 0.5) * self.scale - 0.5 - [self.x, self.y]


def read_recording(path, landmarks):
    """landmarks: file written by scripts/data/landmarks-of-clip.js."""
    luma, chroma, times = [], [], []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        for frame in container.decode(stream):
            planes = frame.to_ndarray(format="yuv420p")
            height, width = frame.height // 2 * 2, frame.width // 2 * 2
            luma.append(planes[:height, :width])
            chroma.append(planes[height:].reshape(2, height // 2, width // 2))
            times.append(frame.time)
    rows = np.fromfile(landmarks, "<f4").reshape(-1, 2 + 2 * 468)
    points = np.full((len(luma), 468, 2), np.nan)
    index = rows[:, 0].astype(int)
    points[index[index < len(luma)]] = rows[index < len(luma), 2:].reshape(-1, 468, 2)
    fps = (len(times) - 1) / (times[-1] - times[0])
    return Recording(np.stack(luma), np.stack(chroma), smoothed(points, 0.05 * fps), fps)


def smoothed(points, sigma):
    """Gaussian over time within each stretch that has a face."""
    out, found = points.copy(), ~np.isnan(points[:, 0, 0])
    for first, end in stretches(found):
        out[first:end] = gaussian_filter1d(points[first:end], sigma, axis=0, mode="nearest")
    return out


def stretches(flags):
    """[(first, end)] of runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return list(zip(edges[::2], edges[1::2], strict=True))


def own_events(points, fps):
    """What shows in the landmarks themselves: blinks, movements of the face (macro) and of the head, and stretches
    without a face.
    """
    eye = np.linalg.norm(points[:, 33] - points[:, 263], axis=1)

    def gap(a, b):
        return np.linalg.norm(points[:, a] - points[:, b], axis=1) / eye

    lids = (gap(159, 145) + gap(386, 374)) / 2
    face = np.stack([gap(61, 291), gap(13, 14), gap(105, 159), gap(334, 386), gap(61, 33), gap(291, 263)], 1)
    back = max(1, round(0.5 * fps))
    valid = ~np.isnan(eye)
    # Without a face the last known values hold: leaving and returning is not a movement of the face.
    last = np.maximum.accumulate(np.where(valid, np.arange(len(eye)), np.argmax(valid)))
    lids, face, nose = lids[last], face[last], points[last, 168] / np.nanmedian(eye)
    blink = lids < 0.7 * median_filter(lids, 2 * back + 1)
    change = np.zeros(len(eye))
    change[back:] = np.abs(face[back:] - face[:-back]).max(1)
    speed = np.zeros(len(eye))
    speed[back:] = np.linalg.norm(nose[back:] - nose[:-back], axis=1)
    out = []
    for kind, flags, least in (
        ("blink", blink, 0.0),
        ("macro", change > 0.07, 0.1),
        ("head", speed > 0.15, 0.15),
        ("absent", ~valid, 0.0),
    ):
        if kind in ("macro", "head"):  # movements less than half a second apart are one
            flags = minimum_filter1d(maximum_filter1d(flags.astype(np.uint8), back), back).astype(bool)
        for first, end in stretches(flags):
            if (end - first) / fps < least:
                continue
            begin = first - back if kind in ("macro", "head") else first - 1
            event = Event(kind, max(begin, 0) / fps, end / fps, {"own": True})
            event.onset, event.offset = event.start, event.end
            event.apex, event.aus = (event.start + event.end) / 2, "real"
            out.append(event)
    return out


def played(recording, seconds, first):
    """Source frame of each output frame: forwards from `first`, and back and forth where the clip is too short."""
    count = len(recording.luma)
    order = np.arange(first, first + round(seconds * recording.fps)) % (2 * count - 2 if count > 1 else 1)
    return np.where(order < count, order, 2 * count - 2 - order)


class WarpedClip:
    """One clip; the same interface as AnimatedPortrait. sequence: source frame of each output frame."""

    def __init__(self, rng, spec, events, recording, sequence, view, other, shapes, model_landmarks):
        self.spec, self.events, self.recording, self.sequence, self.view = spec, events, recording, sequence, view
        self.points = view.apply(recording.points[sequence])
        width, height = spec.width, spec.height
        self.box = Box(0, 0, -(-(width - 1) // STEP), -(-(height - 1) // STEP), (width, height))
        self.shapes, self.model_landmarks = shapes, model_landmarks
        self.camera = CameraMotion(rng, spec.seconds, [e for e in events if e.kind == "zoom"])
        self.camera.moves = any(e.kind == "zoom" for e in events)
        centre = np.nanmedian(self.points, axis=(0, 1))
        self.look = Look(rng, spec.seconds, events, width, height, centre, spec.face_px, strength=0.3)
        self.lattice = self.box.lattice()
        self.channels, self.overlays = [], []
        for event in events:
            if event.data.get("own"):
                continue
            if event.kind in ("micro", "macro", "chew"):
                self.prepare(rng, event)
            elif event.kind == "cover":
                self.overlays.append(Cover(rng, event, centre, spec.face_px, [120.0, 112.0, 148.0]))
            elif event.kind == "second_face":
                self.overlays.append(SecondFace(rng, event, *other, centre, spec.face_px, (width, height)))
            elif event.kind == "focus":
                event.onset, event.apex, event.offset = event.start, (event.start + event.end) / 2, event.end

    def index(self, t):
        return min(max(round(t * self.spec.fps), 0), len(self.sequence) - 1)

    def prepare(self, rng, event):
        """Fields at the landmarks of the middle frame; in other frames they go with the face by an affine map."""
        points = self.points[self.index((event.start + event.end) / 2)]
        face = FaceFields(points, self.box, self.shapes, self.model_landmarks)
        channels = (
            expressions.bout(rng, event, face, self.spec.face_px, points)
            if event.kind == "chew"
            else expressions.expression(rng, event, face, self.spec.face_px)
        )
        self.channels += [(channel, points) for channel in channels]

    def flow_at(self, t):
        """(2, h, w) px, or None where nothing moves."""
        now, total = self.points[self.index(t)], None
        for channel, points in self.channels:
            if channel.start <= t <= channel.end and not np.isnan(now[0, 0]):
                ones = np.concatenate([now, np.ones((468, 1))], 1)
                # this frame -> the field's
                matrix = torch.from_numpy(np.linalg.lstsq(ones, points, rcond=None)[0].T).float()
                at = torch.einsum("ij,jhw->ihw", matrix[:, :2], self.lattice) + matrix[:, 2][:, None, None]
                size = torch.tensor([self.box.columns, self.box.rows]).float() * STEP
                unit = (at.permute(1, 2, 0) * (2 / size) - 1)[None]
                field = torch.nn.functional.grid_sample(
                    channel.field[None], unit, padding_mode="border", align_corners=True
                )[0]
                field = torch.einsum("ij,jhw->ihw", torch.linalg.inv(matrix[:, :2]), field) * float(channel.curve(t))
                total = field if total is None else total + field
        return total

    def frame(self, t):
        """I420 of the frame at media seconds t."""
        width, height = self.spec.width, self.spec.height
        source = self.sequence[self.index(t)]
        luma = cv2.GaussianBlur(self.recording.luma[source].astype(np.float32), (0, 0), 0.5 / min(self.view.scale, 1.0))
        u, v = self.recording.chroma[source]
        flow = self.flow_at(t)
        middle = ((width - 1) / 2, (height - 1) / 2)
        if flow is None and not self.camera.moves:
            y = self.shown(luma, width, height, 1)
            u, v = (self.shown(p.astype(np.float32), width // 2, height // 2, 1, 2) for p in (u, v))
        else:
            fine = torch.from_numpy(
                self.shown(
                    luma,
                    OVERSAMPLING * (self.box.width - 1) + 1,
                    OVERSAMPLING * (self.box.height - 1) + 1,
                    OVERSAMPLING,
                )
            )
            flow = torch.zeros_like(self.lattice) if flow is None else flow
            positions = inverse_positions(
                flow, self.box, self.lattice, self.camera.at(t) if self.camera.moves else (1.0, 0.0, 0.0), middle
            )
            y, full = sample_luma(fine, positions, self.box, OVERSAMPLING)
            y = np.ascontiguousarray(y[:height, :width])
            planes = [
                cv2.resize(self.shown(p.astype(np.float32), width // 2, height // 2, 1, 2), (width, height))
                for p in (u, v)
            ]
            u, v = (
                np.ascontiguousarray(p[: height // 2, : width // 2])
                for p in sample_chroma(planes, padded(full, width, height))
            )
        frame = [y, u, v]
        for overlay in self.overlays:
            overlay.draw(frame, t)
        return self.look.apply(frame, t)

    def shown(self, plane, width, height, oversampling, coarse=1):
        """The view's part of a plane of 1/coarse resolution, at `oversampling` px per output px, its first px at output
        position 0.
        """
        scale = self.view.scale
        step = 1 / (scale * oversampling)
        offsets = [0.5 / scale - 0.5 + corner / (scale * coarse) for corner in (self.view.x, self.view.y)]
        matrix = np.array([[step, 0, offsets[0]], [0, step, offsets[1]]])
        return cv2.warpAffine(
            plane,
            matrix,
            (width, height),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )


def padded(full, width, height):
    """Positions (2, h, w), cut or repeated at the end to (2, height, width)."""
    rows, columns = torch.arange(height).clamp(max=full.shape[1] - 1), torch.arange(width).clamp(max=full.shape[2] - 1)
    return full[:, rows][:, :, columns]


def choose(rng, split, folder, landmarks):
    """Draw a clip of the split: (name, person, Recording, sequence, seconds, View, width, height, face_px)."""
    names = [name for name, (_, s) in CLIPS.items() if s == split]
    name = names[int(rng.integers(len(names)))]
    recording = read_recording(Path(folder) / name, Path(landmarks) / f"{name}.f32")
    count, fps = len(recording.luma), recording.fps
    if count / fps < SHORT:
        seconds, first = float(rng.uniform(11, 14)), int(rng.integers(count))
    else:
        seconds = min(count / fps, float(rng.uniform(10, 16)))
        first = int(rng.integers(0, max(1, count - round(seconds * fps) + 1)))
    sequence = played(recording, seconds, first)
    high, wide = recording.luma.shape[1:]
    widths = [face_width(p) for p in recording.points if not np.isnan(p[0, 0])]
    fit = min(640 / wide, 480 / high, 1.0)
    scale = max(fit * float(rng.uniform(0.8, 1.0)), min(1.0, 150 / float(np.median(widths))))
    width, height = min(int(wide * scale), 640) // 8 * 8, min(int(high * scale), 480) // 4 * 4
    # Where the picture is larger than the frame, the frame lies about the face.
    corner = np.clip(
        np.nanmedian(recording.points, axis=(0, 1)) * scale - [width / 2, height / 2],
        0,
        [wide * scale - width, high * scale - height],
    )
    view = View(scale, *(float(c) for c in corner))
    return (
        name,
        CLIPS[name][0],
        recording,
        sequence,
        len(sequence) / fps,
        view,
        width,
        height,
        float(np.median(widths)) * scale,
    )
