"""Difference truth: known motion added to real recordings of a face at rest.

onset = a crop that the server registered; apex = another crop of the same registration, in which the face is at rest
against the first (rest.py), warped. The noise, the codec and the light of both are the recording's own, the warp is
exact, and the head's own small motion between the two is part of the truth. Where the face was not at rest the motion
is unknown; these pixels are neither trained on nor measured.
"""

from pathlib import Path

import numpy as np
import torch

from common.blendshapes import STEP, Blendshapes
from common.crop import MARGIN, SIZE
from common.grid import invert, pixel_grid, sample
from common.identities import FACE_OVAL, LEFT_EYE, RIGHT_EYE, model_map, polygon_mask
from common.prerequisites import CACHE_STEP, needed
from common.splits import SPLITS

from .dataset import SHARES, MEFlowDataset, mirrored
from .photometry import drift, through_jpeg, through_video, to_bytes
from .rest import CELL, at_rest

ABOUT = 6  # columns of a crop's row before its landmarks: frame, seconds, reference, residual, eye distance, quality
REAL_STEP = "written by meflow.prepare_real (README.md, Real faces); --cache sets the folder"


class Clip:
    """Output of scripts/data/crops-of-clip.js for one clip: crops (n, SIZE, SIZE) uint8, table (n, 6), points
    (n, 468, 2) with pixel centres at integers.
    """

    def __init__(self, folder, name):
        rows = np.fromfile(
            needed(Path(folder) / f"{name}.f32", "written by scripts/data/crops-of-clip.js (README.md, Real faces)"),
            np.float32,
        ).reshape(-1, ABOUT + 936)
        self.name, self.table, self.points = name, rows[:, :ABOUT], rows[:, ABOUT:].reshape(-1, 468, 2) - 0.5
        self.crops = (
            np.memmap(Path(folder) / f"{name}.u8", np.uint8, "r", shape=(len(rows), SIZE, SIZE))
            if len(rows)
            else np.zeros((0, SIZE, SIZE), np.uint8)
        )

    def neighbours(self, first, gap):
        """Index of the crop `gap` frames after the first in the same registration, or None."""
        second = first + gap
        if (
            second >= len(self.table)
            or self.table[first, 2] != self.table[second, 2]
            or self.table[second, 0] - self.table[first, 0] != gap
        ):
            return None
        return second


def face_row(points, model_landmarks):
    """to_model, oval and eyes of (468, 2) landmarks, on the blendshapes' lattice (see identities.py)."""
    return {
        "to_model": model_map(points, model_landmarks),
        "oval": polygon_mask([points[FACE_OVAL]]),
        "eyes": polygon_mask([points[RIGHT_EYE], points[LEFT_EYE]]),
    }


def crop_depth(row, depth):
    """(SIZE, SIZE) px of the face model's depth, seen at a face's row."""
    at = sample(torch.from_numpy(row["to_model"]), pixel_grid(SIZE, SIZE), STEP, -MARGIN)
    return sample(torch.from_numpy(depth)[None].clamp(min=-60), at, STEP, -MARGIN)[0].numpy()


def pairs_of_clip(
    rng, clip, shapes, onsets=60, gaps=(1, 2, 3, 5, 8, 12), tries=4, least=0.3, farthest=2.5, quality=0.0
):
    """Pairs of a Clip with most of the face at rest: list of {first, second, points, head, still, share, moved}."""
    found = []
    usable = np.flatnonzero(clip.table[:, 5] >= quality)
    rate = 1 if len(clip.table) < 3 else max(1, round(0.04 / max(1e-3, float(np.median(np.diff(clip.table[:, 1]))))))
    for first in usable[np.unique(np.linspace(0, len(usable) - 1, onsets).astype(int))] if len(usable) else []:
        points = clip.points[first]
        row = None
        for gap in rng.choice(gaps, tries, replace=False) * rate:
            second = clip.neighbours(int(first), int(gap))
            if second is None:
                continue
            if row is None:
                row = face_row(points, shapes["landmarks"])
                depth = crop_depth(row, shapes["depth"])
                oval = (
                    sample(torch.from_numpy(row["oval"]).float()[None], pixel_grid(SIZE, SIZE), STEP, -MARGIN)[
                        0
                    ].numpy()
                    > 127
                )
            rest = at_rest(
                clip.crops[first].astype(np.float32) / 255, clip.crops[second].astype(np.float32) / 255, depth, oval
            )
            if rest.share >= least and rest.moved <= farthest:
                found.append(
                    {
                        "first": int(first),
                        "second": second,
                        "points": points,
                        "head": rest.head[:, ::CELL, ::CELL],
                        "still": rest.still,
                        "share": np.float32(rest.share),
                        "moved": np.float32(rest.moved),
                    }
                )
    return found


class RealFaces(MEFlowDataset):
    """Indexable stream of pairs like MEFlowDataset's, plus `known` (1, S, S) 0/1: where the truth is valid.

    file: real-<split>.npz of meflow.prepare_real; shapes: what blendshapes.npz holds; camera: False leaves the
    recording's own noise and codec alone; else half the training pairs go through drifting light, and a third through
    JPEG or a video codec once more.
    """

    def __init__(self, file, shapes, split="train", seed=1, shares=None, large=(0.25, 1.5, 6.0), camera=True):
        self.rows = dict(np.load(needed(file, REAL_STEP))) if not isinstance(file, dict) else file
        self.model_landmarks = shapes["landmarks"]
        self.shapes = Blendshapes.of(shapes)
        self.split, self.seed, self.large, self.camera, self.rendered = split, seed, large, camera, 0.0
        self.shares = shares or SHARES[split]
        subjects = self.rows["person"]
        # each is drawn equally often
        self.subjects = [np.flatnonzero(subjects == who) for who in sorted(set(subjects))]

    @classmethod
    def of_cache(cls, cache, split, seed, **options):
        """From the files of meflow.prepare_real and common.build_cache in one folder."""
        return cls(
            Path(cache) / f"real-{split}.npz",
            np.load(needed(Path(cache) / "blendshapes.npz", CACHE_STEP)),
            split,
            seed,
            **options,
        )

    def __getitem__(self, index):
        return self.make(np.random.default_rng([self.seed, 80 + SPLITS.index(self.split), index]))

    def make(self, rng):
        which = int(rng.choice(self.subjects[int(rng.integers(len(self.subjects)))]))
        points = self.rows["points"][which].astype(np.float32)
        row = {
            name: torch.from_numpy(values).float() for name, values in face_row(points, self.model_landmarks).items()
        }
        scene = self.draw_scene(rng, row, points)
        first, second = (
            torch.from_numpy(self.rows["crops"][self.rows[name][which]]).float()[None] / 255
            for name in ("first", "second")
        )
        full = pixel_grid(SIZE, SIZE)
        at = scene.jitter(full)
        # The head's own motion from first to second, seen in the jittered crop (the jitter's turn and stretch of it are
        # below a tenth).
        own = sample(torch.from_numpy(self.rows["head"][which]).float(), at, CELL)
        head = own + sample(scene.head, full + own)
        facial = own + sample(scene.head + scene.expression, full + own)
        came_from = scene.jitter(invert(scene.head + scene.expression))
        onset, apex = sample(first, at, mode="bicubic")[0].numpy(), sample(second, came_from, mode="bicubic")[0].numpy()
        still = torch.from_numpy(self.rows["still"][which]).float()[None]
        inside = ((at >= 1) & (at <= SIZE - 2)).all(0, keepdim=True)
        known = (sample(still, at, CELL, (CELL - 1) / 2) > 0.5) & inside
        target = full + facial
        visible = ((target >= 0) & (target <= SIZE - 1)).all(0, keepdim=True)
        onset, apex, camera = self.seen(rng, onset, apex)
        face = sample(row["oval"][None] / 255, at, STEP, -MARGIN) > 0.5
        pair = {
            "onset": torch.from_numpy(onset)[None].clamp(0, 1),
            "apex": torch.from_numpy(apex)[None].clamp(0, 1),
            "facial": facial,
            "head": head,
            "visible": visible,
            "face": face,
            "known": known,
        }
        info = scene.info | {
            "identity": str(self.rows["person"][which]),
            "clip": str(self.rows["clip"][which]),
            "split": self.split,
            "camera": camera,
            "gap": int(self.rows["gap"][which]),
            "head": "moving",
        }
        if rng.random() < 0.5:
            pair, info = mirrored(pair, info)
        return pair | {"info": info}

    def seen(self, rng, onset, apex):
        """The recording unchanged, or degraded further by a camera."""
        record = {"level": "real"}
        light, choice = rng.random(), rng.random()
        if self.camera and light < 0.5:
            onset, apex = (drift(rng, onset), apex) if light < 0.25 else (onset, drift(rng, apex))
            record["light"] = True
        if self.camera and choice < 0.2:
            quality = int(rng.integers(50, 96))
            onset, apex = (through_jpeg(rng, f, quality) for f in (onset, apex))
            record["codec"] = f"jpeg {quality}"
        elif self.camera and choice < 0.35:
            codec, rate = (
                ("libvpx", "libx264")[int(rng.integers(2))],
                float(np.exp(rng.uniform(np.log(0.05), np.log(0.4)))),
            )
            onset, apex = through_video(onset, apex, codec, rate)
            record["codec"] = f"{codec} {rate:.3f} bit/px"
        else:
            onset, apex = (to_bytes(f).astype(np.float32) / 255 for f in (onset, apex))
        return onset, apex, record
