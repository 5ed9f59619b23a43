"""New training sequences from old: windows of clips, mirrored, seen by a slower camera, with more expressions added.

A motion signal is nearly linear in the skin's displacement, so a micro-expression can be scaled, stretched and added to
whatever another person's face is doing; stretched far, it is a macro-expression. It is what a warp changed in the
signals of a real, unencoded clip, or is cut out of a quiet synthetic clip (less the straight line between its ends).
"""

from dataclasses import replace

import numpy as np

from .clips import APEX_SIGMA, Event, targets_of
from .model import CLASSES, DELAY, EXPRESSION
from .signals import COMPONENTS, FRESH, REGIONS, TICK, TICK_VALUES, UNREADABLE, T, clip_ticks

MICRO, APEX = CLASSES.index("micro"), CLASSES.index("micro_apex")
MACRO, MACRO_APEX = CLASSES.index("macro"), CLASSES.index("macro_apex")
CHANGED = [*range(COMPONENTS), 60, 61, 62]  # columns of a tick: motion, eyes, mouth
OTHER_SIDE = [REGIONS.index(r.replace("left", "!").replace("right", "left").replace("!", "right")) for r in REGIONS]


def mirror(ticks):
    """The same on the mirrored face. (n, TICK_VALUES)"""
    out = ticks.copy()
    for start in (0, COMPONENTS):
        block = ticks[:, start : start + COMPONENTS].reshape(-1, len(REGIONS), 2)[:, OTHER_SIDE].copy()
        if start == 0:
            block[:, :, 0] *= -1
        out[:, start : start + COMPONENTS] = block.reshape(len(ticks), -1)
    out[:, 60], out[:, 61] = ticks[:, 61], ticks[:, 60]
    out[:, 63], out[:, 65] = -ticks[:, 63], -ticks[:, 65]
    return out


def mirror_delta(delta):
    """A template's change (n, CHANGED) on the mirrored face."""
    full = np.zeros((len(delta), TICK_VALUES))
    full[:, CHANGED] = delta
    return mirror(full)[:, CHANGED]


def templates_of(clips, least=1.0):
    """What known micro-expressions change: (delta (n, CHANGED), onset, apex and offset in ticks from its start, peak on
    a 200-px face).
    """
    by_name = {clip.name: clip for clip in clips}
    found = []
    for clip in clips:
        plain = (
            by_name.get(f"{clip.name.rpartition('-')[0]}-plain")
            if clip.real and clip.condition.startswith("none")
            else None
        )
        if plain is None and (clip.real or clip.condition != "quiet"):
            continue
        for e in clip.micro():
            if not e.peak >= least:
                continue
            a, b = np.searchsorted(clip.times, [e.onset - 0.05, e.offset + 0.05])
            if (
                b - a < 6
                or b >= len(clip.times)
                or clip.ticks[a + 1 : b, FRESH].any()
                or clip.times[b] - clip.times[a] > (b - a + 1) * TICK
            ):
                continue
            if any(o is not e and o.onset < e.offset + 0.1 and o.offset > e.onset - 0.1 for o in clip.events):
                continue
            delta = differing(clip, plain, a, b) if plain else risen(clip, a, b)
            if delta is not None:
                rim = np.minimum(1, np.minimum(np.arange(len(delta)), np.arange(len(delta))[::-1]) / 2.5)[:, None]
                found.append(
                    (
                        delta * rim,
                        (e.onset - clip.times[a]) / TICK,
                        (e.apex - clip.times[a]) / TICK,
                        (e.offset - clip.times[a]) / TICK,
                        e.peak,
                    )
                )
    return found


def risen(clip, a, b):
    """Ticks a to b of a clip less the straight line between them."""
    part = clip.ticks[a : b + 1][:, CHANGED].astype(np.float64)
    return part - (part[0] + (part[-1] - part[0]) * np.linspace(0, 1, len(part))[:, None])


def differing(clip, plain, a, b):
    """What the warp changed between ticks a and b of a clip.

    A region that was not read in both shows nothing; None where few were.
    """
    c = np.searchsorted(plain.times, clip.times[a] - 1e-6)
    n = b - a + 1
    if c + n > len(plain.times) or not np.allclose(plain.times[c : c + n], clip.times[a : b + 1]):
        return None
    with_it, without = clip.ticks[a : b + 1].astype(np.float64), plain.ticks[c : c + n].astype(np.float64)
    lost = (
        np.maximum(with_it[:, COMPONENTS : 2 * COMPONENTS], without[:, COMPONENTS : 2 * COMPONENTS])
        .reshape(n, -1, 2)
        .max((0, 2))
        > UNREADABLE
    )
    if lost.sum() > 6:
        return None
    delta = (with_it - without)[:, CHANGED]
    delta -= delta[0] + (delta[-1] - delta[0]) * np.linspace(0, 1, n)[:, None]
    delta[:, :COMPONENTS][:, np.repeat(lost, 2)] = 0
    return delta if np.abs(delta[:, :COMPONENTS]).max() > 0.2 else None


def stretched(template, factor):
    delta, *marks, peak = template
    n = max(4, round(len(delta) * factor))
    at = np.linspace(0, len(delta) - 1, n)
    k = np.minimum(at.astype(int), len(delta) - 2)
    x = (at - k)[:, None]
    scale = (n - 1) / (len(delta) - 1)
    return delta[k] * (1 - x) + delta[k + 1] * x, *(m * scale for m in marks), peak


def with_injections(clip, templates, seed, every=2.5):
    """The clip with micro-expressions of 1 to 4 px added about every `every` seconds, to measure recall on unlabelled
    real motion.
    """
    rng = np.random.default_rng(seed)
    ticks, events, at = clip.ticks.copy(), list(clip.events), 60
    while templates and at < len(ticks) - 60:
        delta, onset, apex, offset, peak = templates[int(rng.integers(len(templates)))]
        delta, onset, apex, offset, peak = stretched(
            (delta, onset, apex, offset, peak), float(np.exp(rng.uniform(np.log(0.8), np.log(1.25))))
        )
        wanted = float(np.exp(rng.uniform(0, np.log(4.0))))
        span = slice(at, at + len(delta))
        if (
            span.stop < len(ticks) - 20
            and (offset - onset) * TICK <= 0.5
            and wanted / peak <= 2.5
            and not ticks[span, FRESH].any()
        ):
            if rng.random() < 0.5:
                delta = mirror_delta(delta)
            ticks[span, CHANGED] += (delta * wanted / peak).astype(np.float32)
            begin = clip.times[at]
            events.append(Event("micro", begin + onset * TICK, begin + apex * TICK, begin + offset * TICK, wanted))
        at += int(every / TICK * rng.uniform(0.7, 1.3))
    return replace(clip, ticks=ticks, events=events)


def add_noise(rng, ticks):
    """What bad cameras and codecs do to regions of little texture: each region jitters by its own amount, from tick to
    tick or slower.
    """
    level = np.repeat(np.exp(rng.normal(np.log(rng.choice([0.01, 0.03, 0.08])), 0.8, len(REGIONS))), 2)
    white = rng.normal(0, 1, (len(ticks), COMPONENTS))
    memory = rng.choice([0.0, 0.6, 0.85])
    noise = white.copy()
    for k in range(1, len(noise)):
        noise[k] = memory * noise[k - 1] + np.sqrt(1 - memory**2) * white[k]
    ticks[:, :COMPONENTS] += noise * level
    seen = level * rng.uniform(0.3, 1.0)  # the meter's own sigma knows of a part of it
    ticks[:, COMPONENTS : 2 * COMPONENTS] = np.hypot(ticks[:, COMPONENTS : 2 * COMPONENTS], seen)


def slower_camera(rng, rows):
    """The rows that a camera of 12 to 25 frames a second, not quite regular, would have seen."""
    interval, jitter = 1 / rng.uniform(12, 25), rng.choice([0.0, 0.15, 0.4])
    chosen, due = [], rows[0, T]
    for k in range(len(rows)):
        if rows[k, T] >= due - 1e-3:
            chosen.append(k)
            due = max(due, rows[k, T] - interval / 2) + interval * (1 + jitter * rng.uniform(-1, 1))
    return rows[chosen]


def add_restlessness(rng, ticks):
    """What living faces do all the time: a few patterns over all regions that wander to and fro, none of them an
    expression.
    """
    for _ in range(int(rng.integers(1, 4))):
        memory = rng.choice([0.8, 0.9, 0.95, 0.98])
        course = np.zeros(len(ticks))
        push = rng.normal(0, np.sqrt(1 - memory**2), len(ticks))
        for k in range(1, len(ticks)):
            course[k] = memory * course[k - 1] + push[k]
        pattern = rng.normal(0, 1, COMPONENTS) * np.repeat(rng.random(len(REGIONS)) < rng.uniform(0.2, 1), 2)
        ticks[:, :COMPONENTS] += np.exp(rng.normal(np.log(0.05), 0.7)) * course[:, None] * pattern


UPPER = [r for r, name in enumerate(REGIONS) if name.startswith(("brow", "eyelid"))]
UPPER_COLUMNS = [2 * r + c for r in UPPER for c in (0, 1)]


def swap_upper_face(ticks, other):
    """The upper face of `other` over the lower face of `ticks`: talking mouths beneath quiet brows, and the reverse.
    Same length.
    """
    out = ticks.copy()
    columns = [*UPPER_COLUMNS, *(COMPONENTS + c for c in UPPER_COLUMNS), 60, 61]
    out[:, columns] = other[:, columns]
    out[:, FRESH] = np.maximum(ticks[:, FRESH], other[:, FRESH])
    return out


def region_peaks(delta):
    """(N,) px: how far a template moves each region."""
    return np.abs(delta[:, :COMPONENTS].reshape(len(delta), -1, 2)).max(0).max(1)


class Drawn:
    """One training sequence while it is put together.

    target, weight (n, CLASSES); region, region_weight (n, N, EXPRESSION): the same by region.
    """

    def __init__(self, ticks, target, weight, knows_regions):
        n = len(ticks)
        self.ticks, self.target, self.weight = ticks, target, weight
        self.region = np.zeros((n, len(REGIONS), EXPRESSION), np.float32)
        self.region_weight = np.repeat(np.minimum(weight[:, None, :EXPRESSION], 1.0), len(REGIONS), 1).astype(
            np.float32
        )
        if not knows_regions:  # which regions an event of the clip itself moves is not labelled
            self.region_weight[(target[:, MICRO] > 0) | (target[:, MACRO] > 0)] = 0
        self.busy = (target[:, MICRO] > 0) | (target[:, MACRO] > 0)


class Sequences:
    """Endless training sequences. clips: of the training split; length in ticks."""

    def __init__(self, clips, seed, length=450, real_share=0.6):
        self.clips, self.length = clips, length
        self.rng = np.random.default_rng(seed)
        self.templates = templates_of(clips)
        self.truth = [targets_of(c) for c in clips]
        weight = np.array([min(len(c.times), 1500) for c in clips], float)
        real = np.array([c.real for c in clips])
        self.untouched = [i for i, c in enumerate(clips) if c.untouched]
        if real.any() and not real.all():
            weight[real] *= real_share / weight[real].sum()
            weight[~real] *= (1 - real_share) / weight[~real].sum()
        self.share = weight / weight.sum()

    def window(self, i):
        """A stretch of clip i: ticks and their indices in the clip."""
        rng, clip = self.rng, self.clips[i]
        n = len(clip.times)
        start = 0 if n <= self.length or rng.random() < 0.2 else int(rng.integers(0, n - self.length + 1))
        stop = min(n, start + self.length)
        part = self.seen_slower(clip, start, stop) if rng.random() < 0.25 else None
        return part if part is not None else (clip.ticks[start:stop].astype(np.float64), np.arange(start, stop))

    def one(self):
        rng = self.rng
        i = int(rng.choice(len(self.clips), p=self.share))
        clip, (target, weight) = self.clips[i], self.truth[i]
        ticks, at = self.window(i)
        if clip.untouched and rng.random() < 0.4 and len(self.untouched) > 1:
            other, _ = self.window(self.untouched[int(rng.integers(len(self.untouched)))])
            n = min(len(ticks), len(other))
            ticks, at = swap_upper_face(ticks[:n], other[:n]), at[:n]
        drawn = Drawn(ticks, target[at].copy(), weight[at].copy(), clip.untouched)
        drawn.ticks[0, FRESH] = 1
        drawn.weight[:25] = 0  # not yet settled
        drawn.region_weight[:25] = 0
        if rng.random() < 0.5:
            drawn.ticks = mirror(drawn.ticks)
        if rng.random() < 0.3:
            drawn.ticks[:, :COMPONENTS] *= rng.uniform(0.8, 1.2)
        if self.templates:
            if rng.random() < 0.25:
                self.add_macro(drawn)
            if rng.random() < (0.85 if clip.untouched else 0.5):
                self.add_micro(drawn)
        if rng.random() < (0.2 if clip.real else 0.45):
            add_noise(rng, drawn.ticks)
        if rng.random() < (0.1 if clip.real else 0.4):
            add_restlessness(rng, drawn.ticks)
        return self.padded(drawn)

    def padded(self, drawn):
        pad = self.length - len(drawn.ticks)
        parts = (drawn.ticks, drawn.target, drawn.weight, drawn.region, drawn.region_weight)
        if pad > 0:
            last = drawn.ticks[-1:].copy()
            last[:, FRESH] = 0
            parts = (
                np.concatenate([drawn.ticks, np.repeat(last, pad, 0)]),
                *(np.concatenate([p, np.zeros((pad, *p.shape[1:]), np.float32)]) for p in parts[1:]),
            )
        return tuple(p.astype(np.float32) for p in parts)

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

    def inject(self, drawn, delta, at):
        """Adds a template's motion, mirrored half of the time; returns it as added."""
        if self.rng.random() < 0.5:
            delta = mirror_delta(delta)
        drawn.ticks[at : at + len(delta), CHANGED] += delta
        return delta

    def room(self, drawn, length):
        """A place for `length` ticks where nothing else was added; None after a few tries."""
        for _ in range(4):
            if length + 30 > len(drawn.ticks):
                return None
            at = int(self.rng.integers(20, len(drawn.ticks) - length))
            about = slice(max(0, at - 12), at + length + 16)
            if not drawn.busy[about].any() and not drawn.ticks[at : at + length, FRESH].any():
                drawn.busy[about] = True
                return at
        return None

    def add_macro(self, drawn):
        """A slow expression, held for a while or not, where there is room."""
        rng = self.rng
        delta, onset, apex, offset, peak = self.templates[int(rng.integers(len(self.templates)))]
        span = float(np.exp(rng.uniform(np.log(0.65), np.log(3.0)))) / TICK
        hold = int(span * rng.choice([0.0, rng.uniform(0, 0.6)]))
        delta, onset, apex, offset, peak = stretched(
            (delta, onset, apex, offset, peak), (span - hold) / (offset - onset)
        )
        factor = float(np.exp(rng.uniform(np.log(1.0), np.log(8.0)))) / peak
        middle = int(apex)
        delta = np.concatenate([delta[:middle], np.repeat(delta[middle : middle + 1], hold, 0), delta[middle:]])
        if factor > 4 or (at := self.room(drawn, len(delta))) is None:
            return
        delta = self.inject(drawn, delta * factor, at)
        k = np.arange(len(drawn.ticks)) - DELAY - at
        inside, bell = (k >= onset) & (k <= offset + hold), np.exp(-0.5 * ((k - apex) * TICK / APEX_SIGMA) ** 2)
        drawn.target[inside, MACRO] = 1
        drawn.target[:, MACRO_APEX] = np.maximum(drawn.target[:, MACRO_APEX], bell)
        drawn.weight[inside, MACRO] = drawn.weight[inside, MACRO_APEX] = 1
        self.mark_regions(drawn, delta, at, inside, bell, MACRO)

    def add_micro(self, drawn):
        """One to four more micro-expressions where there is room."""
        rng = self.rng
        for _ in range(int(rng.integers(1, 5))):
            template = self.templates[int(rng.integers(len(self.templates)))]
            delta, onset, apex, offset, peak = stretched(
                template, float(np.exp(rng.uniform(np.log(0.7), np.log(1.35))))
            )
            if not 0.14 <= (offset - onset) * TICK <= 0.52:
                continue
            factor = float(np.exp(rng.uniform(np.log(0.5), np.log(4.0)))) / peak
            if factor > 2.5 or (at := self.room(drawn, len(delta))) is None:
                continue
            delta = self.inject(drawn, delta * factor, at)
            k = np.arange(len(drawn.ticks)) - DELAY - at
            inside, bell = (k >= onset) & (k <= offset), np.exp(-0.5 * ((k - apex) * TICK / APEX_SIGMA) ** 2)
            drawn.target[inside, MICRO] = 1
            drawn.target[:, APEX] = np.maximum(drawn.target[:, APEX], bell)
            self.mark_regions(drawn, delta, at, inside, bell, MICRO)

    def mark_regions(self, drawn, delta, at, inside, bell, kind):
        """Labels the regions that an added expression moves. If none of them was readable, the loss ignores it."""
        apex = kind + 1
        moved = region_peaks(delta)
        unread = (
            drawn.ticks[at : at + len(delta), COMPONENTS : 2 * COMPONENTS].reshape(len(delta), -1, 2).max(2)
            > UNREADABLE
        ).mean(0) > 0.3
        near = inside | (bell > 0.01)
        part = (moved >= max(0.2, 0.45 * moved.max())) & ~unread
        unsure = (moved >= 0.15 * moved.max()) & ~part
        drawn.region[inside[:, None] & part, kind] = 1
        drawn.region[:, part, apex] = np.maximum(drawn.region[:, part, apex], bell[:, None])
        drawn.region_weight[near[:, None] & part, kind] = drawn.region_weight[near[:, None] & part, apex] = 1
        drawn.region_weight[near[:, None] & unsure] = 0
        if not part.any():
            drawn.weight[near, kind] = drawn.weight[near, apex] = 0
            drawn.region_weight[near] = 0

    def batch(self, size):
        rows = [self.one() for _ in range(size)]
        return tuple(np.stack(column) for column in zip(*rows))
