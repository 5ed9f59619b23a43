"""Events of the face as channels: a displacement field and a curve that says how strongly it shows at a time."""

from dataclasses import dataclass

import numpy as np
import torch

from . import curves, jaw
from .fields import gentlest, peak_of, scaled
from .timeline import draw_units, shapes_by_side

RATE = 250  # samples a second of drawn signals


@dataclass
class Channel:
    """field: (2, h, w) px at strength 1; curve: seconds -> strength; active from `start` to `end` s."""

    field: torch.Tensor
    curve: object
    start: float
    end: float


def expression(rng, event, face, face_px):
    """Channels of a micro- or macro-expression; fills in the event's truth.

    Truth: of the largest displacement over the face at each time (both sides together), apex = its maximum, onset and
    offset = where 5 % of it is crossed.
    """
    micro = event.kind == "micro"
    px_200 = (
        float(np.exp(rng.uniform(np.log(0.5), np.log(4.0))))
        if micro
        else float(np.exp(rng.uniform(np.log(2.0), np.log(8.0))))
    )
    units = draw_units(rng)
    first = (
        curves.micro_pulse(rng, event.start) if micro else curves.macro_pulse(rng, event.start, event.end - event.start)
    )
    late = float(rng.uniform(-0.06, 0.06)) if rng.random() < 0.5 else 0.0
    weaker = float(rng.uniform(0.6, 1.0)) if rng.random() < 0.5 else 1.0
    pairs = []
    for side, weights in shapes_by_side(units).items():
        if weights:
            # Blendshapes differ in reach: each unit's field is brought to its own px before they are added.
            field = sum(scaled(face.of({name: 1.0}), weight) for name, weight in weights.items())
            pairs.append([side, field])
    weak_side = "LR"[int(rng.integers(2))]
    sides = [side for side, _ in pairs]
    late = late if "L" in sides and "R" in sides else 0.0
    for pair in pairs:
        if pair[0] == weak_side and "L" in sides and "R" in sides:
            pair[1] = pair[1] * weaker
    px = px_200 * face_px / 200
    together = sum(field for _, field in pairs)
    gain = px / peak_of(together)
    gain *= gentlest([together * gain])
    pulses = [first.shifted(late if side == weak_side else 0.0) for side, _ in pairs]
    fields = [field * gain for _, field in pairs]
    return finish(event, fields, pulses, units)


def largest(fields, strengths):
    """Largest displacement over the face at each time, px; strengths: (fields, times)."""
    stacked = torch.stack(fields)
    strong = (stacked.square().sum(1) > 0.25 * stacked.square().sum(1).max()).any(0)
    at = stacked[:, :, strong].numpy()  # (channels, 2, points): where the largest displacement can lie
    moved = np.einsum("kt,kcp->tcp", strengths, at)
    return np.sqrt((moved**2).sum(1).max(1))


def finish(event, fields, pulses, units):
    begin, end = min(p.start for p in pulses), max(p.end for p in pulses)
    times = np.arange(begin - 0.01, end + 0.01, 0.001)
    size = largest(fields, np.stack([p(times) for p in pulses]).astype(np.float32))
    event.onset, event.apex, event.offset, event.peak_px = curves.measure(size, times)
    event.start, event.end = begin, end
    event.aus = "+".join(str(u["au"]) for u in units)
    event.sides = "+".join({"left": "L", "right": "R", "both": "B"}[u["side"]] for u in units)
    return [Channel(f, p, p.start, p.end) for f, p in zip(fields, pulses, strict=True)]


def speech(rng, event, face, face_px):
    """Syllables: jaw and lips, each syllable's lips smoothed into its neighbours' (co-articulation)."""
    times = np.arange(event.start, event.end, 1 / RATE)
    visemes = {
        "open": {"jawOpen": 1.0},
        "wide": {"mouthStretch_L": 1.0, "mouthStretch_R": 1.0},
        "smile": {"mouthSmile_L": 1.0, "mouthSmile_R": 1.0},
        "round": {"mouthFunnel": 1.0, "mouthPucker": 0.6},
        "lower": {"mouthLowerDown_L": 1.0, "mouthLowerDown_R": 1.0},
        "upper": {"mouthUpperUp_L": 1.0, "mouthUpperUp_R": 1.0},
        "press": {"mouthPress_L": 1.0, "mouthPress_R": 1.0, "mouthRollLower": 0.4},
    }
    most = float(np.exp(rng.uniform(np.log(1.0), np.log(6.0)))) * face_px / 200
    signals = {name: np.zeros(len(times)) for name in visemes}
    at = event.start + 0.02
    while at < event.end - 0.1:
        length = 1 / event.data["rate"] * float(np.exp(rng.normal(0, 0.25)))
        if rng.random() < 0.1:
            at += float(rng.uniform(0.1, 0.3))  # a pause between words
        shape = rng.dirichlet(np.full(5, 0.6))
        vowel = np.clip((times - at) / length, 0, 1)
        bump = np.sin(np.pi * vowel) ** 2
        # lips begin before the vowel
        wide = np.sin(np.pi * np.clip((times - at + 0.4 * length) / (1.8 * length), 0, 1)) ** 2
        loud = rng.uniform(0.35, 1.0)
        signals["open"] += loud * bump
        for name, share in zip(("wide", "smile", "round", "lower", "upper"), shape, strict=True):
            signals[name] += 0.6 * loud * share * wide
        if rng.random() < 0.25:  # m, b, p: lips close before the vowel
            signals["press"] += 0.3 * np.sin(np.pi * np.clip((times - at + 0.06) / 0.12, 0, 1)) ** 2
        at += length
    ramp = np.clip(np.minimum(times - event.start, event.end - times) / 0.08, 0, 1)
    return drawn_channels(event, face, visemes, signals, ramp, times, most)


def chewing(rng, event, face, face_px):
    """The chewing in clips of the condition `speech`: the lips part evenly with the jaw, by 2 to 5 px."""
    times = np.arange(event.start, event.end, 1 / RATE)
    phase = 2 * np.pi * event.data["rate"] * (times - event.start) + 0.4 * np.sin(2 * np.pi * 0.3 * times)
    side = "jawLeft" if rng.random() < 0.5 else "jawRight"
    shapes = {
        "open": {"jawOpen": 1.0},
        "side": {side: 1.0},
        "press": {"mouthPress_L": 1.0, "mouthPress_R": 1.0},
        "cheek": {"cheekSquint_L": 1.0, "cheekSquint_R": 1.0},
    }
    signals = {
        "open": (0.5 - 0.5 * np.cos(phase)),
        "side": 0.4 * (0.5 - 0.5 * np.cos(phase - 0.9)),
        "press": 0.2 * (0.5 + 0.5 * np.cos(phase)),
        "cheek": 0.12 * (0.5 + 0.5 * np.cos(phase - 0.4)),
    }
    ramp = np.clip(np.minimum(times - event.start, event.end - times) / 0.25, 0, 1)
    return drawn_channels(event, face, shapes, signals, ramp, times, float(rng.uniform(2, 5)) * face_px / 200)


def bout(rng, event, face, face_px, points):
    """A bout of chewing (jaw.py): the chin goes down by up to 14 px of a 200-px face (about 10 mm), as a rule 3 to 10
    because nothing may fold, and sideways with the jaw; closed lips follow it by a fifth or so, open ones part; the
    masseters bulge and the lips press while the teeth meet.
    """
    px = float(np.exp(rng.uniform(np.log(4.0), np.log(14.0)))) * face_px / 200
    sealed = float(rng.uniform(0.7, 0.9) if event.data["what"] == "closed" else rng.uniform(0.2, 0.5))
    down = scaled(face.of({"jawOpen": 1.0, "mouthClose": sealed}), px)
    left = scaled(face.of({"jawLeft": 1.0}), px)
    down, left = (field * gentlest([down + 0.4 * left]) for field in (down, left))
    radii = (0.07 * face_px, 0.1 * face_px)
    # between the jaw's angles, towards the person's left
    away = (points[397] - points[172]) / np.hypot(*(points[397] - points[172]))
    bulge = face.bell(points[397], radii, away) - face.bell(points[172], radii, away)
    press = scaled(face.of({"mouthPress_L": 1.0, "mouthPress_R": 1.0}), 1.0)
    fields = [
        down,
        left,
        bulge * float(rng.uniform(0.2, 0.8) * face_px / 200),
        press * float(rng.uniform(0.0, 0.6) * face_px / 200),
    ]
    times = np.arange(event.start, event.end, 1 / RATE)
    clench = jaw.clench(event, times)
    signals = [jaw.opening(event, times), jaw.sideways(event, times), clench, clench]
    size = largest(fields, np.stack(signals).astype(np.float32))
    event.onset, event.apex, event.offset, event.peak_px = (
        event.start,
        float(times[int(np.argmax(size))]),
        event.end,
        float(size.max()),
    )
    return [
        Channel(field, lambda t, s=signal: np.interp(t, times, s, left=0, right=0), event.start, event.end)
        for field, signal in zip(fields, signals, strict=True)
    ]


def swallowing(rng, event, face, face_px, points):
    """The throat rises and falls, the chin and the lower lip go with it: 0.5 to 1.5 px."""
    px = float(rng.uniform(0.5, 1.5)) * face_px / 200
    length = event.end - event.start
    throat = face.bell(points[152] + [0, 0.28 * face_px], (0.13 * face_px, 0.16 * face_px), (0.0, -1.0))
    lip = scaled(face.of({"mouthShrugLower": 1.0, "mouthPress_L": 0.4, "mouthPress_R": 0.4}), 1.0)
    first = curves.pulse(event.start, 0.4 * length, 0.6 * length, 0.2)
    second = curves.pulse(event.start + 0.1 * length, 0.3 * length, 0.5 * length, 0.1)
    event.onset, event.apex, event.offset, event.peak_px = event.start, first.apex, event.end, px
    channels = [
        Channel(throat * (1.6 * px), first, first.start, first.end),
        Channel(lip * px, second, second.start, second.end),
    ]
    event.start, event.end = first.start, first.end
    return channels


def drawn_channels(event, face, shapes, signals, ramp, times, most):
    """Channels with sampled signals, scaled so that the largest displacement of the bout is `most` px where nothing
    folds.
    """
    fields = {name: scaled(face.of(weights), 1.0) for name, weights in shapes.items()}
    level = max(float(np.max(signal * ramp)) for signal in signals.values())
    worst = sum(fields[name] * float(np.max(signals[name] * ramp)) for name in fields)
    gain = min(most / level, most / max(peak_of(worst) * 0.8, 1e-6))
    gain *= gentlest([worst * gain * 0.8])
    event.onset, event.offset, event.peak_px = event.start, event.end, level * gain
    event.apex = float(times[int(np.argmax(signals["open"] * ramp))])
    out = []
    for name, field in fields.items():
        signal = signals[name] * ramp * gain
        out.append(Channel(field, lambda t, s=signal: np.interp(t, times, s, left=0, right=0), event.start, event.end))
    return out
