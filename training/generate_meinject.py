"""Write ME-Inject, the synthetic spotting benchmark (README.md says how it is made and what its tables mean).

    python generate_meinject.py --out DIR --split test --clips 90 --seed 1

A clip depends on (seed, split, index) alone: a run that is broken off goes on where it stopped, and --first/--last let several runs
share the work. Tables are rewritten after every clip, so a part of the set can be used as it is.
"""

import argparse
import os
import time
from pathlib import Path

import cv2
import torch

from meflow.dataset import SPLITS
from meinject.benchmark import Sources, make_clip, write_tables

ABOUT = """ME-Inject: SYNTHETIC micro-expression videos with exact truth, drawn from seeds. No real micro-expressions: never a substitute for a
recorded data set. Portraits: faker-js/assets-person-portrait (CC0) and, in tune and test, Face Research Lab London Set (DeBruine &
Jones 2017, doi 10.6084/m9.figshare.5047666, CC BY 4.0). truth.csv: what happens when; clips.csv: the clips.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MELLM_DATA", "../shared/data")))
    parser.add_argument("--cache", type=Path, default=Path(".cache"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--clips", type=int, required=True, help="clips of the split")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, help="index after the last")
    parser.add_argument("--clip-landmarks", type=Path, help="folder written by scripts/landmarks-of-clip.js; without it no real clips are used")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.set_grad_enabled(False)
    folder = args.out / args.split
    folder.mkdir(parents=True, exist_ok=True)
    (args.out / "README").write_text(ABOUT)
    sources = Sources(args.data, args.cache, args.split, args.clip_landmarks)
    for index in range(args.first, min(args.clips, args.last or args.clips)):
        start = time.process_time()
        clip = make_clip(sources, args.seed, args.split, index, folder)
        if clip is not None:
            write_tables(folder)
            frames = clip["seconds"] * clip["fps"]
            print(f"{clip['file']}: {clip['condition']}, {clip['micro']} micro, {clip['fps']} fps, {1000 * (time.process_time() - start) / frames:.1f} ms a frame", flush=True)


if __name__ == "__main__":
    main()
