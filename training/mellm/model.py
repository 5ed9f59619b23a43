"""The embedded MELLM: a decoder-only transformer (RMSNorm, RoPE, SwiGLU, tied embeddings: LLaMA's architecture, arXiv
2302.13971) with a projector in front that turns the flow report's features into vectors, as vision-language models do
with image patches.

    features (29, 8) ─► projector ─► 29 region vectors ──┬─► 22 question vectors ─► layers ─► one answer token each
                                                        └─► plan, then text ─────► layers ─► next token of the text

The questions (is AU1 shown, .., which category) and the text see the same regions; the text does not see the questions,
but the plan that was made of their answers.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

from .features import REGIONS, WIDTH

QUESTIONS = 22
RANK = 64  # numbers a question takes from the whole face


class MELLM(nn.Module):
    """vocabulary: tokens; width, layers, heads, hidden: the transformer's sizes."""

    def __init__(self, vocabulary, width=256, layers=6, heads=8, hidden=704, face=640):
        super().__init__()
        self.options = {
            "vocabulary": vocabulary,
            "width": width,
            "layers": layers,
            "heads": heads,
            "hidden": hidden,
            "face": face,
        }
        self.projector = Projector(width, face)
        self.embedding = nn.Embedding(vocabulary, width)
        self.layers = nn.ModuleList(Layer(width, heads, hidden) for _ in range(layers))
        self.norm = RMSNorm(width)
        nn.init.normal_(self.embedding.weight, std=0.05)
        for layer in self.layers:
            for weight in (layer.out.weight, layer.down.weight):
                weight.data.mul_((2 * layers) ** -0.5)

    def forward(self, features, tokens):
        """features (B, 29, 8), tokens (B, T) -> logits (B, T, vocabulary) of what follows each token."""
        regions, _ = self.projector(features)
        return self.run(torch.cat([regions, self.embedding(tokens)], 1), tokens.shape[1])

    def answers(self, features, among):
        """features (B, 29, 8) -> logits (B, 22, n) of the tokens `among` as answers to the questions."""
        return self.run(torch.cat(self.projector(features), 1), QUESTIONS, among)

    def run(self, x, last, among=None):
        for layer in self.layers:
            x = layer(x)
        return self.logits(x[:, -last:], among)

    def logits(self, x, among=None):
        return F.linear(self.norm(x), self.embedding.weight if among is None else self.embedding.weight[among])

    def step(self, prefix, tokens, past):
        """With a cache: prefix (1, P, width) vectors and tokens (1, T) after past (2 * layers, heads, S, size).

        Returns logits (1, P + T, vocabulary), present (2 * layers, heads, S + P + T, size). P and S may be 0.
        """
        x = torch.cat([prefix, self.embedding(tokens)], 1)
        present = []
        for i, layer in enumerate(self.layers):
            x, keys, values = layer.cached(x, past[2 * i], past[2 * i + 1])
            present += [keys, values]
        return self.logits(x), torch.stack(present)


class Projector(nn.Module):
    """features (B, 29, 8) -> region vectors (B, 29, width), question vectors (B, 22, width)."""

    def __init__(self, width, hidden):
        super().__init__()
        self.region = nn.Sequential(nn.Linear(WIDTH, width), nn.SiLU(), nn.Linear(width, width))
        self.place = nn.Parameter(torch.randn(REGIONS, width) * 0.05)
        self.face = nn.Sequential(nn.Linear(REGIONS * WIDTH, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU())
        self.spread = nn.Linear(hidden, QUESTIONS * RANK)
        self.widen = nn.Linear(RANK, width)
        self.question = nn.Parameter(torch.randn(QUESTIONS, width) * 0.05)

    def forward(self, features):
        face = self.spread(self.face(features.flatten(1))).view(-1, QUESTIONS, RANK)
        return self.region(features) + self.place, self.widen(face) + self.question


class RMSNorm(nn.Module):
    def __init__(self, width, epsilon=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.epsilon) * self.weight


class Layer(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.first, self.second = RMSNorm(width), RMSNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.gate_up = nn.Linear(width, 2 * hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x):
        q, k, v = self.projected(x, 0)
        return self.rest(x, F.scaled_dot_product_attention(q, k, v, is_causal=True))

    def cached(self, x, past_keys, past_values):
        """past_keys, past_values: (heads, S, size). Returns x, keys, values, the latter with S + T."""
        start, count = past_keys.shape[1], x.shape[1]
        q, k, v = self.projected(x, start)
        k, v = torch.cat([past_keys[None], k], 2), torch.cat([past_values[None], v], 2)
        row = torch.arange(count)[:, None] + start
        score = q @ k.transpose(2, 3) * (q.shape[-1] ** -0.5)
        score = score.masked_fill(torch.arange(start + count)[None] > row, -1e9)
        return self.rest(x, torch.softmax(score, -1) @ v), k[0], v[0]

    def projected(self, x, start):
        batch, count, _width = x.shape
        q, k, v = (
            t.view(batch, count, self.heads, -1).transpose(1, 2)
            for t in self.query_key_value(self.first(x)).chunk(3, -1)
        )
        angles = rotation(count, start, q.shape[-1])
        return rotated(q, *angles), rotated(k, *angles), v

    def rest(self, x, attended):
        x = x + self.out(attended.transpose(1, 2).flatten(2))
        gate, up = self.gate_up(self.second(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


def rotation(count, start, size, base=10000.0):
    """cos, sin (count, size / 2) of RoPE (arXiv 2104.09864) at positions start .. start + count."""
    frequency = base ** (-torch.arange(0, size, 2).float() / size)
    angle = (torch.arange(count) + start).float()[:, None] * frequency
    return torch.cos(angle), torch.sin(angle)


def rotated(x, cosine, sine):
    """Pairs are a half apart, as in the Hugging Face convention."""
    a, b = x.chunk(2, -1)
    cosine, sine = cosine.to(x.dtype), sine.to(x.dtype)
    return torch.cat([a * cosine - b * sine, b * cosine + a * sine], -1)
