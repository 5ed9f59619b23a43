"""The flow report as input features of the embedded model; src/llm/embedded/features.ts does the same."""

import numpy as np

REGIONS = 29
WIDTH = 8  # numbers a region


def features(table):
    """(n, 29, 4) mean, max, angle (nan: none), concentration -> (n, 29, 8) float32.

    Two scales of the resultant vector (linear to about 1 px, and compressed for small motion), then mean, max and
    concentration.
    """
    mean, most, angle, concentration = np.moveaxis(table.astype(np.float64), -1, 0)
    directed = np.isfinite(angle)
    radians = np.radians(np.where(directed, angle, 0.0))
    size = np.where(directed, mean * concentration, 0.0)
    right, up = size * np.cos(radians), size * np.sin(radians)
    out = np.stack(
        [
            np.arcsinh(right),
            np.arcsinh(up),
            0.5 * np.arcsinh(8 * right),
            0.5 * np.arcsinh(8 * up),
            np.arcsinh(mean),
            0.5 * np.arcsinh(8 * mean),
            np.arcsinh(most),
            concentration,
        ],
        -1,
    )
    return out.astype(np.float32)
