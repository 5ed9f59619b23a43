"""A portrait as the skin of a head's mesh."""

import numpy as np
from scipy.interpolate import RBFInterpolator

from common.crop import EYE_DISTANCE, EYE_X, EYE_Y
from common.identities import MESH_POINTS, MODEL_POINTS


class Skin:
    """at: (V, 2) positions of the mesh's vertices in the portrait's canonical frame, px, by landmarks; image: the
    portrait there.
    """

    def __init__(self, model, person, points, image):
        """person: (V, 3) cm, the neutral head; points: (468, 2) px, image: as in identities.npz."""
        eyes = person[model.corners[[36, 45]]]
        scale, middle = EYE_DISTANCE / abs(eyes[1, 0] - eyes[0, 0]), eyes.mean(0)
        plane = np.stack([EYE_X + scale * (person[:, 0] - middle[0]), EYE_Y - scale * (person[:, 1] - middle[1])], 1)
        spline = RBFInterpolator(
            plane[model.corners[MODEL_POINTS]], points[MESH_POINTS], kernel="thin_plate_spline", smoothing=1.0
        )
        self.at, self.image = spline(plane), image
        low, high = points.min(0), points.max(0)
        self.centre, self.radii = (low + high) / 2, (high - low) / 2

    def beside(self, at):
        """Share 0..1 by which points (n, 2) of the portrait lie outside an ellipse about the landmarks."""
        return np.clip((np.linalg.norm((at - self.centre) / self.radii, axis=1) - 0.92) / 0.14, 0, 1)
