"""One portrait, made ready for the generator: image at twice the crop's resolution, map to the face model's plane,
masks.

Row of identities.npz (all in the canonical frame, see crop.py):
  key         path of the portrait below the data folder
  image       (544, 544) uint8 grey, cell (i, j) at canonical position (j / 2 - MARGIN, i / 2 - MARGIN) px
  to_model    (2, N, N) float32: position in the blendshapes' plane, on the blendshapes' lattice
  oval, eyes  (N, N) uint8: 255 inside the face oval, inside the two eye openings
  points      (468, 2) float32 landmarks, crop px
  turn        left-right asymmetry of the face, 0 frontal
"""

import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator

from .blendshapes import LATTICE, STEP, lattice_positions
from .crop import MARGIN, OUTER_CORNERS, SIZE, similarity_to_crop

OVERSAMPLING = 2
FACE_OVAL = [
    10,
    338,
    297,
    332,
    284,
    251,
    389,
    356,
    454,
    323,
    361,
    288,
    397,
    365,
    379,
    378,
    400,
    377,
    152,
    148,
    176,
    149,
    150,
    136,
    172,
    58,
    132,
    93,
    234,
    127,
    162,
    21,
    54,
    103,
    67,
    109,
]
RIGHT_EYE = [33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7]
LEFT_EYE = [263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249]
# FaceMesh landmarks at the 68 points that ICT-FaceKit names; the jaw is left out but for the chin: a contour is no
# fixed point.
MODEL_POINTS = [8, *range(17, 68)]
MESH_POINTS = [
    152,
    70,
    63,
    105,
    66,
    107,
    336,
    296,
    334,
    293,
    300,
    168,
    197,
    5,
    4,
    98,
    97,
    2,
    326,
    327,
    33,
    160,
    158,
    133,
    153,
    144,
    362,
    385,
    387,
    263,
    373,
    380,
    61,
    39,
    37,
    0,
    267,
    269,
    291,
    405,
    314,
    17,
    84,
    181,
    78,
    82,
    13,
    312,
    308,
    317,
    14,
    87,
]


def prepare_identity(key, image, landmarks, blendshapes, largest_turn=0.22, smallest_eye_distance=88):
    """image: (H, W) uint8 grey; landmarks: (468, 3) px. None where the face is turned away or smaller than the crop."""
    xy = landmarks[:, :2]
    matrix = similarity_to_crop(xy[OUTER_CORNERS[0]], xy[OUTER_CORNERS[1]])
    scale = np.hypot(*matrix[:, 0])
    points = xy @ matrix[:, :2].T + matrix[:, 2]
    turn = asymmetry(points)
    if turn > largest_turn or 1 / scale < smallest_eye_distance / 88:
        return None
    row = {
        "key": np.array(key),
        "image": resample(image, matrix, scale),
        "to_model": model_map(points, blendshapes["landmarks"]),
        "oval": polygon_mask([points[FACE_OVAL]]),
        "eyes": polygon_mask([points[RIGHT_EYE], points[LEFT_EYE]]),
        "points": points.astype(np.float32),
        "turn": np.float32(turn),
    }
    return row


def asymmetry(points):
    """|a - b| / (a + b) of the nose tip's horizontal distances from the two face edges."""
    a, b = points[4, 0] - points[234, 0], points[454, 0] - points[4, 0]
    return abs(a - b) / max(a + b, 1e-6)


def resample(image, matrix, scale):
    """Sample the canonical frame at OVERSAMPLING, after a Gaussian that keeps the coarser lattice free of aliasing."""
    shrink = 1 / (scale * OVERSAMPLING)
    source = image.astype(np.float32)
    if shrink > 1:
        source = cv2.GaussianBlur(source, (0, 0), 0.5 * shrink)
    to_lattice = np.vstack([matrix, [0, 0, 1]])
    to_lattice[:2] = OVERSAMPLING * to_lattice[:2]
    to_lattice[:2, 2] += OVERSAMPLING * MARGIN
    side = OVERSAMPLING * (SIZE + 2 * MARGIN)
    out = cv2.warpAffine(source, to_lattice[:2], (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.clip(np.rint(out), 0, 255).astype(np.uint8)


def model_map(points, model_landmarks):
    """Thin-plate spline from the portrait's landmarks to the face model's, on the lattice: (2, N, N) float32."""
    spline = RBFInterpolator(
        points[MESH_POINTS], model_landmarks[MODEL_POINTS], kernel="thin_plate_spline", smoothing=1.0
    )
    coarse = lattice_positions()[:, ::4, ::4].reshape(2, -1).T
    values = spline(coarse).reshape(LATTICE // 4, LATTICE // 4, 2).astype(np.float32)
    fine = lattice_positions().astype(np.float32) + MARGIN
    at_x, at_y = fine[0] / (4 * STEP), fine[1] / (4 * STEP)
    return np.stack(
        [cv2.remap(values[..., i], at_x, at_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE) for i in range(2)]
    )


def polygon_mask(polygons):
    """(N, N) uint8 on the blendshapes' lattice, 255 inside."""
    mask = np.zeros((LATTICE, LATTICE), np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [np.rint((polygon + MARGIN) / STEP * 16).astype(np.int32)], 255, shift=4)
    return mask
