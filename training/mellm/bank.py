"""Run pairs through the real path, pixels -> MEFlowNet -> regions, and store what the language half needs.

    python -m mellm.bank --flow ../models/meflownet/meflownet.onnx --out .cache/mellm --split train --pairs 20000

Writes <out>/<split>-<first>.npz files of up to 1000 pairs:
  table    (n, 29, 4) mean, max, angle in degrees (nan: none), concentration, as the server measures them
  patches  (n, 2, P) float16 nose-referenced flow inside the regions, each at its nominal size, concatenated: the input
           of mixing.py
  units    (n, 21, 2) float32 px of each of UNITS on the person's left and right
  kind, blink, gaze, identity, head (n, 3), index
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch

from . import regions
from .pairs import InstructPairs
from .units import MIDLINE, UNITS

EDGES = [spec[3] for spec in regions.PLACES.values()]
OFFSETS = np.cumsum([0] + [e * e for e in EDGES])
BATCH, CHUNK = 8, 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path(".cache"))
    parser.add_argument("--flow", type=Path, default=Path("../models/meflownet/meflownet.onnx"))
    parser.add_argument("--out", type=Path, default=Path(".cache/mellm"))
    parser.add_argument("--split", default="train", choices=("train", "val", "test"))
    parser.add_argument("--pairs", type=int, default=20000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    pairs = InstructPairs(args.cache, args.split, args.seed, "mixed")
    flow = FlowModel(args.flow)
    for first in range(args.first, args.first + args.pairs, CHUNK):
        path = args.out / f"{args.split}-{first:06d}.npz"
        if not path.exists():
            write(path, rows(pairs, flow, range(first, min(first + CHUNK, args.first + args.pairs))), flow.sha256)
            print(path, flush=True)


class FlowModel:
    """expression((n,1,S,S) onset, apex) -> (n,2,S,S) px. path: an ONNX file."""

    def __init__(self, path):
        import hashlib

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.sha256 = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def both(self, onset, apex):
        return self.session.run(["facial", "head"], {"onset": onset, "apex": apex})


def rows(pairs, flow, indices):
    """Yield one dict a pair."""
    indices = list(indices)
    for at in range(0, len(indices), BATCH):
        some = [pairs[i] for i in indices[at : at + BATCH]]
        facial, head = flow.both(
            *(np.stack([p[name].numpy() for p in some]).astype(np.float32) for name in ("onset", "apex"))
        )
        for i, pair, f, h in zip(indices[at:], some, facial, head):
            yield row(i, pair, f - h, h)


def row(index, pair, expression, head):
    info = pair["info"]
    landmarks = info["landmarks"]
    return {
        "table": table_of(regions.measure(expression, landmarks)),
        "patches": patches(expression, landmarks),
        "units": unit_px(info["units"], info.get("blink")),
        "kind": info["kind"],
        "blink": bool(info.get("blink")),
        "gaze": bool(info.get("gaze")),
        "identity": info["identity"],
        "head": head[:, 40:200, 40:184].mean((1, 2)),
        "index": index,
    }


def table_of(rois):
    """(29, 4) values of the flow report."""
    return np.array(
        [
            [
                r["mean_magnitude"],
                r["max_magnitude"],
                np.nan if r["angle_deg"] is None else r["angle_deg"],
                r["concentration"],
            ]
            for r in rois
        ],
        np.float32,
    )


def patches(expression, landmarks):
    """(2, P) nose-referenced flow of all regions at their nominal sizes; pixels outside the image are taken from its
    border.
    """
    size = expression.shape[-1]

    def square(spec):
        x, y, edge = regions.place(landmarks, spec, nominal=True)
        span = np.arange(edge)
        return expression[:, np.clip(y + span, 0, size - 1)[:, None], np.clip(x + span, 0, size - 1)[None]].reshape(
            2, -1
        )

    nose = square(regions.NOSE_PLACE).mean(1)
    return (np.concatenate([square(spec) for spec in regions.PLACES.values()], 1) - nose[:, None]).astype(np.float16)


def unit_px(units, blink):
    """(21, 2) px on the person's left and right side."""
    out = np.zeros((len(UNITS), 2), np.float32)
    for unit in units:
        out[UNITS.index(unit["au"])] = (
            (unit["px"], unit["px"]) if unit["au"] in MIDLINE else (unit["px_left"], unit["px_right"])
        )
    if blink:
        out[UNITS.index(45)] = 1.0
    return out


def write(path, items, flow):
    items = list(items)
    arrays = {name: np.stack([np.asarray(item[name]) for item in items]) for name in items[0]}
    temporary = path.with_suffix(".part.npz")
    np.savez(temporary, **arrays, about=json.dumps({"flow": flow}))
    temporary.rename(path)


def load(folder, split):
    """All rows of a split, arrays by name, in order of their index."""
    files = sorted(p for p in Path(folder).glob(f"{split}-*.npz") if not p.name.endswith(".part.npz"))
    if not files:
        raise FileNotFoundError(f"{folder} has no {split}-*.npz; write them with python -m mellm.bank --split {split}")
    parts = [np.load(p) for p in files]
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0].files if name != "about"} | {
        "flow": json.loads(str(parts[0]["about"]))["flow"]
    }


if __name__ == "__main__":
    main()
