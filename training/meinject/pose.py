"""How the head and the camera move through a clip."""

import numpy as np
import torch

from common.crop import EYE_X, EYE_Y
from common.head import head_flow

from . import jaw
from .curves import smooth
from .expressions import RATE


def sway(rng, times, low, high, terms=4):
    """A slow random motion of about unit size: sinusoids between `low` and `high` Hz."""
    out = np.zeros(len(times))
    for _ in range(terms):
        frequency = np.exp(rng.uniform(np.log(low), np.log(high)))
        out += rng.normal() * np.sin(2 * np.pi * (frequency * times + rng.random())) / np.sqrt(terms)
    return out


def there_and_back(u, out=0.35, back=0.65):
    return smooth(np.clip(u / out, 0, 1)) * smooth(np.clip((1 - u) / (1 - back), 0, 1))


class HeadMotion:
    """Rotation (pitch, yaw, roll) rad, shift (crop px) and scale of the head over time: drift, and the head events."""

    def __init__(self, rng, seconds, events, still):
        self.times = np.arange(0, seconds + 0.1, 1 / RATE)
        level = 0.0 if still else float(rng.uniform(0.2, 1.0))
        t = self.times
        self.rotation = level * 0.006 * np.stack([sway(rng, t, 0.05, 0.5) for _ in range(3)])
        self.shift = level * 1.0 * np.stack([sway(rng, t, 0.05, 0.6) for _ in range(2)])
        self.shift += 0.03 * np.stack([sway(rng, t, 1, 8) for _ in range(2)])
        self.scale = level * 0.003 * sway(rng, t, 0.05, 0.3)
        self.distance = float(rng.uniform(450, 1000))
        for event in events:
            if event.kind == "head":
                self.add(rng, event)
            elif event.kind == "speech" and not still:  # who talks moves his head
                during = there_and_back(np.clip((t - event.start) / (event.end - event.start), 0, 1), 0.15, 0.85)
                self.rotation += (
                    0.010 * rng.uniform(0.2, 1) * during * np.stack([sway(rng, t, 0.5, 2.5) for _ in range(3)])
                )

            # the head nods a little against the jaw
            elif event.kind == "chew" and "cycles" in event.data and not still:
                self.rotation[0] += rng.uniform(-0.003, 0.012) * jaw.opening(event, t)

    def add(self, rng, event):
        u = np.clip((self.times - event.start) / (event.end - event.start), 0, 1)
        bump, sign = there_and_back(u), rng.choice([-1, 1])
        cycles = max(1, round((event.end - event.start) * rng.uniform(1.2, 2.5)))
        swing = np.sin(2 * np.pi * cycles * u) * np.minimum(1, 4 * np.minimum(u, 1 - u))
        what = event.data["what"]
        if what == "turn":
            self.rotation[1] += sign * np.radians(rng.uniform(2, 9)) * bump
            self.rotation[0] += rng.normal(0, 0.02) * bump
        elif what == "nod":
            self.rotation[0] += np.radians(rng.uniform(1.0, 5)) * swing
        elif what == "shake":
            self.rotation[1] += np.radians(rng.uniform(1.5, 5)) * swing
        elif what == "tilt":
            self.rotation[2] += sign * np.radians(rng.uniform(1.5, 7)) * bump
        elif what == "shift":
            self.shift += rng.uniform(3, 16) * np.array([[np.cos(a := rng.uniform(0, 2 * np.pi))], [np.sin(a)]]) * bump
        else:
            self.scale += sign * rng.uniform(0.01, 0.05) * bump
        event.onset, event.offset = event.start, event.end
        event.apex = float(
            self.times[int(np.argmax(np.abs(bump if what in ("turn", "tilt", "shift", "scale") else swing)))]
        )

    def at(self, t):
        """head_flow's parameters at media seconds t."""
        i = min(max(t * RATE, 0), len(self.times) - 1.001)
        j, w = int(i), i - int(i)

        def mix(a):
            return (1 - w) * a[..., j] + w * a[..., j + 1]

        return {
            "rotation": mix(self.rotation),
            "shift": mix(self.shift),
            "scale": float(mix(self.scale)),
            "distance": self.distance,
            "registered": False,
        }

    def flow(self, t, face):
        """(2, h, w) px of the video on the face's lattice."""
        return face.to_video(head_flow(self.at(t), face.canonical, face.depth, None))

    def peak(self, event, face):
        """Largest displacement of the face's middle during a head event, px of the video."""
        middle = torch.tensor([[[EYE_X]], [[EYE_Y + 30.0]]])
        depth = torch.tensor([[25.0]])
        flows = [
            face.to_video(head_flow(self.at(t), middle, depth, None)) for t in np.linspace(event.start, event.end, 25)
        ]
        return max(float((f - flows[0]).square().sum().sqrt()) for f in flows)


class CameraMotion:
    """Scale about the frame's centre and shift (px) of the whole picture: zoom, focus breathing, a hand that holds the
    camera.
    """

    def __init__(self, rng, seconds, events):
        self.times = np.arange(0, seconds + 0.1, 1 / RATE)
        self.scale, self.shift = np.ones(len(self.times)), np.zeros((2, len(self.times)))
        self.moves = False
        if rng.random() < 0.15:
            self.moves = True
            self.shift += rng.uniform(0.3, 1.5) * np.stack([sway(rng, self.times, 0.3, 3) for _ in range(2)])
        for event in events:
            u = np.clip((self.times - event.start) / max(event.end - event.start, 1e-3), 0, 1)
            if event.kind == "zoom":
                amount = rng.uniform(0.03, 0.15)
                bump = there_and_back(u, 0.4, 0.6)
                self.scale += amount * bump
                self.shift += 0.15 * amount * np.array([[rng.normal() * 300], [rng.normal() * 200]]) * bump
            elif event.kind == "focus":
                bump = there_and_back(u, 0.4, 0.6)
                self.scale += rng.uniform(0.001, 0.008) * bump
            else:
                continue
            self.moves = True
            event.onset, event.apex, event.offset = event.start, float(self.times[int(np.argmax(bump))]), event.end

    def at(self, t):
        """(scale, shift x, shift y)"""
        return tuple(float(np.interp(t, self.times, a)) for a in (self.scale, *self.shift))
