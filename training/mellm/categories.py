"""Which category a combination of action units speaks for, from aggregate counts of published codings
(category_statistics.json).
"""

from functools import lru_cache

import numpy as np

from .units import load_json

LABELS = ["negative", "positive", "surprise", "other"]
STATISTICS = load_json("category_statistics.json")
PRIOR_STRENGTH = 6.0  # clips that the units taken apart weigh against those of the very combination
DECIDED = 0.75  # from this probability on the units decide the category


@lru_cache(maxsize=4096)
def category_distribution(combination):
    """Probabilities (4,) of LABELS given a sorted tuple of FACS numbers; ambiguity is preserved.

    The units' own distributions as independent evidence (product over prior), drawn to what was counted for this
    combination.
    """
    totals = np.array([STATISTICS["units"][k] for k in STATISTICS["units"]]).sum(0) + 1
    prior = totals / totals.sum()
    log = np.log(prior)
    for au in combination:
        counts = np.array(STATISTICS["units"].get(str(au), [0, 0, 0, 0]))
        own = (counts + 4 * prior) / (counts.sum() + 4)
        log = log + np.log(own) - np.log(prior)
    apart = np.exp(log - log.max())
    apart = 0.97 * apart / apart.sum() + 0.03 * prior
    counted = np.array(STATISTICS["combinations"].get("+".join(map(str, combination)), [0, 0, 0, 0]))
    return (counted + PRIOR_STRENGTH * apart) / (counted.sum() + PRIOR_STRENGTH)


def is_decided(combination):
    """True where one of the three classes has most of the published codings."""
    p = category_distribution(combination)
    return bool(p.max() >= DECIDED and p.argmax() < 3)
