"""Measure spotter weights on clips: F1, precision, recall, false positives a minute, timing errors and latency.

    python -m spotter.evaluate --weights .cache/spotter/best.pt --root DIR --split val

Needs motion signals as for training. `mellm-live eval spotting` measures the exported model in the server's own
pipeline.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from .clips import load_clips
from .decode import decode
from .metrics import spotting_metrics
from .model import SpotterNet

THRESHOLDS = tuple(np.round(np.arange(0.1, 0.86, 0.05), 2))
MAX_FALSE_POSITIVES = 2.0  # a minute on real subjects, when weights are chosen


@torch.no_grad()
def likelihoods(net, clips):
    """[(n, CLASSES)] for clips of any length."""
    net.eval()
    out = [torch.sigmoid(net(torch.from_numpy(clip.ticks)[None]))[0].numpy() for clip in clips]
    net.train()
    return out


def evaluate(net, clips, max_false_positives=None):
    """The metrics at the threshold with the best F1, and that threshold.

    With max_false_positives (a minute): the best recall among the thresholds that keep to it.
    """
    found = likelihoods(net, clips)
    rows = [(measure(clips, found, threshold), threshold) for threshold in THRESHOLDS]
    allowed = [
        row
        for row in rows
        if max_false_positives is None or row[0]["false_positives_per_minute"] <= max_false_positives
    ] or rows[-1:]
    return max(allowed, key=lambda row: row[0]["recall" if max_false_positives else "f1"])


def measure(clips, found, threshold):
    return spotting_metrics([(clip, decode(clip.times, values, threshold)) for clip, values in zip(clips, found)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument(
        "--root", type=Path, required=True, help="folder with <split>/clips.csv, <split>/truth.csv and signals/<split>/"
    )
    parser.add_argument("--split", default="val")
    parser.add_argument("--threshold", type=float, help="default: the one with the best F1 on these clips")
    args = parser.parse_args()
    net = SpotterNet()
    net.load_state_dict(torch.load(args.weights)["model"])
    clips = load_clips(args.root, args.split, args.root / "signals")
    if not clips:
        raise SystemExit(
            f"no clips with signals in {args.root}, split {args.split}; run scripts/data/spotting-signals.js"
        )
    if args.threshold is None:
        metrics, threshold = evaluate(net, clips)
    else:
        metrics, threshold = measure(clips, likelihoods(net, clips), args.threshold), args.threshold
    print(json.dumps({"clips": len(clips), "threshold": float(threshold)} | metrics, indent=1))


if __name__ == "__main__":
    main()
