"""Two baselines on the same features: thresholds from FACS descriptions, and logistic regression.

Categories follow from the units.
"""

import numpy as np
import torch
import torch.nn.functional as F

from . import data, regions
from .categories import category_distribution
from .features import features
from .phrases import EVIDENCE
from .regions import mirror_name
from .units import JUDGED, UNITS

# Degrees that a unit moves its first region by on the image's right half (0 outward, 90 up).
ANGLES = {
    1: 90,
    2: 90,
    4: 270,
    5: 90,
    6: 90,
    7: 90,
    9: 90,
    10: 90,
    12: 45,
    14: 0,
    15: 270,
    16: 270,
    17: 90,
    18: 180,
    20: 330,
    22: 90,
    24: 90,
    25: 270,
    26: 270,
    28: 90,
    45: 270,
}


def pull(table, au):
    """(n,) px: how far the unit's first region, of the better side, moves the way it should."""
    best = np.full(len(table), -np.inf)
    for mirrored in (False, True):
        name = mirror_name(EVIDENCE[au][0]) if mirrored else EVIDENCE[au][0]
        mean, _, angle, concentration = table[:, regions.NAMES.index(name)].T
        own = np.where(mirrored, 180 - angle, angle)
        along = mean * concentration * np.cos(np.radians(own - ANGLES[au]))
        best = np.maximum(best, np.nan_to_num(along))
    return best


def threshold_rule(train, rows):
    """One threshold a unit, the best on the training pairs. Returns present (n, 21), category (n,)."""
    truth = data.side_answers(train["units"]) != data.ABSENT
    present = np.zeros((len(rows["table"]), len(UNITS)), bool)
    for k, au in enumerate(UNITS):
        seen, here = pull(train["table"], au), pull(rows["table"], au)
        options = np.linspace(0.05, 1.5, 59)
        scores = [2 * ((seen > t) & truth[:, k]).sum() / max(1, (seen > t).sum() + truth[:, k].sum()) for t in options]
        present[:, k] = here > options[int(np.argmax(scores))]
    return present, categories_of(present)


def fit_logistic(train, steps=400):
    """Weights (21, 233) of logistic regression on the standardised features of the measured training pairs and their
    mirror images.
    """
    x, y = inputs(train["table"]), torch.from_numpy(data.side_answers(train["units"]) != data.ABSENT).float()
    mean, scale = x.mean(0), x.std(0) + 1e-3
    x = (x - mean) / scale
    weight, bias = (
        torch.zeros(len(UNITS), x.shape[1], requires_grad=True),
        torch.full((len(UNITS),), -2.0, requires_grad=True),
    )
    optimiser = torch.optim.Adam([weight, bias], 0.03)
    for _ in range(steps):
        loss = F.binary_cross_entropy_with_logits(x @ weight.T + bias, y) + 1e-4 * weight.square().sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    truth = y.numpy() > 0
    p = torch.sigmoid(x @ weight.T + bias).detach().numpy()
    thresholds = [
        max(
            np.linspace(0.1, 0.7, 25),
            key=lambda t: 2 * ((p[:, k] > t) & truth[:, k]).sum() / max(1, (p[:, k] > t).sum() + truth[:, k].sum()),
        )
        for k in range(len(UNITS))
    ]
    return {
        "mean": mean,
        "scale": scale,
        "weight": weight.detach(),
        "bias": bias.detach(),
        "thresholds": np.array(thresholds),
    }


def logistic_probabilities(fitted, rows):
    """present (n, 21), category (n,)."""
    x = (inputs(rows["table"]) - fitted["mean"]) / fitted["scale"]
    present = torch.sigmoid(x @ fitted["weight"].T + fitted["bias"]).numpy() > fitted["thresholds"]
    return present, categories_of(present)


def inputs(table):
    return torch.from_numpy(features(table)).flatten(1)


def categories_of(present):
    """The published codings' likeliest category of the units named; 4 where there is none."""
    shown = [tuple(au for au, p in zip(UNITS, row) if p and au != 45) for row in present]
    return np.array([int(category_distribution(c).argmax()) if c else 4 for c in shown])


__all__ = ["JUDGED", "fit_logistic", "logistic_probabilities", "threshold_rule"]
