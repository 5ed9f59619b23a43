"""Which clip is which: everything about clip (seed, split, index), and how it is written."""

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from common.blendshapes import Blendshapes
from common.crop import OUTER_CORNERS, similarity_to_crop
from common.identities import asymmetry
from common.prerequisites import CACHE_STEP, CLIP_LANDMARKS_STEP, DATA_STEP, needed
from common.splits import SPLITS, split_of

from . import real_clips
from .camera import VideoWriter
from .portrait import face_width
from .real_clips import WarpedClip
from .stills import AnimatedPortrait
from .timeline import draw_timeline

TRUTH = (
    "clip",
    "person",
    "source",
    "condition",
    "fps",
    "kind",
    "onset",
    "apex",
    "offset",
    "peak_px",
    "peak_px_200",
    "aus",
    "sides",
    "what",
)
CLIPS = (
    "clip",
    "person",
    "source",
    "condition",
    "fps",
    "seconds",
    "split",
    "face_px",
    "codec",
    "file",
    "bit_rate",
    "width",
    "height",
    "micro",
)
# Conditions by index; a null clip has no micro-expression at all.
ROUND = [
    ("quiet", False),
    ("mixed", False),
    ("still", True),
    ("speech", False),
    ("quiet", False),
    ("headmotion", False),
    ("speech", True),
    ("light", False),
    ("mixed", True),
    ("quiet", False),
    ("headmotion", True),
    ("mixed", False),
    ("light", True),
]
# from this index on clips are of the condition `chew`, which was added later; the clips below are unchanged
CHEWING = 9000
MOUTH_CLOSED = 0.08  # lip distance / mouth width: below it, speech can be drawn on the portrait


@dataclass
class ClipSpec:
    name: str
    split: str
    source: str  # still | clip:<name>
    person: str
    condition: str
    null: bool
    fps: float
    seconds: float
    face_px: float
    codec: str
    bit_rate: int
    width: int = 640
    height: int = 480


def condition_of(index):
    """(condition, null) of a clip."""
    return ROUND[index % len(ROUND)] if index < CHEWING else ("chew", index % 3 == 2)


def schedule(split, index):
    """(source, fps): in train 70 % at 30 fps; in val and test a tenth each at 24, 60 and 200; 120 now and then. Of the
    clips with chewing a quarter are real, a twelfth each at 24, 60 and 120.
    """
    if index >= CHEWING:
        place = index % 12
        return ("clip", 0) if place % 4 == 2 else ("still", {1: 24, 4: 60, 8: 120}.get(place, 30))
    if split == "train":
        place = index % 20
        if place in (5, 11, 17):
            return "clip", 0
        return "still", {3: 24, 14: 24, 7: 60, 18: 60, 9: 120 if index % 40 < 20 else 200}.get(place, 30)
    place = index % 10
    if place in (7, 9):
        return "clip", 0
    return "still", {1: 24, 3: 60, 5: 200, 8: 120 if index % 30 == 8 else 30}.get(place, 30)


class Sources:
    """Portraits, the face model and the real clips.

    data: data folder; cache: training/.cache; split: train | val | test.
    """

    def __init__(self, data, cache, split, clip_landmarks=None):
        self.data, self.split, self.heights = Path(data), split, {}
        shapes = np.load(needed(Path(cache) / "blendshapes.npz", CACHE_STEP))
        names = {str(n): i for i, n in enumerate(shapes["names"])}
        self.shapes = Blendshapes(
            torch.from_numpy(shapes["fields"]), names, torch.from_numpy(shapes["depth"]).clamp(min=-60)
        )
        self.model_landmarks = shapes["landmarks"]
        landmarks = json.loads(needed(Path(cache) / "landmarks.json", CACHE_STEP).read_text())
        self.points = {}
        for key in sorted(landmarks):
            if key.startswith("faces/") and split_of(key) == split:
                points = np.array(landmarks[key])[:, :2]
                matrix = similarity_to_crop(points[OUTER_CORNERS[0]], points[OUTER_CORNERS[1]])
                if asymmetry(points @ matrix[:, :2].T + matrix[:, 2]) <= 0.22 and face_width(points) >= 115:
                    self.points[key] = points
        self.closed = [
            k for k, p in self.points.items() if np.hypot(*(p[13] - p[14])) < MOUTH_CLOSED * np.hypot(*(p[61] - p[291]))
        ]
        self.clip_landmarks = clip_landmarks
        if clip_landmarks is not None and split != "val":
            for name in (n for n, (_, s) in real_clips.CLIPS.items() if s == split):
                needed(self.data / "clips" / name, DATA_STEP)
                needed(Path(clip_landmarks) / f"{name}.f32", CLIP_LANDMARKS_STEP)

    def height(self, key):
        """px"""
        if key not in self.heights:
            self.heights[key] = self.portrait(key)[0].shape[0]
        return self.heights[key]

    def other(self, rng, person):
        """Portrait of somebody else, for a second face."""
        keys = [k for k in self.points if person_of(k) != person]
        return self.portrait(keys[int(rng.integers(len(keys)))])

    def portrait(self, key):
        return cv2.imread(str(needed(self.data / key, DATA_STEP))), self.points[key]


def person_of(key):
    stem = Path(key).stem
    return f"london-{stem[:3]}" if "/london/" in key else stem


def draw_still(rng, sources, split, index, fps):
    condition, null = condition_of(index)
    keys = sources.closed if condition in ("speech", "mixed", "chew") else list(sources.points)
    key = keys[int(rng.integers(len(keys)))]
    own = face_width(sources.points[key])
    # The portrait must cover the frame from top to bottom, and not be blown up by much.
    smallest = max(140.0, 480 / sources.height(key) * own)
    face_px = float(np.exp(rng.uniform(np.log(smallest), np.log(max(min(320.0, 1.3 * own), 1.05 * smallest)))))
    seconds = 6.0 if fps > 100 else float(rng.uniform(10, 13) if fps == 60 else rng.uniform(12, 16))
    spec = ClipSpec(
        f"{split}-{index:04d}",
        split,
        "still",
        person_of(key),
        condition,
        null,
        fps,
        round(seconds * fps) / fps,
        face_px,
        *draw_codec(rng, fps),
    )
    events = draw_timeline(rng, spec.seconds, condition, null, "still")
    return AnimatedPortrait(
        rng,
        spec,
        events,
        sources.portrait(key),
        sources.other(rng, spec.person),
        sources.shapes,
        sources.model_landmarks,
    )


def draw_clip(rng, sources, split, index):
    condition, null = condition_of(index)
    condition = {"speech": "quiet", "headmotion": "mixed"}.get(condition, condition)
    name, person, recording, sequence, seconds, view, width, height, face_px = real_clips.choose(
        rng, split, sources.data / "clips", sources.clip_landmarks
    )
    fps = recording.fps
    spec = ClipSpec(
        f"{split}-{index:04d}",
        split,
        f"clip:{name}",
        person,
        condition,
        null,
        fps,
        seconds,
        face_px,
        *draw_codec(rng, fps),
        width,
        height,
    )
    own = real_clips.own_events(recording.points[sequence], fps)
    events = draw_timeline(rng, seconds, condition, null, "clip", own)
    return WarpedClip(
        rng,
        spec,
        events,
        recording,
        sequence,
        view,
        sources.other(rng, person),
        sources.shapes,
        sources.model_landmarks,
    )


def draw_codec(rng, fps):
    """(codec, bit/s)"""
    return ("h264", "vp8")[int(rng.integers(2))], int(rng.uniform(0.4e6, 2.5e6) * max(1.0, fps / 30) ** 0.5)


def make_clip(sources, seed, split, index, folder):
    """Write one clip and its record `<folder>/records/<name>.json`; None if the record exists."""
    record = Path(folder) / "records" / f"{split}-{index:04d}.json"
    if record.exists():
        return None
    return write_clip(draw_scene(sources, seed, split, index), folder, seed)


def draw_scene(sources, seed, split, index):
    """The clip, ready to be rendered: AnimatedPortrait or WarpedClip."""
    rng = np.random.default_rng([seed, SPLITS.index(split), index])
    source, fps = schedule(split, index)
    if source == "clip" and (sources.clip_landmarks is None or split == "val"):
        source, fps = "still", 30
    return draw_clip(rng, sources, split, index) if source == "clip" else draw_still(rng, sources, split, index, fps)


def write_clip(scene, folder, seed):
    """Render an AnimatedPortrait or WarpedClip to a file, then its record; returns its row of clips.csv."""
    spec, events = scene.spec, scene.events
    record = Path(folder) / "records" / f"{spec.name}.json"
    file = f"{spec.name}.{'webm' if spec.codec == 'vp8' else 'mp4'}"
    part = Path(folder) / f".part-{file}"
    write_frames(part, spec, scene, events, align_to_frames(spec, events))
    os.replace(part, Path(folder) / file)
    rows = truth_rows(spec, events)
    clip = clip_row(spec, file, rows)
    write_record(record, {"clip": clip, "truth": rows, "seed": seed})
    return clip


def write_record(path, record):
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(record))
    os.replace(part, path)


def add_what(sources, path):
    """Fill the column `what` into a record made before it existed: the clip is drawn again, not rendered. True if it
    was missing.

    ValueError if the clip differs from the record: other sources, or another version of the generator.
    """
    record = json.loads(path.read_text())
    if all("what" in row for row in record["truth"]):
        return False
    split, index = path.stem.split("-")
    scene = draw_scene(sources, record["seed"], split, int(index))
    align_to_frames(scene.spec, scene.events)
    rows = truth_rows(scene.spec, scene.events)
    if [{name: value for name, value in row.items() if name != "what"} for row in rows] != record["truth"]:
        raise ValueError(
            f"{path}: drawing it again gives a different clip: "
            "it was made from other portraits, clips or landmarks, or by another version"
        )
    write_record(path, record | {"truth": rows})
    return True


def align_to_frames(spec, events):
    """Bring keyframes and dropped or repeated frames to whole frames and fill in their truth; returns the numbers of
    the keyframes.
    """
    keyframes = []
    for event in events:
        if event.kind == "codec":
            keyframes.append(round(event.start * spec.fps))
            event.onset = event.apex = event.offset = keyframes[-1] / spec.fps
        elif event.kind == "frames":
            first = int(np.ceil(event.start * spec.fps))
            count = max(1, round((event.end - event.start) * spec.fps))
            event.data["range"] = range(first, first + count)
            event.onset = event.apex = first / spec.fps
            event.offset = (first + count) / spec.fps
    return keyframes


def write_frames(path, spec, scene, events, keyframes):
    writer = VideoWriter(path, spec.codec, spec.fps, spec.width, spec.height, spec.bit_rate)
    dropped = {k for e in events if e.kind == "frames" and e.data["what"] == "dropped" for k in e.data["range"]}
    repeated = {k for e in events if e.kind == "frames" and e.data["what"] == "repeated" for k in e.data["range"]}
    last = None
    for k in range(round(spec.seconds * spec.fps)):
        if k in dropped and k > 0:
            continue
        if k not in repeated or last is None:
            last = scene.frame(k / spec.fps)
        writer.write(last, k, k in keyframes)
    writer.close()


def number(value, digits=4):
    return "" if value != value else round(float(value), digits)


def truth_rows(spec, events):
    return [truth_row(spec, e) for e in sorted(events, key=lambda e: e.onset)]


def truth_row(spec, event):
    px = event.peak_px
    return {
        "clip": spec.name,
        "person": spec.person,
        "source": spec.source,
        "condition": spec.condition,
        "fps": round(spec.fps, 4),
        "kind": event.kind,
        "onset": number(event.onset),
        "apex": number(event.apex),
        "offset": number(event.offset),
        "peak_px": number(px, 3),
        "peak_px_200": number(px * 200 / spec.face_px, 3),
        "aus": event.aus,
        "sides": event.sides,
        "what": event.data.get("what", ""),
    }


def clip_row(spec, file, rows):
    return {
        "clip": spec.name,
        "person": spec.person,
        "source": spec.source,
        "condition": spec.condition,
        "fps": round(spec.fps, 4),
        "seconds": round(spec.seconds, 3),
        "split": spec.split,
        "face_px": round(spec.face_px, 1),
        "codec": spec.codec,
        "file": file,
        "bit_rate": spec.bit_rate,
        "width": spec.width,
        "height": spec.height,
        "micro": sum(r["kind"] == "micro" for r in rows),
    }


def write_tables(folder):
    """Gather the records into truth.csv and clips.csv; each is replaced as a whole, so that readers never see half of
    one.
    """
    records = [json.loads(p.read_text()) for p in sorted((Path(folder) / "records").glob("*.json"))]
    for name, columns, rows in (
        ("truth.csv", TRUTH, [row for r in records for row in r["truth"]]),
        ("clips.csv", CLIPS, [r["clip"] for r in records]),
    ):
        part = Path(folder) / f".{name}.{os.getpid()}.part"
        with part.open("w", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
        os.replace(part, Path(folder) / name)
