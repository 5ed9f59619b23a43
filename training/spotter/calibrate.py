"""What a raw score means: the precision of alerts at that score, and the false positives a minute at each threshold."""

import numpy as np

from .decode import decode
from .metrics import match

LEVELS = tuple(np.round(np.concatenate([np.arange(0.08, 0.6, 0.02), np.arange(0.6, 0.96, 0.05)]), 3))


def scored(clips, likelihoods, threshold=0.08):
    """(raw score, whether it is a true positive) of every micro window, decoded at a low threshold."""
    rows = []
    for clip, values in zip(clips, likelihoods):
        found = [w for w in decode(clip.times, values, threshold) if w.kind == "micro"]
        true_positives = {i for i, _ in match(found, clip.micro())}
        rows += [(w.score, i in true_positives) for i, w in enumerate(found)]
    return rows


def isotonic(rows, least=12):
    """Points (raw score, precision) of isotonic regression by pool adjacent violators; each block has at least `least`
    windows.
    """
    rows = sorted(rows)
    blocks = []
    for i in range(0, len(rows), least):
        part = rows[i : i + least]
        blocks.append([float(np.mean([r for r, _ in part])), float(np.mean([ok for _, ok in part])), len(part)])
        while len(blocks) > 1 and blocks[-2][1] >= blocks[-1][1]:
            x, y, n = blocks.pop()
            a, b, m = blocks[-1]
            blocks[-1] = [(a * m + x * n) / (m + n), (b * m + y * n) / (m + n), m + n]
    points = [[0.0, 0.0], *[[round(x, 4), round(min(y, 0.99), 4)] for x, y, _ in blocks]]
    if points[-1][0] < 1:
        points.append([1.0, max(points[-1][1], 0.99)])
    return points


def false_positives_by_threshold(clips, likelihoods):
    """Points (threshold, false positives a minute) over all given clips."""
    minutes = sum(c.seconds for c in clips) / 60
    points = []
    for level in LEVELS:
        false = 0
        for clip, values in zip(clips, likelihoods):
            found = [w for w in decode(clip.times, values, level) if w.kind == "micro"]
            false += len(found) - len(match(found, clip.micro()))
        points.append([float(level), round(false / minutes, 3)])
    for i in range(len(points) - 2, -1, -1):  # monotone: a higher threshold can only mean fewer
        points[i][1] = max(points[i][1], points[i + 1][1])
    return points
