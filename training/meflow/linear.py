"""Fixed linear maps along one image axis, as matrices: blur, reduce and enlarge by two matrix products, exact and quick
anywhere.
"""

import numpy as np
import torch


def gaussian_rows(outputs, inputs, sigma):
    """(outputs, inputs) rows of a normalised Gaussian.

    Output i looks at input position (i + 0.5) * inputs / outputs - 0.5.
    """
    centre = (np.arange(outputs) + 0.5) * inputs / outputs - 0.5
    weight = np.exp(-0.5 * ((np.arange(inputs)[None] - centre[:, None]) / sigma) ** 2)
    return torch.from_numpy((weight / weight.sum(1, keepdims=True)).astype(np.float32))


def cubic_rows(outputs, inputs):
    """(outputs, inputs) rows of Catmull-Rom interpolation between cell centres; the border repeats."""
    at = (np.arange(outputs) + 0.5) * inputs / outputs - 0.5
    base = np.floor(at).astype(int)
    t = at - base
    weights = np.stack(
        [
            -0.5 * t + t**2 - 0.5 * t**3,
            1 - 2.5 * t**2 + 1.5 * t**3,
            0.5 * t + 2 * t**2 - 1.5 * t**3,
            -0.5 * t**2 + 0.5 * t**3,
        ]
    )
    rows = np.zeros((outputs, inputs))
    for k in range(4):
        np.add.at(rows, (np.arange(outputs), np.clip(base + k - 1, 0, inputs - 1)), weights[k])
    return torch.from_numpy(rows.astype(np.float32))


def apply_both(rows, image):
    """rows @ image @ rows^T over the last two axes of (..., h, w)."""
    return rows @ image @ rows.T
