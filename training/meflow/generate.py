"""Write MEFlowDataset to disk (synthetic pairs; layout in meflow/layout.py).

    python -m meflow.generate --cache .cache --out DIR --pairs 54611 --seed 1 --level mixed

Pairs are shared out 90 : 3 : 7 among train, val and test, which share no subject. Every pair depends only on (seed,
split, index): an interrupted run resumes, and --first/--last let several machines share the work.
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import torch

from common.prerequisites import CACHE_STEP, MissingError, needed
from common.splits import SPLITS

from .dataset import MEFlowDataset
from .layout import write_pair

SHARE = {"train": 0.90, "val": 0.03, "test": 0.07}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path(".cache"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=54611, help="default: as many as in the paper")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--level", default="mixed", choices=("clean", "benign", "full", "small", "mixed"))
    parser.add_argument(
        "--rendered", type=float, default=0.0, help="share of pairs that show rendered heads (1.5 s each)"
    )
    parser.add_argument("--source", default="", help="only portraits whose path contains this, e.g. generated (CC0)")
    parser.add_argument("--splits", nargs="+", default=list(SPLITS), choices=SPLITS)
    parser.add_argument("--first", type=int, default=0, help="first index within each split")
    parser.add_argument("--last", type=int, help="index after the last within each split")
    parser.add_argument("--gzip", action="store_true", help="write .flo.gz")
    parser.add_argument("--rounding", type=float, help="round flows to multiples of this many px (smaller .flo.gz)")
    args = parser.parse_args()
    try:
        generate(args)
    except (MissingError, ValueError) as error:
        sys.exit(str(error))


def generate(args):
    for name in ("identities.npz", "blendshapes.npz", *(["head.npz"] if args.rendered > 0 else [])):
        needed(args.cache / name, CACHE_STEP)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    share = sum(SHARE[s] for s in args.splits)
    counts = {split: round(args.pairs * SHARE[split] / share) for split in args.splits}
    counts[args.splits[0]] += args.pairs - sum(counts.values())
    args.out.mkdir(parents=True, exist_ok=True)
    about = {
        "name": "MEFlowDataset",
        "version": 1,
        "synthetic": True,
        "seed": args.seed,
        "level": args.level,
        "rendered": args.rendered,
        "size": 224,
        "pairs": counts,
    }
    (args.out / "dataset.json").write_text(json.dumps(about, indent=1) + "\n")
    for split, count in counts.items():
        dataset = MEFlowDataset(args.cache, split, args.seed, args.level, args.source, rendered=args.rendered)
        for index in range(args.first, min(count, args.last or count)):
            folder = args.out / split / f"{index:06d}"
            if not (folder / "pair.json").exists():
                write_pair(folder, dataset[index], index, args.gzip, args.rounding)
    print(f"{sum(counts.values())} pairs -> {args.out}")


if __name__ == "__main__":
    main()
