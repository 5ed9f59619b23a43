"""Clips of ME-Inject as the trainer sees them: ticks, and the ground truth at each tick."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .model import CLASSES, DELAY
from .signals import TICK, clip_ticks, read_signals

SPEECH = {"speech", "chew", "swallow"}
NUISANCE = {"light", "codec", "frames", "focus", "zoom", "cover", "second_face", "gaze", "other"}
APEX_SIGMA = 0.03  # s: width of the bell that marks an apex
REAL = ("clip", "real")  # sources of recorded clips: ME-Inject's, and those of `mellm-live eval real --signals`


@dataclass
class Event:
    kind: str
    onset: float
    apex: float
    offset: float
    peak: float = 0.0


@dataclass
class Clip:
    name: str
    person: str
    condition: str
    fps: float
    seconds: float
    real: bool
    times: np.ndarray
    ticks: np.ndarray
    rows: np.ndarray
    events: list = field(default_factory=list)

    @property
    def untouched(self):
        """A real recording without injections: its spontaneous expressions are unlabelled."""
        return self.real and not self.micro()

    def micro(self):
        return [e for e in self.events if e.kind == "micro"]


def number(text):
    return float(text) if text not in ("", None) else float("nan")


def load_clips(root, split, signals):
    """Clips of root/split whose signals (signals/split/CLIP.FACE.signals) exist. The face seen longest is used."""
    with (Path(root) / split / "clips.csv").open() as file:
        rows = list(csv.DictReader(file))
    events = {}
    with (Path(root) / split / "truth.csv").open() as file:
        for row in csv.DictReader(file):
            onset, offset = number(row["onset"]), number(row["offset"])
            apex = number(row["apex"])
            if np.isnan(apex):
                apex = 0.5 * (onset + offset)
            events.setdefault(row["clip"], []).append(
                Event(row["kind"], onset, apex, offset, number(row["peak_px_200"]))
            )
    clips = []
    for row in rows:
        stem = Path(row["clip"]).stem
        files = sorted((Path(signals) / split).glob(f"{stem}.*.signals"))
        if not files:
            continue
        _, data = max((read_signals(f) for f in files), key=lambda r: len(r[1]))
        times, ticks = clip_ticks(data)
        if len(ticks) < 50:
            continue
        clips.append(
            Clip(
                stem,
                row["person"],
                row["condition"],
                float(row["fps"]),
                float(row["seconds"]),
                row["source"].startswith(REAL),
                times,
                ticks,
                data,
                events.get(row["clip"], []),
            )
        )
    return clips


def targets_of(clip):
    """(n, CLASSES) target likelihoods at each tick, DELAY ticks late, and (n, CLASSES) weights (0: unknown)."""
    about = clip.times - DELAY * TICK
    target = np.zeros((len(about), len(CLASSES)), np.float32)
    weight = np.ones_like(target)
    at = {name: i for i, name in enumerate(CLASSES)}
    for e in clip.events:
        inside = (about >= e.onset) & (about <= e.offset)
        if e.kind in ("micro", "macro"):
            target[inside, at[e.kind]] = 1
            bell = np.exp(-0.5 * ((about - e.apex) / APEX_SIGMA) ** 2)
            target[:, at[f"{e.kind}_apex"]] = np.maximum(target[:, at[f"{e.kind}_apex"]], bell)
        elif e.kind == "blink":
            target[inside, at["blink"]] = 1
        elif e.kind in SPEECH:
            target[inside, at["speech"]] = 1
        elif e.kind == "head":
            target[inside, at["head"]] = 1
        elif e.kind in NUISANCE:
            target[inside, at["nuisance"]] = 1
    if clip.real:  # spontaneous expressions are unlabelled, but micro-expressions are practically excluded
        for name in ("macro", "macro_apex", "blink", "speech", "head", "nuisance"):
            weight[:, at[name]] = 0
    return target, weight
