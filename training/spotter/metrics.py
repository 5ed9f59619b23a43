"""Spotting figures as the field states them: one-to-one matches at IoU >= 0.5, F1, false alarms a minute, errors in time."""

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


def figures(results):
    """results: [(clip, windows)]. Micro-expressions only. A band's F1 counts its truths and all false alarms of clips, shared out by truths."""
    hits = {band: [0, 0] for band in BANDS}
    alarms, minutes = {}, {}
    total = [0, 0, 0]
    errors = {"onset": [], "apex": [], "offset": [], "latency": []}
    for clip, windows in results:
        found = [w for w in windows if w.kind == "micro"]
        truth = clip.micro()
        pairs = match(found, truth)
        for j, t in enumerate(truth):
            for band in BANDS:
                if band[0] <= t.peak < band[1]:
                    hits[band][1] += 1
                    hits[band][0] += any(p[1] == j for p in pairs)
        for i, j in pairs:
            for name in ("onset", "apex", "offset"):
                errors[name].append(abs(getattr(found[i], name) - getattr(truth[j], name)))
            errors["latency"].append(found[i].opened - truth[j].apex)
        key = "real" if clip.real else clip.condition
        alarms[key] = alarms.get(key, 0) + len(found) - len(pairs)
        minutes[key] = minutes.get(key, 0) + clip.seconds / 60
        total[0] += len(pairs)
        total[1] += len(found)
        total[2] += len(truth)
    out = {"f1": 2 * total[0] / max(1, total[1] + total[2]), "precision": total[0] / max(1, total[1]), "recall": total[0] / max(1, total[2]),
           "truths": total[2], "alarms_per_minute": (total[1] - total[0]) / max(1e-9, sum(minutes.values()))}
    false = total[1] - total[0]
    for band, (hit, count) in hits.items():
        share = false * count / max(1, total[2])
        out[f"f1_{band[0]}"] = 2 * hit / max(1e-9, hit + share + count)
        out[f"recall_{band[0]}"] = hit / max(1, count)
    for key in sorted(alarms):
        out[f"alarms_{key}"] = alarms[key] / minutes[key]
    for name, values in errors.items():
        out[f"{name}_ms"] = 1000 * float(np.median(values)) if values else float("nan")
    out["latency_p95_ms"] = 1000 * float(np.percentile(errors["latency"], 95)) if errors["latency"] else float("nan")
    return out
