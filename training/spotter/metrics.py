"""Spotting metrics as the field states them: one-to-one matches at IoU >= 0.5, F1, false positives a minute, timing
errors.
"""

import numpy as np

BANDS = ((0.5, 1.0), (1.0, 2.0), (2.0, 99.0))


def iou(a, b):
    common = min(a.offset, b.offset) - max(a.onset, b.onset)
    return common / (max(a.offset, b.offset) - min(a.onset, b.onset)) if common > 0 else 0.0


def match(found, truth):
    """Pairs (i, j), greedily by IoU, each used once, IoU >= 0.5."""
    pairs = sorted(((iou(f, t), i, j) for i, f in enumerate(found) for j, t in enumerate(truth)), reverse=True)
    used_i, used_j, out = set(), set(), []
    for value, i, j in pairs:
        if value >= 0.5 and i not in used_i and j not in used_j:
            used_i.add(i)
            used_j.add(j)
            out.append((i, j))
    return out


def spotting_metrics(results):
    """results: [(clip, windows)]. Micro-expressions only.

    The F1 of a band of peaks counts the band's truths and a share of all false positives in proportion to its truths.
    """
    by_band = {band: [0, 0] for band in BANDS}  # true positives, truths
    false_positives, minutes = {}, {}
    true_positives = predicted = truths = 0
    errors = {"onset": [], "apex": [], "offset": [], "latency": []}
    for clip, windows in results:
        found = [w for w in windows if w.kind == "micro"]
        truth = clip.micro()
        pairs = match(found, truth)
        for j, t in enumerate(truth):
            for band in BANDS:
                if band[0] <= t.peak < band[1]:
                    by_band[band][1] += 1
                    by_band[band][0] += any(p[1] == j for p in pairs)
        for i, j in pairs:
            for name in ("onset", "apex", "offset"):
                errors[name].append(abs(getattr(found[i], name) - getattr(truth[j], name)))
            errors["latency"].append(found[i].opened - truth[j].apex)
        key = "real" if clip.real else clip.condition
        false_positives[key] = false_positives.get(key, 0) + len(found) - len(pairs)
        minutes[key] = minutes.get(key, 0) + clip.seconds / 60
        true_positives += len(pairs)
        predicted += len(found)
        truths += len(truth)
    false = predicted - true_positives
    out = {
        "f1": 2 * true_positives / max(1, predicted + truths),
        "precision": true_positives / max(1, predicted),
        "recall": true_positives / max(1, truths),
        "truths": truths,
        "false_positives_per_minute": false / max(1e-9, sum(minutes.values())),
    }
    for band, (found, count) in by_band.items():
        share = false * count / max(1, truths)
        out[f"f1_{band[0]}"] = 2 * found / max(1e-9, found + share + count)
        out[f"recall_{band[0]}"] = found / max(1, count)
    for key in sorted(false_positives):
        out[f"false_positives_{key}"] = false_positives[key] / minutes[key]
    for name, values in errors.items():
        out[f"{name}_ms"] = 1000 * float(np.median(values)) if values else float("nan")
    out["latency_p95_ms"] = 1000 * float(np.percentile(errors["latency"], 95)) if errors["latency"] else float("nan")
    return out
