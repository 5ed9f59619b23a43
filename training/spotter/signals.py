"""Motion signals of one face, as the server's motion estimator wrote them, and their resampling to ticks.

File: one JSON line, then little-endian float32 rows of COLUMNS values. See src/spotting/signals in the server.
"""

import itertools
import json
from pathlib import Path

import numpy as np

TICK = 0.02  # s between ticks
HALF = 0.01  # s: half width of the box that a tick averages over
GAP = 0.15  # s without a frame after which the past no longer counts
REGIONS = (
    "brow_outer_left",
    "brow_inner_left",
    "brow_inner_right",
    "brow_outer_right",
    "eyelid_left",
    "eyelid_right",
    "nose_left",
    "nose_right",
    "cheek_left",
    "cheek_right",
    "mouth_corner_left",
    "mouth_corner_right",
    "lip_upper",
    "lip_lower",
    "chin",
)
COMPONENTS = 2 * len(REGIONS)
T, INDEX, EPOCH = 0, 1, 2
COLUMNS = 3 + 2 * COMPONENTS + 9
# px: a tick whose sigma is above this was in part not read (the meter then says 4 px and holds its last reading)
UNREADABLE = 2.0
# A tick: motion (30), sigma (30), eyes (2), mouth, yaw, pitch, roll, headSpeed, turnSpeed, quality, seconds between
# frames, fresh
VALUES = COLUMNS - 3
TICK_VALUES = VALUES + 2
MOTION = slice(0, COMPONENTS)
SIGMA = slice(COMPONENTS, 2 * COMPONENTS)
EYES, MOUTH, POSE = slice(60, 62), slice(62, 63), slice(63, 66)
SPEED, QUALITY, INTERVAL, FRESH = slice(66, 68), slice(68, 69), slice(69, 70), slice(70, 71)


def read_signals(path):
    """Header (dict) and rows (n, COLUMNS) float64 of a signals file."""
    data = Path(path).read_bytes()
    end = data.index(b"\n")
    header = json.loads(data[:end])
    rows = np.frombuffer(data[end + 1 :], "<f4")
    return header, rows.reshape(-1, COLUMNS).astype(np.float64)


def spans(rows):
    """Row ranges within which displacements can be compared: no gap, no new epoch."""
    breaks = np.flatnonzero((np.diff(rows[:, T]) > GAP) | (np.diff(rows[:, EPOCH]) != 0)) + 1
    edges = [0, *breaks, len(rows)]
    return [(a, b) for a, b in itertools.pairwise(edges) if b - a >= 2]


def ticks_of(rows):
    """Ticks of one span of rows: times (n,) s, multiples of TICK; values (n, TICK_VALUES).

    A tick is the mean over [t - HALF, t + HALF] of the straight lines between the frames: at low frame rates an
    interpolation, at high ones an average that takes noise away.
    """
    t, values = rows[:, T], rows[:, 3:]
    first = int(np.ceil((t[0] + HALF) / TICK - 1e-6))
    last = int(np.floor((t[-1] - HALF) / TICK + 1e-6))
    if last < first:
        return np.zeros(0), np.zeros((0, TICK_VALUES))
    times = np.arange(first, last + 1) * TICK
    steps = np.diff(t)[:, None]
    area = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(0.5 * (values[1:] + values[:-1]) * steps, 0)])

    def integral(at):
        at = np.clip(at, t[0], t[-1])
        k = np.clip(np.searchsorted(t, at, side="right") - 1, 0, len(t) - 2)
        x = (at - t[k])[:, None]
        slope = (values[k + 1] - values[k]) / steps[k]
        return area[k] + values[k] * x + 0.5 * slope * x * x

    mean = (integral(times + HALF) - integral(times - HALF)) / (2 * HALF)
    k = np.clip(np.searchsorted(t, times, side="right") - 1, 0, len(t) - 2)
    fresh = np.zeros((len(times), 1))
    fresh[0] = 1
    return times, np.concatenate([mean, steps[k], fresh], 1)


def clip_ticks(rows):
    """All spans of a clip, one after another."""
    parts = [ticks_of(rows[a:b]) for a, b in spans(rows)]
    if not parts:
        return np.zeros(0), np.zeros((0, TICK_VALUES), np.float32)
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]).astype(np.float32)
