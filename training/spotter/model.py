"""The network: features against three running baselines and the person's own noise, two GRU layers, a likelihood for each class.

Every tick (20 ms) it takes one tick of `signals.py` and its state, and says how likely each of CLASSES was DELAY ticks ago. The same
`step` serves training (unrolled) and the server (exported alone, state in and out).
"""

import torch
import torch.nn as nn

from .signals import COMPONENTS, EYES, FRESH, INTERVAL, MOTION, MOUTH, POSE, QUALITY, SIGMA, SPEED, TICK

DELAY = 4  # ticks of look-ahead: 80 ms
CLASSES = ("micro", "micro_apex", "macro", "macro_apex", "blink", "speech", "head", "nuisance")
BASELINES = (0.12, 0.4, 1.6)  # s: time constants of the running means
NOISE_SPAN = 5.0  # s
TRACKED = COMPONENTS + 2 + 1 + 3  # motion, eyes, mouth, pose
SMALL = 0.15  # px at which the compression bends


def asinh(x):
    """Of parts that ONNX's exporter knows."""
    return torch.sign(x) * torch.log(x.abs() + torch.sqrt(x * x + 1))


class SpotterNet(nn.Module):
    def __init__(self, width=96, layers=2, dropout=0.2):
        super().__init__()
        self.width, self.layers = width, layers
        self.inputs = len(BASELINES) * (2 * COMPONENTS + 6) + COMPONENTS + COMPONENTS // 2 + 3 + 2 + 1 + 1 + 1
        self.enter = nn.Sequential(nn.Linear(self.inputs, width), nn.ReLU())
        self.cells = nn.ModuleList(nn.GRU(width, width, batch_first=True) for _ in range(layers))
        self.drop = nn.Dropout(dropout)
        self.heads = nn.Linear(width, len(CLASSES))
        nn.init.constant_(self.heads.bias, -3.0)
        alpha = torch.tensor([TICK / (TICK + span) for span in BASELINES])
        self.register_buffer("alpha", alpha[:, None])
        self.noise_alpha = TICK / (TICK + NOISE_SPAN)

    @property
    def state_sizes(self):
        """Running means, noise, seconds since a fresh start, seconds of noise seen, hidden states."""
        return [len(BASELINES) * TRACKED, COMPONENTS, 1, 1, self.layers * self.width]

    def first_state(self, batch):
        noise = torch.full((batch, COMPONENTS), 0.05)
        return [torch.zeros(batch, len(BASELINES), TRACKED), noise, torch.zeros(batch, 1), torch.zeros(batch, 1)]

    def features(self, tick, state):
        """tick (B, TICK_VALUES), state as `first_state`. Returns (B, inputs) and the next state."""
        means, noise, age, seen = state
        fresh = tick[:, FRESH]
        now = torch.cat([tick[:, MOTION], tick[:, EYES], tick[:, MOUTH], tick[:, POSE]], 1)[:, None]
        means = torch.where(fresh[:, None] > 0.5, now, means + self.alpha * (now - means))
        age = torch.where(fresh > 0.5, torch.zeros_like(age), age + TICK)
        seen = torch.clamp(seen + TICK, max=60.0)
        off = now - means
        motion, rest = off[:, :, :COMPONENTS], off[:, :, COMPONENTS:]
        features = torch.cat([
            asinh(motion / SMALL).flatten(1), asinh(motion / (4 * noise[:, None])).flatten(1), (10 * rest).clamp(-5, 5).flatten(1),
            torch.log(noise / SMALL), torch.log(tick[:, SIGMA].reshape(len(tick), -1, 2).mean(-1).clamp(min=0) / SMALL + 1e-3),
            tick[:, POSE], asinh(tick[:, SPEED] * tick.new_tensor([1 / 30.0, 4.0])), tick[:, QUALITY],
            torch.log(tick[:, INTERVAL].clamp(1e-3, 1.0) * 30.0), torch.clamp(age, max=3.0),
        ], 1)
        # The person's noise: the mean of small deviations from the fast baseline; large ones are expressions and count as little more.
        small = motion[:, 0].abs().clamp(max=0.5)
        rate = torch.maximum(torch.full_like(seen, self.noise_alpha), TICK / (seen + 0.3))
        noise = (noise + rate * (1.25 * small - noise)).clamp(min=0.004)
        return features, [means, noise, age, seen]

    def forward(self, ticks):
        """ticks (B, N, TICK_VALUES) -> logits (B, N, CLASSES). A fresh tick inside does not clear the hidden state in training."""
        state, rows = self.first_state(len(ticks)), []
        with torch.no_grad():
            for k in range(ticks.shape[1]):
                features, state = self.features(ticks[:, k], state)
                rows.append(features)
        return self.classify(torch.stack(rows, 1))

    def classify(self, features):
        x = self.drop(self.enter(features))
        for cell in self.cells:
            x = x + self.drop(cell(x)[0])
        return self.heads(x)


class SpotterStep(nn.Module):
    """One tick for the server: tick (1, TICK_VALUES), state (1, S) -> likelihoods (1, CLASSES), state (1, S)."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def unpack(self, state):
        parts = torch.split(state, self.net.state_sizes, 1)
        return [parts[0].reshape(-1, len(BASELINES), TRACKED), *parts[1:4]], parts[4]

    def forward(self, tick, state):
        before, hidden = self.unpack(state)
        features, after = self.net.features(tick, before)
        x = self.net.enter(features)
        nexts = []
        for cell, h in zip(self.net.cells, torch.split(hidden, self.net.width, 1)):
            out, new = cell(x[:, None], h[None])
            x = x + out[:, 0]
            nexts.append(new[0])
        return torch.sigmoid(self.net.heads(x)), torch.cat([after[0].flatten(1), *after[1:], *nexts], 1)

    def first_state(self):
        parts = self.net.first_state(1)
        return torch.cat([parts[0].flatten(1), *parts[1:], torch.zeros(1, self.net.layers * self.net.width)], 1)
