"""Measure the network and DIS on real clips, where no true flow exists.

    python -m meflow.evaluate_clips --onnx ../models/meflownet/meflownet.onnx --out real.json

For each pair of frames (about 170 ms apart): crop both by the first frame's landmarks, register the second to the first
by a similarity on eyes and nose, then
  residual    mean |onset(x) - apex(x + flow)| inside the face oval, grey levels of 255, bicubic
  residual_ln the same after local normalisation, so that a change of light does not count (in local deviations)
  cycle       forward-backward error: mean |f(x) + b(x + f(x))|, px
  robust      mean |f - f'| px, f' from both frames degraded with Gaussian noise of 4 levels, then JPEG 45
  length      mean length of the facial flow, px (a method that always outputs zero has cycle and robust 0)
"""

import argparse
import json
import os
from pathlib import Path

import cv2
import numpy as np
import torch

from common.crop import OUTER_CORNERS, SIZE, similarity_to_crop
from common.grid import pixel_grid, sample
from common.identities import FACE_OVAL

from .classical import classical_flow, local_normalisation
from .onnx_model import OnnxFlow

GONE = 6.0  # px: a registered pair in which DIS measures more than this shows no face, or a different one
RIGID = [33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 48, 278, 98, 327]


def register(onset, apex, region):
    """2 x 3 matrix from onset to apex pixels: Gauss-Newton on the four parameters of a similarity, over `region` (H, W)
    weights.
    """
    onset, apex_n = local_normalisation(onset), local_normalisation(apex)
    grid = pixel_grid(*onset.shape)
    centre = torch.tensor([SIZE / 2, SIZE / 2])[:, None, None]
    q = (grid - centre) / 100
    p = np.zeros(4)
    gy, gx = np.gradient(onset)
    x, y = q.numpy()
    jacobian = np.stack([gx, gy, gx * x + gy * y, -gx * y + gy * x], -1)[region > 0]
    inverse = np.linalg.inv(jacobian.T @ jacobian)
    for _ in range(12):
        tx, ty, a, b = (float(v) for v in p)
        at = grid + torch.stack([tx + a * q[0] - b * q[1], ty + b * q[0] + a * q[1]])
        moved = sample(torch.from_numpy(apex_n)[None], at, mode="bicubic")[0].numpy()
        step = inverse @ (jacobian.T @ (onset - moved)[region > 0])
        p = p + step
        if np.abs(step).max() < 1e-4:
            break
    return p


def registered(image_full, matrix, p):
    """Sample the crop once from the full frame, through the crop's matrix and the similarity p."""
    grid = pixel_grid(SIZE, SIZE)
    q = (grid - SIZE / 2) / 100
    tx, ty, a, b = (float(v) for v in p)
    crop_at = grid + torch.stack([tx + a * q[0] - b * q[1], ty + b * q[0] + a * q[1]])
    inverse = torch.from_numpy(np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))).float()
    at = torch.einsum("ij,jhw->ihw", inverse[:2, :2], crop_at) + inverse[:2, 2, None, None]
    return sample(torch.from_numpy(image_full)[None], at, mode="bicubic")[0].clamp(0, 1).numpy()


def frame_pairs(path, landmarks, name, gap_ms=170):
    """Yield (onset crop, registered apex crop, oval mask) for every landmarked frame with another gap_ms later."""
    video = cv2.VideoCapture(str(path))
    gap = max(1, round(gap_ms / 1000 * (video.get(cv2.CAP_PROP_FPS) or 30)))
    frames = []
    while True:
        ok, bgr = video.read()
        if not ok:
            break
        frames.append(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY).astype(np.float32) / 255)
    for key, points in landmarks.items():
        clip, _, number = key.partition("#")
        if clip != name or int(number) + gap >= len(frames):
            continue
        xy = np.array(points)[:, :2]
        matrix = similarity_to_crop(xy[OUTER_CORNERS[0]], xy[OUTER_CORNERS[1]])
        points = xy @ matrix[:, :2].T + matrix[:, 2]
        region, oval = np.zeros((SIZE, SIZE), np.uint8), np.zeros((SIZE, SIZE), np.uint8)
        cv2.fillConvexPoly(region, cv2.convexHull(np.rint(points[RIGID]).astype(np.int32)), 1)
        cv2.fillPoly(oval, [np.rint(points[FACE_OVAL]).astype(np.int32)], 1)
        onset = registered(frames[int(number)], matrix, np.zeros(4))
        late = frames[int(number) + gap]
        p = register(onset, registered(late, matrix, np.zeros(4)), region)
        if np.abs(p).max() > 25:
            continue  # the face left the crop
        yield onset, registered(late, matrix, p), cv2.erode(oval, np.ones((9, 9))) > 0


def warped(image, flow):
    return sample(torch.from_numpy(image)[None], pixel_grid(SIZE, SIZE) + torch.from_numpy(flow), mode="bicubic")[
        0
    ].numpy()


def degraded(rng, image):
    noisy = np.clip(image * 255 + rng.normal(0, 4, image.shape), 0, 255)
    return (
        cv2.imdecode(
            cv2.imencode(".jpg", np.rint(noisy).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 45])[1], 0
        ).astype(np.float32)
        / 255
    )


def measure(method, onset, apex, oval, rng):
    forward, backward = method(onset, apex), method(apex, onset)
    again = method(degraded(rng, onset), degraded(rng, apex))
    at = pixel_grid(SIZE, SIZE) + torch.from_numpy(forward)
    cycle = forward + sample(torch.from_numpy(backward), at).numpy()
    normalised = local_normalisation(onset) - warped(local_normalisation(apex), forward)
    return {
        "residual": 255 * float(np.abs(onset - warped(apex, forward))[oval].mean()),
        "residual_ln": float(np.abs(normalised)[oval].mean()),
        "cycle": float(np.hypot(*cycle)[oval].mean()),
        "robust": float(np.hypot(*(forward - again))[oval].mean()),
        "length": float(np.hypot(*forward)[oval].mean()),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MELLM_DATA", "../shared/data")))
    parser.add_argument("--cache", type=Path, default=Path(".cache"))
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--most", type=int, default=12, help="pairs a clip")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    landmarks = json.loads((args.cache / "landmarks.json").read_text())
    network = OnnxFlow(args.onnx)
    methods = {
        "zero": lambda a, b: np.zeros((2, SIZE, SIZE), np.float32),
        "dis-medium": lambda a, b: classical_flow("dis-medium", a, b),
        "dis-medium+LN": lambda a, b: classical_flow("dis-medium", a, b, True),
        "MEFlowNet": lambda a, b: network(a, b)[0],
    }
    rows = {name: [] for name in methods}
    for clip in sorted({k.partition("#")[0] for k in landmarks if k.startswith("clips/")}):
        for count, (onset, apex, oval) in enumerate(frame_pairs(args.data / clip, landmarks, clip)):
            if count >= args.most:
                break
            found = {
                name: measure(method, onset, apex, oval, np.random.default_rng(count)) | {"clip": clip}
                for name, method in methods.items()
            }
            if found["dis-medium"]["length"] > GONE:
                print(f"skipped: pair {count} of {clip}, no face or registration failed")
                continue
            for name, row in found.items():
                rows[name].append(row)
    metrics = {}
    for name, values in rows.items():
        metrics[name] = {key: round(float(np.mean([v[key] for v in values])), 4) for key in values[0] if key != "clip"}
        print(f"{name:14}", metrics[name])
    print(len(rows["zero"]), "pairs of frames")
    if args.out:
        args.out.write_text(json.dumps({"pairs": len(rows["zero"]), "metrics": metrics, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
