"""Recognition metrics: F1 per label, the MEGC's UF1 and UAR, confusion, expected calibration error."""

import numpy as np


def multilabel(truth, present):
    """F1 of each column of (n, k) booleans; 0 where a unit is neither present nor predicted."""
    true_positives = (truth & present).sum(0)
    return 2 * true_positives / np.maximum(1, truth.sum(0) + present.sum(0))


def uf1_uar(truth, predicted, classes):
    """Unweighted F1 and recall over classes (See et al. 2019, MEGC): means of each class's own over all samples."""
    f1, recall = [], []
    for c in range(classes):
        true_positives, predicted_c, is_c = (
            ((truth == c) & (predicted == c)).sum(),
            (predicted == c).sum(),
            (truth == c).sum(),
        )
        f1.append(2 * true_positives / max(1, predicted_c + is_c))
        recall.append(true_positives / max(1, is_c))
    return float(np.mean(f1)), float(np.mean(recall))


def confusion(truth, predicted, rows, columns):
    """(rows, columns) counts."""
    out = np.zeros((rows, columns), int)
    np.add.at(out, (truth, predicted), 1)
    return out


def calibration_error(probability, happened, bins=15):
    """Expected calibration error (Guo et al. 2017): equal-width bins, weighted by their share."""
    index = np.minimum((probability * bins).astype(int), bins - 1)
    error = 0.0
    for b in range(bins):
        here = index == b
        if here.any():
            error += here.mean() * abs(probability[here].mean() - happened[here].mean())
    return float(error)
