"""Find pairs of crops in which a real face is at rest, for difference truth (meflow/real_faces.py). Run after
crops-of-clip.js and common.build_cache.

    python -m meflow.prepare_real --crops .cache/crops --data ../shared/data --cache .cache

Writes `<cache>/real-train.npz`, `real-val.npz` and `real-test.npz` from the clips of `<data>/people`, split by subject
as in lab/evaluation/real/split.json; clips with `use: measure` are never in the training split.
"""

import argparse
import json
import os
from pathlib import Path

import cv2
import numpy as np
import torch

from common.prerequisites import CACHE_STEP, DATA_STEP, needed
from common.splits import SPLITS

from .real_faces import Clip, pairs_of_clip

SPLIT = Path(__file__).resolve().parents[2] / "lab" / "evaluation" / "real" / "split.json"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", type=Path, default=Path(".cache/crops"))
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MELLM_DATA", "../shared/data")))
    parser.add_argument("--cache", type=Path, default=Path(".cache"))
    parser.add_argument("--onsets", type=int, default=60, help="onset frames examined per clip")
    parser.add_argument("--parts", nargs="+", default=list(SPLITS), choices=SPLITS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    shapes = np.load(needed(args.cache / "blendshapes.npz", CACHE_STEP))
    shapes = {name: shapes[name] for name in ("landmarks", "depth")}
    clips = json.loads(needed(args.data / "people" / "manifest.json", DATA_STEP).read_text())
    split = json.loads(SPLIT.read_text())
    for part in args.parts:
        chosen = [c for c in clips if c["person"] in split[part] and (part != "train" or c["use"] == "train")]
        np.savez(args.cache / f"real-{part}.npz", **collect(args, chosen, shapes))


def collect(args, chosen, shapes):
    """The pairs of the chosen clips as columns; `first` and `second` index `crops`."""
    columns = {
        name: [] for name in ("clip", "person", "gap", "first", "second", "points", "head", "still", "share", "moved")
    }
    crops = []
    for about in chosen:
        clip = Clip(args.crops, about["name"])
        pairs = pairs_of_clip(np.random.default_rng(1), clip, shapes, args.onsets)
        used = sorted({p[end] for p in pairs for end in ("first", "second")})
        place = {index: len(crops) + i for i, index in enumerate(used)}
        crops += [clip.crops[i].copy() for i in used]
        for pair in pairs:
            values = pair | {
                "clip": about["name"],
                "person": about["person"],
                "gap": pair["second"] - pair["first"],
                "first": place[pair["first"]],
                "second": place[pair["second"]],
            }
            for name, column in columns.items():
                column.append(values[name])
        print(f"{about['name']}: {len(pairs)} pairs at rest, {len(used)} crops", flush=True)
    return {name: np.array(column) for name, column in columns.items()} | {"crops": np.stack(crops)}


if __name__ == "__main__":
    main()
