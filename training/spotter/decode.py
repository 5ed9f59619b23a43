"""From likelihoods to windows. The server's decoder (src/spotting/learned/decoder.ts) is the same algorithm; a golden file holds them together."""

from dataclasses import dataclass

import numpy as np

from .model import CLASSES, DELAY
from .signals import TICK

M, MA, X, XA = (CLASSES.index(name) for name in ("micro", "micro_apex", "macro", "macro_apex"))
CONFIRM = 1  # ticks after a maximum before it counts
LEAST = 0.05  # an apex bell lower than this is no candidate
FOOT = 0.5  # a window reaches to where its likelihood is this share of that at the apex
LONGEST = 4.0  # s
MICRO_MAX = 0.5  # s
LEEWAY = 0.04  # s: what a boundary errs by
PATIENCE = 0.04  # s that a likelihood may dip below the foot


@dataclass
class Window:
    kind: str
    onset: float
    apex: float
    offset: float
    score: float
    opened: float  # media time at which it was first said


def score_of(bell, inside):
    """How sure: the geometric mean of the bell's height and the likelihood of being inside, 0..1."""
    return float(np.sqrt(bell * inside))


def decode(times, likelihoods, threshold=0.3, macro_threshold=None):
    """times (n,) s of the ticks, likelihoods (n, CLASSES) about DELAY ticks earlier. Returns the windows that closed, in the order of closing.

    Micro- and macro-expressions are followed apart, each by its own likelihoods: a smile or a talking mouth does not hide a brow.
    macro_threshold: default threshold; never above it.
    """
    about = times - DELAY * TICK
    macro = threshold if macro_threshold is None else min(threshold, macro_threshold)
    micros = [w for w, _ in followed(times, about, likelihoods[:, M], likelihoods[:, MA], "micro", threshold)]
    macros = [w for w, _ in followed(times, about, likelihoods[:, X], likelihoods[:, XA], "macro", macro)]
    return sorted(micros + macros, key=lambda w: w.offset)


def followed(times, about, inside, bell, kind, threshold):
    """The windows of one kind, each with the index at which it closed. A micro-expression that lasts too long is none, a macro-expression that is over too soon is none."""
    windows, current, free = [], None, -1.0
    best = None  # index of the maximum that is being watched
    for k in range(len(times)):
        if current is None:
            if best is not None and bell[k] <= bell[best]:
                if k - best >= CONFIRM:
                    at, best = best, None
                    score = score_of(float(bell[at]), float(inside[at]))
                    if score >= threshold and about[at] > free:
                        apex = centre(about, bell[:k + 1], at)
                        onset = max(free, foot_before(about, inside, at))
                        current = Window(kind, min(onset, apex), apex, float("nan"), score, float(times[k]))
                        peak, low = float(inside[at]), None
            elif bell[k] >= LEAST and (best is None or bell[k] > bell[best]):
                best = k
            continue
        peak = max(peak, float(inside[k]))
        if inside[k] < FOOT * peak:
            low = k if low is None else low
            if about[k] - about[low] >= PATIENCE:
                current.offset = max(current.apex, crossing(about, inside, low, FOOT * peak))
        else:
            low = None
        if np.isnan(current.offset) and about[k] - current.onset > LONGEST:
            current.offset = float(about[k])
        if not np.isnan(current.offset):
            keep(current, k, windows)
            free, current, best = current.offset, None, None
    if current is not None:
        current.offset = float(about[-1])
        keep(current, len(times), windows)
    return windows


def keep(window, k, windows):
    brief = window.offset - window.onset <= MICRO_MAX + LEEWAY
    if brief == (window.kind == "micro"):
        windows.append((window, k))


def centre(about, column, at):
    """Time of the maximum at `at`, by the parabola through it and its neighbours."""
    if at == 0 or at + 1 >= len(column):
        return float(about[at])
    a, b, c = (float(v) for v in column[at - 1:at + 2])
    bend = a - 2 * b + c
    shift = 0.5 * (a - c) / bend if bend < -1e-9 else 0.0
    return float(about[at]) + float(np.clip(shift, -0.5, 0.5)) * TICK


def foot_before(about, inside, at):
    """Where the likelihood of being inside rose through FOOT of its height at `at`."""
    level = FOOT * inside[at]
    k = at
    while k > 0 and inside[k - 1] >= level and about[at] - about[k - 1] < LONGEST:
        k -= 1
    if k == 0:
        return float(about[0])
    low, high = float(inside[k - 1]), float(inside[k])
    share = (level - low) / (high - low) if high > low else 0.5
    return float(about[k - 1]) + share * (float(about[k]) - float(about[k - 1]))


def crossing(about, inside, low, level):
    """Where the likelihood fell through `level` just before tick `low`."""
    if low == 0:
        return float(about[0])
    a, b = float(inside[low - 1]), float(inside[low])
    share = (a - level) / (a - b) if a > b else 0.5
    return float(about[low - 1]) + share * (float(about[low]) - float(about[low - 1]))
