"""Train the learned spotter on ME-Inject's signals.

    python train_spotter.py --root DIR --signals DIR/signals --out .cache/spotter --minutes 30 --seed 1

--root holds ME-Inject (train/, tune/ with clips.csv and truth.csv), --signals what `node scripts/spotting-signals.js` wrote of its clips.
Writes --out/best.pt (averaged weights with the best tuning score) and curve.csv.
"""

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from spotter.clips import load_clips
from spotter.augment import Sequences
from spotter.decode import decode
from spotter.measures import figures
from spotter.model import CLASSES, SpotterNet

# Apex bells are narrow and rare: they weigh more.
WEIGHTS = torch.tensor([1.0 if not name.endswith("apex") else 3.0 for name in CLASSES])
WEIGHTS[CLASSES.index("blink"):] = 0.25


@torch.no_grad()
def likelihoods(net, clips):
    """[(n, CLASSES)] for clips of any length."""
    net.eval()
    out = []
    for clip in clips:
        out.append(torch.sigmoid(net(torch.from_numpy(clip.ticks)[None]))[0].numpy())
    net.train()
    return out


def evaluate(net, clips, thresholds=(0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7)):
    """The figures at the threshold with the best F1, and that threshold."""
    found = likelihoods(net, clips)
    rows = [(figures([(c, decode(c.times, p, th)) for c, p in zip(clips, found)]), th) for th in thresholds]
    return max(rows, key=lambda row: row[0]["f1"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--signals", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(".cache/spotter"))
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tune", default="tune", help="split to choose weights by")
    parser.add_argument("--every", type=float, default=3, help="minutes between evaluations")
    parser.add_argument("--start-from", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    clips = load_clips(args.root, "train", args.signals)
    tune = load_clips(args.root, args.tune, args.signals)
    sequences = Sequences(clips, args.seed)
    print(f"{len(clips)} clips, {sum(len(c.micro()) for c in clips)} micro-expressions, {len(sequences.templates)} templates; tuning {len(tune)} clips", flush=True)
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
        ticks, target, weight = (torch.from_numpy(v) for v in sequences.batch(args.batch))
        logits = net(ticks)
        loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
        loss = (loss * weight * WEIGHTS).sum() / weight.sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        averaged.update_parameters(net)
        losses.append(float(loss.detach()))
        step += 1
        if spent - last >= args.every or step == 20:
            last = spent
            row, threshold = evaluate(averaged.module, tune)
            score = row["f1"] - 0.02 * row["alarms_per_minute"]
            line = {"step": step, "minutes": round(spent, 1), "loss": round(float(np.mean(losses)), 4), "threshold": threshold, "score": round(score, 4)}
            line |= {name: round(float(value), 3) for name, value in row.items()}
            losses = []
            more = load_clips(args.root, "train", args.signals)
            if len(more) > len(clips):  # clips that were written meanwhile
                clips = more
                sequences = Sequences(clips, args.seed + step)
            line["clips"] = len(clips)
            print(json.dumps(line), flush=True)
            append(args.out / "curve.csv", line)
            if score > best and step > 20:
                best = score
                torch.save({"model": averaged.module.state_dict(), "step": step, "seed": args.seed, "figures": line}, args.out / "best.pt")
    torch.save({"model": averaged.module.state_dict(), "step": step, "seed": args.seed}, args.out / "last.pt")


def append(path, row):
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row), extrasaction="ignore")
        if new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    main()
