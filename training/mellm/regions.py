"""The 29 regions of interest and their motion: a port of src/flow/regions.ts and src/flow/region-motion.ts.

tests/mellm/test_regions.py checks that both give the same values. Landmarks: (468, 2) FaceMesh points in crop px, the
centre of the first pixel at (0.5, 0.5), as the server has them. "Left" and "Right" in region names are the image's
sides; the sides of action units are the person's own.
"""

import numpy as np

LID, BROW, WING, MOUTH, CHIN, CHEEK, CHEEK_SHIFT, NOSE = 6, 9, 12, 9, 15, 17, 7, 9

# name: (landmarks, px to the image's right, px towards the chin, edge of the square in px of a face whose eyes are 88
# px apart)
PLACES = {
    "Left Lower Eyelid (Left Side)": ([163], -3, 3, LID),
    "Left Lower Eyelid (Center)": ([145], 0, 3, LID),
    "Left Lower Eyelid (Right Side)": ([154], 3, 3, LID),
    "Right Lower Eyelid (Left Side)": ([381], -3, 3, LID),
    "Right Lower Eyelid (Center)": ([374], 0, 3, LID),
    "Right Lower Eyelid (Right Side)": ([390], 3, 3, LID),
    "Left Upper Eyelid (Left Side)": ([161], -3, -3, LID),
    "Left Upper Eyelid (Center)": ([159], 0, -3, LID),
    "Left Upper Eyelid (Right Side)": ([157], 3, -3, LID),
    "Right Upper Eyelid (Left Side)": ([384], -3, -3, LID),
    "Right Upper Eyelid (Center)": ([386], 0, -3, LID),
    "Right Upper Eyelid (Right Side)": ([388], 3, -3, LID),
    "Left Outer Eyebrow": ([70, 46, 63, 53], 0, 0, BROW),
    "Left Inner Eyebrow": ([66, 107, 65, 55], 0, 0, BROW),
    "Right Outer Eyebrow": ([300, 276, 293, 283], 0, 0, BROW),
    "Right Inner Eyebrow": ([296, 336, 295, 285], 0, 0, BROW),
    "Left Nostril Wing": ([98], -5, -5, WING),
    "Right Nostril Wing": ([327], 5, -5, WING),
    "Left Mouth Corner": ([61], -MOUTH, 0, MOUTH),
    "Right Mouth Corner": ([291], MOUTH, 0, MOUTH),
    "Upper Lip (Left Side)": ([40], 0, 0, MOUTH),
    "Upper Lip (Center)": ([0], 0, 0, MOUTH),
    "Upper Lip (Right Side)": ([270], 0, 0, MOUTH),
    "Lower Lip (Left Side)": ([91, 181], 0, 0, MOUTH),
    "Lower Lip (Right Side)": ([321, 405], 0, 0, MOUTH),
    "Lower Lip (Center)": ([17], 0, 0, MOUTH),
    "Chin": ([199, 175], 0, 0, CHIN),
    "Left Cheek": ([33, 61], -CHEEK_SHIFT, -CHEEK_SHIFT, CHEEK),
    "Right Cheek": ([263, 291], CHEEK_SHIFT, -CHEEK_SHIFT, CHEEK),
}
NAMES = list(PLACES)
NOSE_PLACE = ([4], 0, 0, NOSE)
DIRECTIONS = ["right", "up-right", "up", "up-left", "left", "down-left", "down", "down-right"]
NO_MOTION, NO_DIRECTION = "No significant motion", "No clear dominant direction"
STILL_BELOW, SCATTERED_BELOW = 1e-4, 0.15


def mirror_name(name):
    """The region at the same place of the mirrored face."""
    return name.replace("Left", "\0").replace("Right", "Left").replace("\0", "Right")


MIRROR = np.array([NAMES.index(mirror_name(name)) for name in NAMES])


def js_round(value):
    """Math.round: halves go up."""
    return int(np.floor(value + 0.5))


def place(landmarks, spec, nominal=False):
    """(x, y, edge) of a region's square.

    nominal: the edge of the reference face whatever the scale, so that patches stack.
    """
    indices, along, below, edge = spec
    left, right = landmarks[33], landmarks[263]
    axis = right - left
    length = float(np.hypot(*axis))
    scale = length / 88
    r = axis / length if length else np.array([1.0, 0.0])
    d = np.array([-r[1], r[0]])
    x, y = landmarks[indices].mean(0) + along * scale * r + below * scale * d
    edge = edge if nominal else max(2, js_round(edge * scale))
    return js_round(x - edge / 2), js_round(y - edge / 2), edge


def cut(field, box):
    """The part of (2, H, W) inside box (x, y, edge)."""
    x, y, edge = box
    return field[:, max(0, y) : max(0, y + edge), max(0, x) : max(0, x + edge)]


def measure(expression, landmarks):
    """29 dicts {region, mean_magnitude, max_magnitude, direction, angle_deg, concentration} of a flow (2, H, W) px."""
    nose = cut(expression, place(landmarks, NOSE_PLACE)).reshape(2, -1)
    relative = expression - (nose.mean(1) if nose.size else np.zeros(2))[:, None, None]
    return [
        {"region": name} | describe(cut(relative, place(landmarks, spec)).reshape(2, -1))
        for name, spec in PLACES.items()
    ]


def describe(flow):
    """Magnitudes, direction, angle (0 = right, counter-clockwise) and concentration of (2, n) displacements."""
    if flow.shape[1] == 0:
        return {
            "mean_magnitude": 0.0,
            "max_magnitude": 0.0,
            "direction": NO_MOTION,
            "angle_deg": None,
            "concentration": 0.0,
        }
    u, v = flow.astype(np.float64)
    magnitude = np.hypot(u, v)
    total, mean = float(magnitude.sum()), float(magnitude.mean())
    right, up = float(u.sum()), float(-v.sum())
    concentration = min(1.0, float(np.hypot(right, up)) / total) if total else 0.0
    out = {"mean_magnitude": mean, "max_magnitude": float(magnitude.max())}
    if mean < STILL_BELOW:
        return out | {"direction": NO_MOTION, "angle_deg": None, "concentration": concentration}
    if concentration < SCATTERED_BELOW:
        return out | {"direction": NO_DIRECTION, "angle_deg": None, "concentration": concentration}
    angle = (np.degrees(np.arctan2(up, right)) + 360) % 360
    return out | {
        "direction": DIRECTIONS[js_round(angle / 45) % 8],
        "angle_deg": float(angle),
        "concentration": concentration,
    }
