"""Train the learned spotter on motion signals of real subjects with injected expressions, and of ME-Inject (synthetic).

    python -m spotter.train --real DIR --root DIR --out .cache/spotter --minutes 40 --seed 1

--real is the folder that `mellm-live eval real --part spotting --signals DIR` wrote, --root is ME-Inject; both hold
train/ and val/ with clips.csv and truth.csv, and the signals in signals/<split>/, for ME-Inject written by
`node scripts/data/spotting-signals.js`. Writes --out/best.pt (averaged weights with the best validation score) and
curve.csv.
"""

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from .augment import Sequences, with_injections
from .clips import load_clips
from .evaluate import MAX_FALSE_POSITIVES, evaluate
from .model import CLASSES, EXPRESSION, SpotterNet

# Apex bells are narrow and rare: they weigh more.
WEIGHTS = torch.tensor([1.0 if not name.endswith("apex") else 3.0 for name in CLASSES])
WEIGHTS[CLASSES.index("blink") :] = 0.25


def loss_of(net, batch):
    """Binary cross-entropy of the face's classes, plus that of each region's part in an expression."""
    ticks, target, weight, region, region_weight = (torch.from_numpy(v) for v in batch)
    logits, by_region = net(ticks, regions=True)
    face = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    parts = F.binary_cross_entropy_with_logits(by_region, region, reduction="none")
    face = (face * weight * WEIGHTS).sum() / weight.sum().clamp(min=1)
    return face + (parts * region_weight * WEIGHTS[:EXPRESSION]).sum() / region_weight[..., 0].sum().clamp(min=1) * 8


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, help="ME-Inject; signals in signals/")
    parser.add_argument(
        "--real",
        type=Path,
        required=True,
        help="signals of real subjects, written by `mellm-live eval real --part spotting --signals`",
    )
    parser.add_argument("--out", type=Path, default=Path(".cache/spotter"))
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--length", type=int, default=300, help="ticks of a sequence")
    parser.add_argument("--real-share", type=float, default=0.65, help="share of sequences from real subjects")
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=3, help="minutes between evaluations")
    parser.add_argument("--start-from", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    clips, val, synthetic_val = load(args)
    sequences = Sequences(clips, args.seed, args.length, args.real_share)
    if not any(c.micro() for c in val):
        val = [with_injections(c, sequences.templates, i) for i, c in enumerate(val)]
    real = sum(c.real for c in clips)
    print(f"{len(clips)} training clips ({real} of real subjects), {len(sequences.templates)} templates", flush=True)
    print(f"validation: {len(val)} real, {len(synthetic_val)} synthetic clips", flush=True)
    net = SpotterNet()
    if args.start_from:
        net.load_state_dict(torch.load(args.start_from)["model"])
    averaged = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995))
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.lr, weight_decay=3e-2, betas=(0.9, 0.98))
    began, last, best, step, losses = time.time(), 0.0, -1.0, 0, []
    while (spent := (time.time() - began) / 60) < args.minutes:
        share = spent / args.minutes
        for group in optimiser.param_groups:
            group["lr"] = args.lr * min(1, (step + 1) / 100) * (0.03 + 0.97 * 0.5 * (1 + np.cos(np.pi * share)))
        loss = loss_of(net, sequences.batch(args.batch))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        averaged.update_parameters(net)
        losses.append(float(loss.detach()))
        step += 1
        if spent - last >= args.every or step == 20:
            last = spent
            row, threshold = evaluate(averaged.module, val, MAX_FALSE_POSITIVES)
            synthetic = (
                evaluate(averaged.module, synthetic_val)[0]
                if synthetic_val
                else {"f1": 0.0, "false_positives_per_minute": 0.0}
            )
            score = row["recall"] + 0.3 * synthetic["f1"]
            line = {
                "step": step,
                "minutes": round(spent, 1),
                "loss": round(float(np.mean(losses)), 4),
                "threshold": float(threshold),
                "score": round(float(score), 4),
            }
            line |= {
                "synthetic_f1": round(synthetic["f1"], 3),
                "synthetic_false_positives": round(synthetic["false_positives_per_minute"], 2),
            }
            line |= {name: round(float(value), 3) for name, value in row.items()}
            losses = []
            print(json.dumps(line), flush=True)
            append(args.out / "curve.csv", line)
            if score > best and step > 20:
                best = score
                torch.save(
                    {"model": averaged.module.state_dict(), "step": step, "seed": args.seed, "metrics": line},
                    args.out / "best.pt",
                )
    torch.save({"model": averaged.module.state_dict(), "step": step, "seed": args.seed}, args.out / "last.pt")


def load(args):
    """Training clips, real validation clips, synthetic validation clips."""
    clips, val = (load_clips(args.real, split, args.real / "signals") for split in ("train", "val"))
    synthetic_val = []
    if args.root:
        clips += load_clips(args.root, "train", args.root / "signals")
        synthetic_val = load_clips(args.root, "val", args.root / "signals")
    return clips, val, synthetic_val


def append(path, row):
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row), extrasaction="ignore")
        if new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    main()
