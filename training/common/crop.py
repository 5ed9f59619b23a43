"""The face crop that the server and the training share.

A crop is a 224 x 224 grey image in 0..1, pixel centres at integer coordinates, x right, y down. The outer eye corners
(FaceMesh landmarks 33 and 263) lie on the line y = 0.38 * 224, their midpoint at x = 112, 88 px apart. The *canonical
frame* is that of the crop, in crop pixels, extended by MARGIN on every side, so that a jittered crop still finds image
there.
"""

import numpy as np

SIZE = 224
EYE_Y = 0.38 * SIZE
EYE_X = 112.0
EYE_DISTANCE = 88.0
MARGIN = 24
OUTER_CORNERS = (33, 263)


def similarity_to_crop(right_corner, left_corner):
    """2 x 3 matrix that takes image points to the crop.

    right_corner, left_corner: (2,) image px, landmarks 33 and 263 (33 is the one at the image's left).
    """
    a, b = np.asarray(right_corner, float), np.asarray(left_corner, float)
    dx, dy = b - a
    scale = EYE_DISTANCE / np.hypot(dx, dy)
    angle = -np.arctan2(dy, dx)
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    rotation = np.array([[c, -s], [s, c]])
    shift = np.array([EYE_X, EYE_Y]) - rotation @ ((a + b) / 2)
    return np.hstack([rotation, shift[:, None]])
