"""Train the learned spotter on motion signals: real people's, with expressions laid on, and ME-Inject's (synthetic).

    python train_spotter.py --real DIR --root DIR --out .cache/spotter --minutes 40 --seed 1

--real holds what `mellm-live eval real --part spotting --signals DIR` wrote (train/, val/), --root ME-Inject (train/, tune/); both with
clips.csv, truth.csv and their signals in signals/<split>/ (ME-Inject's: `node scripts/spotting-signals.js`).
Writes --out/best.pt (averaged weights with the best validation score) and curve.csv.
"""

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from .clips import load_clips
from .augment import Sequences, with_injections
from .decode import decode
from .metrics import figures
from .model import CLASSES, EXPRESSION, SpotterNet

# Apex bells are narrow and rare: they weigh more.
WEIGHTS = torch.tensor([1.0 if not name.endswith("apex") else 3.0 for name in CLASSES])
WEIGHTS[CLASSES.index("blink"):] = 0.25


THRESHOLDS = tuple(np.round(np.arange(0.1, 0.86, 0.05), 2))
MOST_ALARMS = 2.0  # false alarms a minute allowed on real people when weights are chosen


@torch.no_grad()
def likelihoods(net, clips):
    """[(n, CLASSES)] for clips of any length."""
    net.eval()
    out = [torch.sigmoid(net(torch.from_numpy(clip.ticks)[None]))[0].numpy() for clip in clips]
    net.train()
    return out


def evaluate(net, clips, most_alarms=None):
    """The figures at the threshold with the best F1 (of those with at most that many false alarms a minute), and that threshold."""
    found = likelihoods(net, clips)
    rows = [(figures([(c, decode(c.times, p, th)) for c, p in zip(clips, found)]), th) for th in THRESHOLDS]
    allowed = [row for row in rows if most_alarms is None or row[0]["alarms_per_minute"] <= most_alarms] or rows[-1:]
    return max(allowed, key=lambda row: row[0]["recall" if most_alarms else "f1"])


def loss_of(net, batch):
    """Binary cross-entropy of the face's classes, and of each region's part in an expression."""
    ticks, target, weight, region, region_weight = (torch.from_numpy(v) for v in batch)
    logits, by_region = net(ticks, regions=True)
    face = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    parts = F.binary_cross_entropy_with_logits(by_region, region, reduction="none")
    face = (face * weight * WEIGHTS).sum() / weight.sum().clamp(min=1)
    return face + (parts * region_weight * WEIGHTS[:EXPRESSION]).sum() / region_weight[..., 0].sum().clamp(min=1) * 8


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, help="ME-Inject; signals in signals/")
    parser.add_argument("--real", type=Path, required=True, help="signals of real people, written by `mellm-live eval real --part spotting --signals`")
    parser.add_argument("--out", type=Path, default=Path(".cache/spotter"))
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--length", type=int, default=300, help="ticks of a sequence")
    parser.add_argument("--real-share", type=float, default=0.65, help="share of sequences from real people")
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=3, help="minutes between evaluations")
    parser.add_argument("--start-from", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    clips, val, tune = load(args)
    sequences = Sequences(clips, args.seed, args.length, args.real_share)
    if not any(c.micro() for c in val):
        val = [with_injections(c, sequences.templates, i) for i, c in enumerate(val)]
    print(f"{len(clips)} clips, {sum(c.real for c in clips)} of real people, {len(sequences.templates)} templates; validation {len(val)} real, {len(tune)} synthetic clips", flush=True)
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
            row, threshold = evaluate(averaged.module, val, MOST_ALARMS)
            synthetic = evaluate(averaged.module, tune)[0] if tune else {"f1": 0.0, "alarms_per_minute": 0.0}
            score = row["recall"] + 0.3 * synthetic["f1"]
            line = {"step": step, "minutes": round(spent, 1), "loss": round(float(np.mean(losses)), 4), "threshold": float(threshold), "score": round(float(score), 4)}
            line |= {"synthetic_f1": round(synthetic["f1"], 3), "synthetic_alarms": round(synthetic["alarms_per_minute"], 2)}
            line |= {name: round(float(value), 3) for name, value in row.items()}
            losses = []
            print(json.dumps(line), flush=True)
            append(args.out / "curve.csv", line)
            if score > best and step > 20:
                best = score
                torch.save({"model": averaged.module.state_dict(), "step": step, "seed": args.seed, "figures": line}, args.out / "best.pt")
    torch.save({"model": averaged.module.state_dict(), "step": step, "seed": args.seed}, args.out / "last.pt")


def load(args):
    """Training clips, real validation clips, synthetic validation clips."""
    clips, val = (load_clips(args.real, split, args.real / "signals") for split in ("train", "val"))
    tune = []
    if args.root:
        clips += load_clips(args.root, "train", args.root / "signals")
        tune = load_clips(args.root, "tune", args.root / "signals")
    return clips, val, tune


def append(path, row):
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row), extrasaction="ignore")
        if new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    main()
