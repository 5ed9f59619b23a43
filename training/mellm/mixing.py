"""More pairs out of measured ones: what the real path saw of two pairs, mirrored, scaled and added.

Expression flows add up, and so does what noise, camera and registration left in them; a mixture of two measured pairs
is as noisy as they are. Mirroring changes the sides of regions and of units.
"""

import numpy as np
import torch

from . import regions
from .bank import EDGES, OFFSETS

SEGMENT = torch.from_numpy(np.repeat(np.arange(len(EDGES)), np.diff(OFFSETS)))


def mirror_index():
    """Permutation of the P patch pixels under mirroring: the other side's region, each row backwards."""
    index = np.empty(OFFSETS[-1], np.int64)
    for region, edge in enumerate(EDGES):
        own = OFFSETS[regions.MIRROR[region]] + np.arange(edge * edge).reshape(edge, edge)[:, ::-1].ravel()
        index[OFFSETS[region] : OFFSETS[region + 1]] = own
    return torch.from_numpy(index)


PIXEL_MIRROR = mirror_index()
# Units whose pairs may be mixed: mixing opposite movers of one place (1 and 4, 12 and 15) would cancel what the labels
# claim.
MOST_UNITS = 4


class Mixer:
    """bank: arrays of bank.load.

    batch(rng, n) -> table (n, 29, 4), units (n, 21, 2) px, kind index 1 where units are shown.
    """

    def __init__(self, bank, whole=0.45, mixed=0.40):
        self.patches = torch.from_numpy(bank["patches"])
        self.table = torch.from_numpy(bank["table"])
        self.units = torch.from_numpy(bank["units"])
        self.whole, self.mixed = whole, mixed
        shown = self.units[:, :-1].amax((1, 2)) > 0  # the last of UNITS is the blink
        self.with_units = shown.nonzero()[:, 0]
        self.without = (~shown).nonzero()[:, 0]

    def batch(self, rng, n):
        """Pairs as measured (`whole`), two with units added (`mixed`), and units upon another pair's noise."""
        kind = rng.random(n)
        first = torch.from_numpy(rng.integers(len(self.units), size=n))
        second = first.clone()
        gain_a, gain_b = torch.ones(n), torch.zeros(n)
        mixed = torch.from_numpy((kind >= self.whole) & (kind < self.whole + self.mixed))
        noisy = torch.from_numpy(kind >= self.whole + self.mixed)

        def draw(pool, count):
            return pool[torch.from_numpy(rng.integers(len(pool), size=count))]

        first[mixed], second[mixed] = draw(self.with_units, int(mixed.sum())), draw(self.with_units, int(mixed.sum()))
        first[noisy], second[noisy] = (
            draw(torch.arange(len(self.units)), int(noisy.sum())),
            draw(self.without, int(noisy.sum())),
        )

        def uniform(low, high):
            return torch.from_numpy(rng.uniform(low, high, n)).float()

        gain_a = torch.where(mixed, uniform(0.6, 1.1), torch.where(noisy, uniform(0.7, 1.3), gain_a))
        gain_b = torch.where(mixed, uniform(0.6, 1.1), torch.where(noisy, uniform(0.3, 0.9), gain_b))
        units = self.units[first] * gain_a[:, None, None] + self.units[second] * gain_b[:, None, None]
        units[:, -1] = units[:, -1].clamp(max=1.0)
        too_many = mixed & ((units[:, :-1].amax(2) > 0).sum(1) > MOST_UNITS)
        gain_b = torch.where(too_many, torch.zeros(n), gain_b)
        units = torch.where(too_many[:, None, None], self.units[first] * gain_a[:, None, None], units)
        flow = (
            self.patches[first].float() * gain_a[:, None, None] + self.patches[second].float() * gain_b[:, None, None]
        )
        mirror = torch.from_numpy(rng.random(n) < 0.5)
        flow[mirror] = flow[mirror][:, :, PIXEL_MIRROR] * torch.tensor([-1.0, 1.0])[:, None]
        units[mirror] = units[mirror].flip(2)
        return measure(flow), units


def measure(flow):
    """(n, 2, P) nose-referenced patches -> (n, 29, 4) table, as regions.describe measures them."""
    n = flow.shape[0]
    magnitude = flow.square().sum(1).sqrt()
    index = SEGMENT.expand(n, -1)
    zeros = torch.zeros(n, len(EDGES))
    total = zeros.clone().scatter_add_(1, index, magnitude)
    most = zeros.clone().scatter_reduce_(1, index, magnitude, "amax")
    right = zeros.clone().scatter_add_(1, index, flow[:, 0])
    up = zeros.clone().scatter_add_(1, index, -flow[:, 1])
    mean = total / torch.tensor([e * e for e in EDGES])
    concentration = ((right.square() + up.square()).sqrt() / total.clamp(min=1e-9)).clamp(max=1.0)
    angle = torch.rad2deg(torch.atan2(up, right)) % 360
    angle = torch.where((mean < regions.STILL_BELOW) | (concentration < regions.SCATTERED_BELOW), torch.nan, angle)
    return torch.stack([mean, most, angle, concentration], -1).numpy()
