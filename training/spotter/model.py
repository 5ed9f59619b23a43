"""The network: every region is classified by the same weights against its own present activity; the regions' outputs
are pooled.

Every tick (20 ms) it takes one tick of `signals.py` and its state, and outputs the likelihood of each of CLASSES DELAY
ticks ago. The same `step` serves training (unrolled) and the server (exported alone, state in and out).

    tick ─► features of each region (right side mirrored) ─► GRU ─► + other side, pool of all regions ─► GRU
         ─► likelihoods of each region ─► pool ─► likelihoods of the face

A region's evidence reaches the face's likelihood by a soft maximum: a talking mouth cannot outvote the brows.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

from .signals import COMPONENTS, EYES, FRESH, INTERVAL, MOTION, MOUTH, POSE, REGIONS, SIGMA, SPEED, TICK, UNREADABLE

DELAY = 4  # ticks of look-ahead: 80 ms
CLASSES = ("micro", "micro_apex", "macro", "macro_apex", "blink", "speech", "head", "nuisance")
EXPRESSION = 4  # the first classes: a region has a likelihood of its own for these
BASELINES = (0.12, 0.4, 1.6)  # s: time constants of the running means
NOISE_SPAN = 5.0  # s
ACTIVITY_SPAN = 0.8  # s: what a region is doing at present
TRACKED = COMPONENTS + 2 + 1 + 3  # motion, eyes, mouth, pose
SMALL = 0.15  # px at which the compression bends
N = len(REGIONS)
KINDS = tuple(dict.fromkeys(name.replace("_left", "").replace("_right", "") for name in REGIONS))
KIND = [KINDS.index(name.replace("_left", "").replace("_right", "")) for name in REGIONS]
RIGHT = torch.tensor([1.0 if name.endswith("_right") else 0.0 for name in REGIONS])
PARTNER = [REGIONS.index(n.replace("left", "!").replace("right", "left").replace("!", "right")) for n in REGIONS]
UPPER = torch.tensor([1.0 if name.startswith(("brow", "eyelid")) else 0.0 for name in REGIONS])
OWN = len(BASELINES) * 4 + 2 * 2 + 3 * 2 + 1
CONTEXT = len(BASELINES) * 6 + 3 + 2 + 1 + 1


def asinh(x):
    """Of parts that ONNX's exporter knows."""
    return torch.sign(x) * torch.log(x.abs() + torch.sqrt(x * x + 1))


class SpotterNet(nn.Module):
    def __init__(self, width=36, dropout=0.1):
        super().__init__()
        self.width = width
        self.enter = nn.Linear(OWN + CONTEXT + len(KINDS), width)
        self.first = nn.GRU(width, width, batch_first=True)
        self.mix = nn.Linear(4 * width + len(KINDS), width)
        self.second = nn.GRU(width, width, batch_first=True)
        self.drop = nn.Dropout(dropout)
        self.region_head = nn.Linear(width, EXPRESSION)
        self.face_head = nn.Linear(2 * width, len(CLASSES) - EXPRESSION)
        self.sharpness = nn.Parameter(torch.full((EXPRESSION,), 1.0))
        nn.init.constant_(self.region_head.bias, -4.5)
        nn.init.constant_(self.face_head.bias, -3.0)
        self.register_buffer(
            "alpha", torch.tensor([TICK / (TICK + span) for span in BASELINES])[:, None], persistent=False
        )
        self.register_buffer("kinds", F.one_hot(torch.tensor(KIND), len(KINDS)).float(), persistent=False)
        # u of a right region is mirrored
        self.register_buffer("sign", torch.stack([1 - 2 * RIGHT, torch.ones(N)], 1), persistent=False)
        self.register_buffer("right", RIGHT[:, None], persistent=False)
        self.register_buffer("upper", (UPPER / UPPER.sum())[:, None], persistent=False)
        self.register_buffer("lower", ((1 - UPPER) / (1 - UPPER).sum())[:, None], persistent=False)
        # Eyes swapped, yaw and roll negated: the context as the mirrored face shows it.
        self.register_buffer("swap", torch.tensor([1, 0, 2, 3, 4, 5]), persistent=False)
        self.register_buffer("turn", torch.tensor([1.0, 1.0, 1.0, -1.0, 1.0, -1.0]), persistent=False)

    @property
    def state_sizes(self):
        """Running means, noise, activity, seconds since a fresh start, seconds of noise seen, hidden states."""
        return [len(BASELINES) * TRACKED, COMPONENTS, COMPONENTS, 1, 1, 2 * N * self.width]

    def first_state(self, batch):
        means = torch.zeros(batch, len(BASELINES), TRACKED)
        return [
            means,
            torch.full((batch, COMPONENTS), 0.05),
            torch.full((batch, COMPONENTS), 0.05),
            torch.zeros(batch, 1),
            torch.zeros(batch, 1),
        ]

    def features(self, tick, state):
        """tick (B, TICK_VALUES), state as `first_state`. Returns (B, N, OWN + CONTEXT) and the next state."""
        means, noise, activity, age, seen = state
        fresh = tick[:, FRESH]
        now = torch.cat([tick[:, MOTION], tick[:, EYES], tick[:, MOUTH], tick[:, POSE]], 1)[:, None]
        means = torch.where(fresh[:, None] > 0.5, now, means + self.alpha * (now - means))
        age = torch.where(fresh > 0.5, torch.zeros_like(age), age + TICK)
        seen = torch.clamp(seen + TICK, max=60.0)
        sigma = tick[:, SIGMA]
        lost = (sigma.reshape(-1, N, 2).amax(-1) > UNREADABLE).to(sigma.dtype)  # (B, N)
        read = (1 - lost).repeat_interleave(2, 1)
        off = now - means
        motion, rest = off[:, :, :COMPONENTS] * read[:, None], off[:, :, COMPONENTS:]
        own = (
            torch.cat(
                [
                    asinh(motion / SMALL),
                    asinh(motion / (4 * noise[:, None])),
                    asinh(motion[:, :1] / (3 * sigma[:, None] + 0.02)),
                    asinh(motion[:, 1:2] / (3 * activity[:, None])),
                ],
                1,
            ).reshape(-1, 2 * len(BASELINES) + 2, N, 2)
            * self.sign
        )
        levels = torch.stack(
            [torch.log(noise / SMALL), torch.log(activity / SMALL), torch.log(sigma.clamp(min=0.002, max=4.0) / SMALL)],
            1,
        ).reshape(-1, 3, N, 2)
        own = torch.cat([own, levels], 1).permute(0, 2, 1, 3).reshape(len(tick), N, -1)
        rest = (10 * rest).clamp(-5, 5)
        pose = tick[:, POSE]
        common = torch.cat(
            [
                asinh(tick[:, SPEED] * tick.new_tensor([1 / 30.0, 4.0])),
                torch.log(tick[:, INTERVAL].clamp(1e-3, 1.0) * 30.0),
                torch.clamp(age, max=3.0),
            ],
            1,
        )
        seen_left = torch.cat([rest.flatten(1), pose, common], 1)
        seen_right = torch.cat([(rest[:, :, self.swap] * self.turn).flatten(1), pose * self.turn[3:], common], 1)
        context = seen_left[:, None] * (1 - self.right) + seen_right[:, None] * self.right
        features = torch.cat([own, lost[:, :, None], context], 2)
        # The person's noise: the mean of small deviations from the fast baseline; large ones are expressions and count
        # as little more.
        fast = motion[:, 0].abs()
        rate = torch.maximum(torch.full_like(seen, TICK / (TICK + NOISE_SPAN)), TICK / (seen + 0.3)) * read
        noise = (noise + rate * (1.25 * fast.clamp(max=0.5) - noise)).clamp(min=0.004)
        activity = (
            activity + TICK / (TICK + ACTIVITY_SPAN) * read * (1.25 * motion[:, 1].abs().clamp(max=4.0) - activity)
        ).clamp(min=0.004)
        return features, [means, noise, activity, age, seen]

    def unroll(self, ticks):
        """ticks (B, T, TICK_VALUES) -> features (B, T, N, OWN + CONTEXT)."""
        state, rows = self.first_state(len(ticks)), []
        with torch.no_grad():
            for k in range(ticks.shape[1]):
                features, state = self.features(ticks[:, k], state)
                rows.append(features)
        return torch.stack(rows, 1)

    def forward(self, ticks, regions=False):
        """ticks (B, T, TICK_VALUES) -> logits (B, T, CLASSES); with `regions` also (B, T, N, EXPRESSION).

        A fresh tick inside does not clear the hidden state.
        """
        features = self.unroll(ticks)
        batch, length = features.shape[:2]
        kinds = self.kinds.expand(batch, length, N, -1)
        hidden = self.drop(F.relu(self.enter(torch.cat([features, kinds], 3))))
        hidden = hidden + along(self.first, hidden)
        mixed = F.relu(self.mix(self.gather(hidden, kinds)))
        hidden = hidden + along(self.second, self.drop(mixed))
        return self.answers(hidden, regions)

    def gather(self, hidden, kinds):
        """What a region sees of the others: itself, its other side, the means of the upper and the lower face.

        (…, N, W) -> (…, N, 4W + KINDS)
        """
        upper, lower = ((hidden * w).sum(-2, keepdim=True).expand_as(hidden) for w in (self.upper, self.lower))
        return torch.cat([hidden, hidden[..., PARTNER, :], upper, lower, kinds], -1)

    def answers(self, hidden, regions=False):
        logits = self.region_head(hidden)
        sharp = F.softplus(self.sharpness) + 0.5
        pooled = torch.logsumexp(logits * sharp, -2) / sharp
        face = self.face_head(torch.cat([hidden.mean(-2), hidden.amax(-2)], -1))
        out = torch.cat([pooled, face], -1)
        return (out, logits) if regions else out


def along(cell, x):
    """A GRU over time for each region. (B, T, N, W) -> the same."""
    batch, length, count, width = x.shape
    out = cell(x.transpose(1, 2).reshape(batch * count, length, width))[0]
    return out.reshape(batch, count, length, width).transpose(1, 2)


class SpotterStep(nn.Module):
    """One tick for the server: tick (1, TICK_VALUES), state (1, S) -> likelihoods (1, CLASSES), state (1, S), regions
    (1, N): the likelihood that the region is part of a micro-expression.
    """

    def __init__(self, net):
        super().__init__()
        self.net = net

    def unpack(self, state):
        parts = torch.split(state, self.net.state_sizes, 1)
        return [parts[0].reshape(-1, len(BASELINES), TRACKED), *parts[1:5]], parts[5].reshape(2, N, self.net.width)

    def forward(self, tick, state):
        net = self.net
        before, hidden = self.unpack(state)
        features, after = net.features(tick, before)
        kinds = net.kinds[None]
        x = F.relu(net.enter(torch.cat([features, kinds], 2)))
        first, h1 = net.first(x[0][:, None], hidden[:1])
        x = x + first[:, 0][None]
        mixed = F.relu(net.mix(net.gather(x, kinds)))
        second, h2 = net.second(mixed[0][:, None], hidden[1:])
        x = x + second[:, 0][None]
        logits, regions = net.answers(x, True)
        state = torch.cat([after[0].flatten(1), *after[1:], torch.cat([h1, h2], 0).reshape(1, -1)], 1)
        return torch.sigmoid(logits), state, torch.sigmoid(regions[:, :, 0])

    def first_state(self):
        parts = self.net.first_state(1)
        return torch.cat([parts[0].flatten(1), *parts[1:], torch.zeros(1, 2 * N * self.net.width)], 1)
