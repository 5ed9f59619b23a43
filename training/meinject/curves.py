"""Motion curves over time: how strongly a movement shows, 0..1, at media seconds; and the times read off them."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DURATIONS = json.loads((Path(__file__).parent / "durations.json").read_text())
LEVEL = 0.05  # share of the peak at which a movement begins (onset) and ends (offset)


@dataclass
class Pulse:
    """Rises from 0 at `start`, is 1 at `apex`, sinks a little for `hold` seconds, is 0 from `end` on.

    `skew` > 1: slow at first.
    """

    start: float
    apex: float
    hold: float
    end: float
    skew: tuple = (1.0, 1.0)

    def __call__(self, t):
        """t: seconds, number or array."""
        t = np.asarray(t, float)
        up = np.clip((t - self.start) / (self.apex - self.start), 0, 1)
        held = np.clip((t - self.apex) / max(self.hold, 1e-9), 0, 1)
        down = np.clip((self.end - t) / (self.end - self.apex - self.hold), 0, 1)
        return smooth(up, self.skew[0]) * (1 - 0.06 * held**2) * smooth(down, self.skew[1])

    def shifted(self, by):
        return Pulse(self.start + by, self.apex + by, self.hold, self.end + by, self.skew)


def smooth(u, skew=1.0):
    return 0.5 - 0.5 * np.cos(np.pi * np.asarray(u) ** skew)


def pulse(onset, rise, fall, hold_share=0.0, skew=(1.0, 1.0)):
    """Pulse that leaves 5 % of its peak at `onset`, peaks `rise` s later and is back at 5 % `fall` s after that."""
    before = [(np.arccos(1 - 2 * LEVEL) / np.pi) ** (1 / k) for k in skew]  # where smooth() is 5 %
    hold = hold_share * fall
    rising, falling = rise / (1 - before[0]), (fall - hold) / (1 - before[1])
    start = onset - before[0] * rising
    apex = onset + rise
    return Pulse(start, apex, hold, apex + hold + falling, skew)


def measure(signal, times):
    """(onset, apex, offset, peak) of a single movement: apex at the maximum, onset and offset where 5 % of it is
    crossed.
    """
    top = int(np.argmax(signal))
    peak = float(signal[top])
    low = signal < LEVEL * peak
    before = np.flatnonzero(low[:top])
    after = np.flatnonzero(low[top:])
    first = before[-1] if len(before) else 0
    last = top + after[0] if len(after) else len(signal) - 1
    return float(times[first]), float(times[top]), float(times[last]), peak


def draw_from(rng, name):
    """A duration in seconds from the published percentiles; beyond the 5th and 95th as far again as from the 10th and
    90th.
    """
    levels, values = DURATIONS["levels"], DURATIONS[name]
    levels = [0, *levels, 100]
    values = [2 * values[0] - values[1], *values, 2 * values[-1] - values[-2]]
    return float(np.interp(rng.uniform(0, 100), levels, values)) / 1000


def micro_pulse(rng, onset):
    """Rise and fall of a micro-expression as published, total at most 0.5 s; curves asymmetric, at times held."""
    while True:
        rise, fall = draw_from(rng, "rise_ms"), draw_from(rng, "fall_ms")
        if rise >= 0.06 and fall >= 0.05 and 0.13 <= rise + fall <= 0.5:
            break
    hold = rng.uniform(0, 0.4) if rng.random() < 0.4 else 0.0
    return pulse(onset, rise, fall, hold, tuple(np.exp(rng.normal(0, 0.2, 2))))


def macro_pulse(rng, onset, room=4.0):
    """A slow expression: rise 0.4 to 1.2 s, total 0.7 to 4 s and no more than `room`."""
    rise = rng.uniform(0.4, min(1.2, room - 0.3))
    total = np.clip(rise + rng.lognormal(np.log(1.1), 0.5), max(0.7, rise + 0.3), min(4.0, room))
    return pulse(onset, rise, total - rise, rng.uniform(0, 0.6), tuple(np.exp(rng.normal(0, 0.2, 2))))
