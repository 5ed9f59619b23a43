"""Classical flow methods of OpenCV under one interface, each with and without local normalisation.

A method takes onset and apex, (H, W) float32 in 0..1, and gives flow (2, H, W) px with onset(x) = apex(x + flow(x)).
"""

import cv2
import numpy as np

METHODS = ("zero", "dis-medium", "dis-finest0", "farneback", "tvl1", "tvl1-0.05", "deepflow")


def local_normalisation(image, sigma=7.0, floor=0.03):
    """The network's own normalisation, on a (H, W) float32 image; mean 0, deviation about 1."""
    centred = image - cv2.GaussianBlur(image, (0, 0), sigma)
    return centred / (np.sqrt(cv2.GaussianBlur(centred * centred, (0, 0), sigma)) + floor)


def as_bytes(image, normalise):
    if normalise:
        image = 0.5 + 0.16 * local_normalisation(image)
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


def classical_flow(name, onset, apex, normalise=False):
    """Flow (2, H, W) float32 by the named method."""
    if name == "zero":
        return np.zeros((2, *onset.shape), np.float32)
    a, b = as_bytes(onset, normalise), as_bytes(apex, normalise)
    if name.startswith("dis"):
        method = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        if name == "dis-finest0":
            method.setFinestScale(0)
        flow = method.calc(a, b, None)
    elif name == "farneback":
        flow = cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 3, 15, 5, 7, 1.5, 0)
    elif name.startswith("tvl1"):
        method = cv2.optflow.DualTVL1OpticalFlow_create()
        if name == "tvl1-0.05":
            method.setLambda(0.05)
        flow = method.calc(a, b, None)
    elif name == "deepflow":
        flow = cv2.optflow.createOptFlow_DeepFlow().calc(a, b, None)
    else:
        raise ValueError(f"unknown method {name!r}: one of {', '.join(METHODS)}")
    return np.moveaxis(flow, 2, 0).astype(np.float32)
