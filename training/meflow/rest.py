"""Where a real face is at rest between two registered crops, and what the head does meanwhile.

DIS flow both ways gives the motion; what a rigid head could make of it (a quadratic in x and y, and parallax by the
face model's depth) is fitted robustly and counts as head. The face is at rest where what is left over stays small and
both ways agree.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from common.crop import SIZE

from .classical import classical_flow

LEFTOVER = 0.2  # px, over a Gaussian of SMOOTH px: what is moved less counts as at rest
SMOOTH = 5.0
DISAGREEMENT = 0.4  # px forward against backward
CELL = 8
CELLS = SIZE // CELL


@dataclass
class Rest:
    """head: (2, SIZE, SIZE) px; still: (CELLS, CELLS) bool, cells of CELL px at rest; share: of the face's cells;
    moved: mean |head| px on the face.
    """

    head: np.ndarray
    still: np.ndarray
    share: float
    moved: float


def at_rest(first, second, depth, oval):
    """first, second: (SIZE, SIZE) float32 0..1 of one registration; depth: (SIZE, SIZE) px; oval: (SIZE, SIZE) bool,
    the face.
    """
    forward, backward = classical_flow("dis-medium", first, second), classical_flow("dis-medium", second, first)
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    returned = np.stack(
        [
            cv2.remap(b, x + forward[0], y + forward[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for b in backward
        ]
    )
    motion = 0.5 * (forward - returned)
    head = fit_head(motion, basis(depth), oval)
    left = np.hypot(*(cv2.GaussianBlur(m, (0, 0), SMOOTH) for m in motion - head))
    apart = cv2.GaussianBlur(np.hypot(*(forward + returned)), (0, 0), 2)
    moves = ((left > LEFTOVER) | (apart > DISAGREEMENT)).astype(np.uint8)
    cells = (moves.reshape(CELLS, CELL, CELLS, CELL).mean((1, 3)) > 0.1).astype(np.uint8)
    still = cv2.dilate(cells, np.ones((3, 3), np.uint8)) == 0
    face = oval.reshape(CELLS, CELL, CELLS, CELL).mean((1, 3)) > 0.5
    return Rest(
        head.astype(np.float32),
        still,
        float((still & face).sum() / max(1, face.sum())),
        float(np.hypot(*head)[oval].mean()),
    )


def basis(depth):
    """(9, SIZE, SIZE): what the flow of a rigid head is a sum of, in units of half a crop."""
    y, x = (np.mgrid[:SIZE, :SIZE].astype(np.float32) - SIZE / 2) / (SIZE / 2)
    z = depth / (SIZE / 2)
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y, z, z * x, z * y]).astype(np.float32)


def fit_head(motion, terms, oval, rounds=5, ridge=1e-3):
    """Robust least squares (Cauchy's weights) of (2, SIZE, SIZE) motion inside the oval, evaluated everywhere."""
    columns = terms[:, ::4, ::4][:, oval[::4, ::4]].T.astype(np.float64)
    values = motion[:, ::4, ::4][:, oval[::4, ::4]].T.astype(np.float64)
    weight = np.ones(len(columns))
    for _ in range(rounds):
        normal = (columns * weight[:, None]).T @ columns + ridge * weight.sum() * np.eye(columns.shape[1])
        coefficients = np.linalg.solve(normal, (columns * weight[:, None]).T @ values)
        left = np.hypot(*(values - columns @ coefficients).T)
        weight = 1 / (1 + (left / (2.385 * max(0.02, 1.4826 * np.median(left)))) ** 2)
    return np.tensordot(coefficients.T, terms, 1)
