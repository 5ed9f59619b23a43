"""The jaw in chewing, as curves over time: bouts of cycles, each an opening, a closing towards the working side and a
short rest on the food.

Rates, the cycles' spread and the path (straight or slightly away from the working side going down, over the working
side coming up) are those that studies of jaw movement give for healthy adults: about 1 to 2 cycles a second, sideways a
fifth to two fifths of the opening.
"""

import numpy as np

from .curves import smooth

OPENED, CLOSED = 0.4, 0.82  # shares of a cycle at which the jaw is lowest, and at which the teeth meet


def draw_cycles(rng, seconds):
    """Cycles of a bout of about so long: [(start, length in s from the bout's start, how far it opens 0..1, how far
    sideways, to the left > 0)].
    """
    rate, lateral = float(rng.uniform(1.0, 2.0)), float(rng.uniform(0.2, 0.4))
    side = float(rng.choice([-1, 1]))
    at, cycles = 0.0, []
    while at < seconds:
        length = float(np.exp(rng.normal(0, 0.12))) / rate
        if rng.random() < 0.1:
            side = -side  # the food goes over to the other side
        cycles.append((at, length, float(rng.uniform(0.55, 1.0)), side * lateral * float(rng.uniform(0.7, 1.3))))
        at += length
    return cycles


def length_of(cycles):
    """s"""
    return cycles[-1][0] + cycles[-1][1]


def opening(event, times):
    """How far the jaw is open, 0..1, at media seconds `times` (an array)."""
    out = np.zeros(len(times))
    for start, length, opened, _ in event.data["cycles"]:
        u = (times - event.start - start) / length
        out += (
            opened * smooth(np.clip(u / OPENED, 0, 1)) * (1 - smooth(np.clip((u - OPENED) / (CLOSED - OPENED), 0, 1)))
        )
    return out


def sideways(event, times):
    """Jaw offset to the person's left (> 0) or right, as a share of a full opening, at media seconds `times`."""
    out = np.zeros(len(times))
    for start, length, opened, side in event.data["cycles"]:
        u = (times - event.start - start) / length
        down = np.sin(np.pi * np.clip(u / OPENED, 0, 1)) ** 2
        up = np.sin(np.pi * np.clip((u - 0.3) / (0.96 - 0.3), 0, 1)) ** 2
        out += opened * side * (up - 0.2 * down)
    return out


def clench(event, times):
    """How hard the teeth are together, 0..1: the masseters bulge and the lips press while the jaw rests."""
    out = np.zeros(len(times))
    for start, length, _, _ in event.data["cycles"]:
        u = (times - event.start - start) / length
        out += np.sin(np.pi * np.clip((u - 0.7) / 0.3, 0, 1)) ** 2
    return out
