"""Which point of a head's surface each sample of a frame shows, seen in perspective."""

from dataclasses import dataclass

import numpy as np

from common.crop import EYE_DISTANCE, EYE_X, EYE_Y, SIZE

from .raster import in_space, rasterize

FINE = 3  # samples across a pixel


class Camera:
    """Perspective onto the crop: (n, 3) px in space -> (n, 2) px of the crop, the given corners of the eyes at their
    places.
    """

    def __init__(self, distance, eyes):
        self.distance = distance
        a, b = self.before(eyes)
        d = b - a
        factor = EYE_DISTANCE / (d @ d)
        self.turn = factor * np.array([[d[0], d[1]], [-d[1], d[0]]])
        self.shift = np.array([EYE_X, EYE_Y]) - self.turn @ ((a + b) / 2)

    def before(self, at):
        return at[:, :2] * (self.distance / (self.distance - at[:, 2:]))

    def __call__(self, at):
        return self.before(at) @ self.turn.T + self.shift


@dataclass
class Frame:
    """What each sample (h, w) of a frame shows.

    ids: triangle, -1 where it is the ground; triangle (n, 3): its vertices; weights (n, 3): where in it, in space;
    part: of the model, or -1.
    """

    ids: np.ndarray
    triangle: np.ndarray
    weights: np.ndarray
    part: np.ndarray

    def at(self, values):
        """(V, k) of the vertices -> (n, k) of the samples, anything where it is the ground."""
        return (values[self.triangle] * self.weights[..., None]).sum(1)

    def centres(self):
        """The samples at the pixels' centres only."""
        middle = slice(FINE // 2, None, FINE)
        chosen = np.zeros(self.ids.shape, bool)
        chosen[middle, middle] = True
        chosen = chosen.ravel()
        return Frame(self.ids[middle, middle], self.triangle[chosen], self.weights[chosen], self.part[middle, middle])


def seen(model, points, space, distance):
    """The Frame of a head.

    points: (V, 2) px of the crop; space: (V, 3) px, z towards the camera, which is `distance` px away.
    """
    nearness = 1 / (distance - space[:, 2])
    ids, screen = rasterize(points, nearness, model.triangles, SIZE, FINE)
    triangle = model.triangles[np.maximum(ids, 0).ravel()]
    hit = ids.reshape(-1, 1) >= 0
    weights = in_space(np.where(hit, screen.reshape(-1, 3), [1.0, 0.0, 0.0]), nearness, triangle)
    part = np.where(ids >= 0, model.part[triangle[:, 0]].reshape(ids.shape), -1)
    return Frame(ids, triangle, weights, part)


def normals_of(vertices, triangles):
    """(V, 3) unit normals of the vertices, towards the outside where y points down."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    across = np.cross(c - a, b - a)
    total = np.zeros_like(vertices)
    for i in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(triangles[:, i], across[:, axis], len(vertices))
    return total / (np.linalg.norm(total, axis=1, keepdims=True) + 1e-12)
