"""From likelihoods to windows.

The server's decoder (src/spotting/learned/decoder.ts) is the same algorithm; a golden file holds them together.
"""

from dataclasses import dataclass

import numpy as np

from .model import CLASSES, DELAY
from .signals import TICK

M, MA, X, XA = (CLASSES.index(name) for name in ("micro", "micro_apex", "macro", "macro_apex"))
CONFIRM = 1  # ticks after a maximum before it counts
LEAST = 0.05  # an apex bell lower than this is not a candidate
FOOT = 0.5  # a window reaches to where its likelihood is this share of that at the apex
LONGEST = 4.0  # s
MICRO_MAX = 0.5  # s
DIP_TIMEOUT = 0.04  # s that a likelihood may dip below the foot


@dataclass
class Window:
    kind: str
    onset: float
    apex: float
    offset: float
    score: float
    opened: float  # media time at which it was first reported


def score_of(bell, inside):
    """How sure: the geometric mean of the bell's height and the likelihood of being inside, 0..1."""
    return float(np.sqrt(bell * inside))


def decode(times, likelihoods, threshold=0.3, macro_threshold=None):
    """times (n,) s of the ticks, likelihoods (n, CLASSES) about DELAY ticks earlier. Returns the windows that closed,
    in order.

    A maximum of the macro class needs macro_threshold (default: threshold); if its window turns out brief, threshold
    applies again.
    """
    least = {"micro": threshold, "macro": threshold if macro_threshold is None else min(threshold, macro_threshold)}
    about = times - DELAY * TICK
    windows, current, free = [], None, -1.0
    best = None  # (index, height) of the maximum that is being watched
    for k in range(len(times)):
        row = likelihoods[k]
        if current is None:
            bell = max(row[MA], row[XA])
            if best is not None and bell <= likelihoods[best[0], best[1]]:
                if k - best[0] >= CONFIRM:
                    at, column = best
                    best = None
                    kind = "micro" if column == MA else "macro"
                    inside = float(max(likelihoods[at, M], likelihoods[at, X]))
                    score = score_of(float(likelihoods[at, column]), inside)
                    if score >= least[kind] and about[at] > free:
                        apex = centre(about, likelihoods[: k + 1, column], at)
                        onset = max(free, foot_before(about, likelihoods, at))
                        current = Window(kind, min(onset, apex), apex, float("nan"), score, float(times[k]))
                        peak, low = inside, None
            elif bell >= LEAST and (best is None or bell > likelihoods[best[0], best[1]]):
                best = (k, MA if row[MA] >= row[XA] else XA)
        else:
            inside = float(max(row[M], row[X]))
            peak = max(peak, inside)
            if inside < FOOT * peak:
                low = k if low is None else low
                if about[k] - about[low] >= DIP_TIMEOUT:
                    current.offset = max(current.apex, crossing(about, likelihoods, low, FOOT * peak))
            else:
                low = None
            if np.isnan(current.offset) and about[k] - current.onset > LONGEST:
                current.offset = float(about[k])
            if not np.isnan(current.offset):
                finish(current, threshold, windows)
                free, current, best = current.offset, None, None
    if current is not None:
        current.offset = float(about[-1])
        finish(current, threshold, windows)
    return windows


def finish(window, threshold, windows):
    """Duration decides between micro and macro; a brief window below the threshold is dropped."""
    window.kind = "micro" if window.offset - window.onset <= MICRO_MAX + 0.04 else "macro"
    if window.kind == "macro" or window.score >= threshold:
        windows.append(window)


def centre(about, column, at):
    """Time of the maximum at `at`, by the parabola through it and its neighbours."""
    if at == 0 or at + 1 >= len(column):
        return float(about[at])
    a, b, c = (float(v) for v in column[at - 1 : at + 2])
    bend = a - 2 * b + c
    shift = 0.5 * (a - c) / bend if bend < -1e-9 else 0.0
    return float(about[at]) + float(np.clip(shift, -0.5, 0.5)) * TICK


def foot_before(about, likelihoods, at):
    """Where the likelihood of being inside rose through FOOT of its height at `at`."""
    inside = np.maximum(likelihoods[:, M], likelihoods[:, X])
    level = FOOT * inside[at]
    k = at
    while k > 0 and inside[k - 1] >= level and about[at] - about[k - 1] < LONGEST:
        k -= 1
    if k == 0:
        return float(about[0])
    low, high = float(inside[k - 1]), float(inside[k])
    share = (level - low) / (high - low) if high > low else 0.5
    return float(about[k - 1]) + share * (float(about[k]) - float(about[k - 1]))


def crossing(about, likelihoods, low, level):
    """Where the likelihood fell through `level` just before tick `low`."""
    if low == 0:
        return float(about[0])
    a, b = (float(max(likelihoods[k, M], likelihoods[k, X])) for k in (low - 1, low))
    share = (a - level) / (a - b) if a > b else 0.5
    return float(about[low - 1]) + share * (float(about[low]) - float(about[low - 1]))
