"""Write ME-Inject, the synthetic spotting benchmark (README.md says how it is made and what its tables mean).

    python -m meinject.generate --out DIR --split test --clips 90 --seed 1
    python -m meinject.generate --out DIR --split test --chewing 24 --seed 1

A clip depends only on (seed, split, index): an interrupted run resumes, and --first/--last let several runs share the
work. Tables are rewritten after every clip, so a partial set is usable.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import cv2
import torch

from common.prerequisites import MissingError, needed
from common.splits import SPLITS

from .benchmark import CHEWING, Sources, add_what, make_clip, write_tables

ABOUT = """ME-Inject: SYNTHETIC micro-expression videos with exact ground truth, generated from seeds.
No real micro-expressions: never a substitute for a recorded data set.
Portraits: faker-js/assets-person-portrait (CC0) and, in val and test, Face Research Lab London Set
(DeBruine & Jones 2017, doi 10.6084/m9.figshare.5047666, CC BY 4.0).
clips.csv: the clips. truth.csv: what happens when (`what`: the kind of head movement, light, lost frames or chewing).
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MELLM_DATA", "../shared/data")))
    parser.add_argument("--cache", type=Path, default=Path(".cache"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--clips", type=int, default=0, help="clips of the split")
    parser.add_argument(
        "--chewing", type=int, default=0, help=f"additional clips with chewing, numbered from {CHEWING} on"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="skip the clips before this index")
    parser.add_argument("--last", type=int, default=2 * CHEWING, help="index after the last")
    parser.add_argument(
        "--add-what", action="store_true", help="render nothing; add the column `what` to tables made before it existed"
    )
    parser.add_argument(
        "--clip-landmarks",
        type=Path,
        help="folder written by scripts/data/landmarks-of-clip.js; without it, no real clips",
    )
    args = parser.parse_args()
    if args.clips > CHEWING or not (args.clips or args.chewing or args.add_what):
        parser.error(f"number of clips required: --clips up to {CHEWING}, --chewing, or both")
    try:
        generate(args)
    except (MissingError, ValueError) as error:
        sys.exit(str(error))


def generate(args):
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.set_grad_enabled(False)
    sources = Sources(args.data, args.cache, args.split, args.clip_landmarks)
    folder = args.out / args.split
    if args.add_what:
        needed(folder / "records", "made together with the clips; --out and --split name the set")
    folder.mkdir(parents=True, exist_ok=True)
    (args.out / "README").write_text(ABOUT)
    if args.add_what:
        filled = sum([add_what(sources, path) for path in sorted((folder / "records").glob("*.json"))])
        write_tables(folder)
        print(f"{folder}: added `what` to {filled} clips")
        return
    for index in (*range(args.clips), *range(CHEWING, CHEWING + args.chewing)):
        if not args.first <= index < args.last:
            continue
        start = time.process_time()
        clip = make_clip(sources, args.seed, args.split, index, folder)
        if clip is not None:
            write_tables(folder)
            frames = clip["seconds"] * clip["fps"]
            ms = 1000 * (time.process_time() - start) / frames
            about = f"{clip['condition']}, {clip['micro']} micro, {clip['fps']} fps, {ms:.1f} ms a frame"
            print(f"{clip['file']}: {about}", flush=True)


if __name__ == "__main__":
    main()
