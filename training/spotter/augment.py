"""New training sequences from old: windows of clips, mirrored, seen by a slower camera, with more expressions laid on.

A motion signal is nearly linear in the skin's displacement, so a micro-expression cut out of a quiet clip (less the straight line between its
ends) can be scaled, stretched and added to whatever another person's face is doing; stretched far, it is a macro-expression.
"""

import numpy as np

from .clips import APEX_SIGMA, targets_of
from .model import CLASSES, DELAY
from .signals import COMPONENTS, FRESH, REGIONS, T, TICK, clip_ticks

MICRO, APEX = CLASSES.index("micro"), CLASSES.index("micro_apex")
MACRO, MACRO_APEX = CLASSES.index("macro"), CLASSES.index("macro_apex")
OTHER_SIDE = [REGIONS.index(r.replace("left", "!").replace("right", "left").replace("!", "right")) for r in REGIONS]


def mirror(ticks):
    """The same on the mirrored face. (n, TICK_VALUES)"""
    out = ticks.copy()
    for start in (0, COMPONENTS):
        block = ticks[:, start:start + COMPONENTS].reshape(-1, len(REGIONS), 2)[:, OTHER_SIDE].copy()
        if start == 0:
            block[:, :, 0] *= -1
        out[:, start:start + COMPONENTS] = block.reshape(len(ticks), -1)
    out[:, 60], out[:, 61] = ticks[:, 61], ticks[:, 60]
    out[:, 63], out[:, 65] = -ticks[:, 63], -ticks[:, 65]
    return out


def templates_of(clips, least=1.0):
    """Micro-expressions cut out of quiet clips: (delta (n, 30), onset, apex and offset in ticks from its start, peak on a 200-px face)."""
    found = []
    for clip in clips:
        if clip.condition != "quiet" or clip.real:
            continue
        for e in clip.micro():
            if not e.peak >= least:
                continue
            a, b = np.searchsorted(clip.times, [e.onset - 0.05, e.offset + 0.05])
            if b - a < 6 or b >= len(clip.times) or clip.ticks[a + 1:b, FRESH].any() or clip.times[b] - clip.times[a] > (b - a + 1) * TICK:
                continue
            if any(o is not e and o.onset < e.offset + 0.1 and o.offset > e.onset - 0.1 for o in clip.events):
                continue
            part = clip.ticks[a:b + 1, :COMPONENTS].astype(np.float64)
            n = len(part)
            line = part[0] + (part[-1] - part[0]) * np.linspace(0, 1, n)[:, None]
            rim = np.minimum(1, np.minimum(np.arange(n), np.arange(n)[::-1]) / 2.5)[:, None]
            found.append(((part - line) * rim, (e.onset - clip.times[a]) / TICK, (e.apex - clip.times[a]) / TICK, (e.offset - clip.times[a]) / TICK, e.peak))
    return found


def stretched(template, factor):
    delta, *marks, peak = template
    n = max(4, int(round(len(delta) * factor)))
    at = np.linspace(0, len(delta) - 1, n)
    k = np.minimum(at.astype(int), len(delta) - 2)
    x = (at - k)[:, None]
    scale = (n - 1) / (len(delta) - 1)
    return delta[k] * (1 - x) + delta[k + 1] * x, *(m * scale for m in marks), peak


def add_noise(rng, ticks):
    """What bad cameras and codecs do to regions of little texture: each region jitters by its own amount, from tick to tick or slower."""
    level = np.repeat(np.exp(rng.normal(np.log(rng.choice([0.01, 0.03, 0.08])), 0.8, len(REGIONS))), 2)
    white = rng.normal(0, 1, (len(ticks), COMPONENTS))
    memory = rng.choice([0.0, 0.6, 0.85])
    noise = white.copy()
    for k in range(1, len(noise)):
        noise[k] = memory * noise[k - 1] + np.sqrt(1 - memory**2) * white[k]
    ticks[:, :COMPONENTS] += noise * level
    seen = level * rng.uniform(0.3, 1.0)  # the meter's own sigma knows of a part of it
    ticks[:, COMPONENTS:2 * COMPONENTS] = np.hypot(ticks[:, COMPONENTS:2 * COMPONENTS], seen)


def slower_camera(rng, rows):
    """The rows that a camera of 12 to 25 frames a second, not quite regular, would have seen."""
    interval, jitter = 1 / rng.uniform(12, 25), rng.choice([0.0, 0.15, 0.4])
    kept, due = [], rows[0, T]
    for k in range(len(rows)):
        if rows[k, T] >= due - 1e-3:
            kept.append(k)
            due = max(due, rows[k, T] - interval / 2) + interval * (1 + jitter * rng.uniform(-1, 1))
    return rows[kept]


def add_restlessness(rng, ticks):
    """What living faces do all the time: a few patterns over all regions that wander to and fro, none of them an expression."""
    for _ in range(int(rng.integers(1, 4))):
        memory = rng.choice([0.8, 0.9, 0.95, 0.98])
        course = np.zeros(len(ticks))
        push = rng.normal(0, np.sqrt(1 - memory**2), len(ticks))
        for k in range(1, len(ticks)):
            course[k] = memory * course[k - 1] + push[k]
        pattern = rng.normal(0, 1, COMPONENTS) * np.repeat(rng.random(len(REGIONS)) < rng.uniform(0.2, 1), 2)
        ticks[:, :COMPONENTS] += np.exp(rng.normal(np.log(0.05), 0.7)) * course[:, None] * pattern


class Sequences:
    """Endless training sequences. clips: of the training split; length in ticks."""

    def __init__(self, clips, seed, length=450):
        self.clips, self.length = clips, length
        self.rng = np.random.default_rng(seed)
        self.templates = templates_of(clips)
        self.truth = [targets_of(c) for c in clips]
        weight = np.array([min(len(c.times), 1500) * (3.0 if c.real else 1.0) for c in clips], float)
        self.share = weight / weight.sum()

    def one(self):
        rng = self.rng
        i = int(rng.choice(len(self.clips), p=self.share))
        clip, (target, weight) = self.clips[i], self.truth[i]
        n = len(clip.times)
        start = 0 if n <= self.length or rng.random() < 0.35 else int(rng.integers(0, n - self.length + 1))
        stop = min(n, start + self.length)
        part = self.seen_slower(clip, start, stop) if rng.random() < 0.25 else None
        if part is None:
            ticks, at = clip.ticks[start:stop].astype(np.float64), slice(start, stop)
        else:
            ticks, at = part
        target, weight = target[at].copy(), weight[at].copy()
        ticks[0, FRESH] = 1
        weight[:25] = 0  # not yet settled
        if rng.random() < 0.5:
            ticks = mirror(ticks)
        if rng.random() < 0.3:
            ticks[:, :COMPONENTS] *= rng.uniform(0.8, 1.2)
        if self.templates:
            busy = (target[:, MICRO] > 0) | (target[:, MACRO] > 0)
            if rng.random() < 0.2:
                self.add_macro(ticks, target, busy)
            if rng.random() < 0.65:
                self.add_micro(ticks, target, busy)
        if rng.random() < 0.45:
            add_noise(rng, ticks)
        if rng.random() < 0.4:
            add_restlessness(rng, ticks)
        if len(ticks) < self.length:
            pad = self.length - len(ticks)
            last = ticks[-1:].copy()
            last[:, FRESH] = 0
            ticks = np.concatenate([ticks, np.repeat(last, pad, 0)])
            target = np.concatenate([target, np.zeros((pad, len(CLASSES)), np.float32)])
            weight = np.concatenate([weight, np.zeros((pad, len(CLASSES)), np.float32)])
        return ticks.astype(np.float32), target, weight

    def seen_slower(self, clip, start, stop):
        """Ticks [start, stop) as of a slower camera, and their indices in the clip; None where too few are left."""
        t = clip.rows[:, T]
        a, b = np.searchsorted(t, [clip.times[start] - TICK, clip.times[stop - 1] + TICK])
        if b - a < 30:
            return None
        times, ticks = clip_ticks(slower_camera(self.rng, clip.rows[a:b]))
        at = np.searchsorted(clip.times, times - 1e-6)
        known = (at < stop) & (np.abs(clip.times[np.minimum(at, len(clip.times) - 1)] - times) < 1e-6)
        if known.sum() < 60:
            return None
        return ticks[known].astype(np.float64), at[known]

    def add_macro(self, ticks, target, busy):
        """A slow expression, held for a while or not, where there is room."""
        rng = self.rng
        delta, onset, apex, offset, peak = self.templates[int(rng.integers(len(self.templates)))]
        span = float(np.exp(rng.uniform(np.log(0.65), np.log(3.0)))) / TICK
        hold = int(span * rng.choice([0.0, rng.uniform(0, 0.6)]))
        delta, onset, apex, offset, peak = stretched((delta, onset, apex, offset, peak), (span - hold) / (offset - onset))
        factor = float(np.exp(rng.uniform(np.log(1.0), np.log(8.0)))) / peak
        middle = int(apex)
        delta = np.concatenate([delta[:middle], np.repeat(delta[middle:middle + 1], hold, 0), delta[middle:]])
        if factor > 4 or len(delta) + 40 > len(ticks):
            return
        at = int(rng.integers(20, len(ticks) - len(delta)))
        about = slice(max(0, at - 12), at + len(delta) + 16)
        if busy[about].any() or ticks[at:at + len(delta), FRESH].any():
            return
        if rng.random() < 0.5:
            delta = mirror(np.concatenate([delta, np.zeros((len(delta), 41))], 1))[:, :COMPONENTS]
        ticks[at:at + len(delta), :COMPONENTS] += delta * factor
        k = np.arange(len(ticks)) - DELAY - at
        target[(k >= onset) & (k <= offset + hold), MACRO] = 1
        target[:, MACRO_APEX] = np.maximum(target[:, MACRO_APEX], np.exp(-0.5 * ((k - apex) * TICK / APEX_SIGMA) ** 2))
        busy[about] = True

    def add_micro(self, ticks, target, busy):
        """One to three more micro-expressions where there is room."""
        rng = self.rng
        for _ in range(int(rng.integers(1, 4))):
            template = self.templates[int(rng.integers(len(self.templates)))]
            delta, onset, apex, offset, peak = stretched(template, float(np.exp(rng.uniform(np.log(0.7), np.log(1.35)))))
            if (offset - onset) * TICK > 0.52 or (offset - onset) * TICK < 0.14 or len(delta) + 30 > len(ticks):
                continue
            wanted = float(np.exp(rng.uniform(np.log(0.5), np.log(4.0))))
            factor = wanted / peak
            if factor > 2.0:
                continue
            if rng.random() < 0.5:
                delta = mirror(np.concatenate([delta, np.zeros((len(delta), 41))], 1))[:, :COMPONENTS]
            at = int(rng.integers(20, len(ticks) - len(delta)))
            about = slice(max(0, at - 12), at + len(delta) + 16)
            if busy[about].any() or ticks[at:at + len(delta), FRESH].any():
                continue
            ticks[at:at + len(delta), :COMPONENTS] += delta * factor
            k = np.arange(len(ticks)) - DELAY - at
            target[(k >= onset) & (k <= offset), MICRO] = 1
            target[:, APEX] = np.maximum(target[:, APEX], np.exp(-0.5 * ((k - apex) * TICK / APEX_SIGMA) ** 2))
            busy[about] = True

    def batch(self, size):
        rows = [self.one() for _ in range(size)]
        return tuple(np.stack(column) for column in zip(*rows))
