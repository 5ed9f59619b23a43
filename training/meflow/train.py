"""Train MEFlowNet on streamed MEFlowDataset pairs.

    python -m meflow.train --cache .cache --out .cache/run --steps 16000 --seed 1            # CPU, one thread
    python -m meflow.train --cache .cache --out .cache/run --steps 200000 --device cuda --batch 32 --workers 12 --resume

Writes into --out: last.pt (model, averaged model, optimiser, step: what --resume needs), best.pt (averaged weights with
the lowest validation score) and curve.csv. SIGTERM saves last.pt after the current step and ends the run. Pair k of the
run is number k of the training stream, so a resumed run sees the same pairs as an uninterrupted one.
"""

import argparse
import csv
import json
import signal
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from .backward import backward_pair
from .dataset import MEFlowDataset
from .losses import cycle_loss, total_loss
from .metrics import pair_measures, summary
from .model import MEFlowNet
from .real_faces import RealFaces

FIELDS = ("onset", "apex", "facial", "head", "visible", "face", "known")


class Stream(Dataset):
    """Training pairs first..last, without their info. both_ways: each field has two rows, the pair and its reverse."""

    def __init__(self, dataset, first, last, both_ways=False):
        self.dataset, self.first, self.last, self.both_ways = dataset, first, last, both_ways

    def __len__(self):
        return self.last - self.first

    def __getitem__(self, index):
        pair = self.dataset[self.first + index]
        pair.setdefault("known", torch.ones_like(pair["face"]))
        if not self.both_ways:
            return {name: pair[name].float() for name in FIELDS}
        back = backward_pair(pair)
        return {name: torch.stack([pair[name].float(), back[name].float()]) for name in FIELDS}


class Mixture:
    """MEFlowDataset's pairs and, for a share of the indices, RealFaces' (by seed and index, in any order of access)."""

    def __init__(self, synthetic, real, share):
        self.synthetic, self.real, self.share = synthetic, real, share

    def __getitem__(self, index):
        chosen = np.random.default_rng([self.synthetic.seed, 90, index]).random() < self.share
        return (self.real if chosen else self.synthetic)[index]


def frozen_pairs(cache, level, count, split="val", seed=7):
    dataset = (
        RealFaces.of_cache(cache, split, seed, camera=False)
        if level == "real"
        else MEFlowDataset(cache, split, seed, level)
    )
    return [dataset[i] for i in range(count)]


@torch.no_grad()
def evaluate(model, pairs, device):
    """Mean metrics over pairs."""
    rows = []
    for pair in pairs:
        facial, head, _ = model(pair["onset"][None].to(device), pair["apex"][None].to(device))
        truth = {name: pair[name].numpy() for name in FIELDS if name in pair} | {
            "still": pair["info"]["head"] == "still"
        }
        rows.append(pair_measures(facial[0].cpu().numpy(), head[0].cpu().numpy(), truth))
    return summary(rows, ("facial", "moving", "expression", "null"))


def learning_rate(step, steps, peak, warm=300):
    """Linear warm-up, then a cosine to a fiftieth."""
    if step < warm:
        return peak * (step + 1) / warm
    return float(peak * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * min(1.0, (step - warm) / max(1, steps - warm))))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path(".cache"))
    parser.add_argument("--out", type=Path, default=Path(".cache/run"))
    parser.add_argument("--steps", type=int, default=16000)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--lr", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0, help="processes that make pairs; 0: the main process")
    parser.add_argument("--every", type=int, default=500, help="steps between evaluations")
    parser.add_argument("--val-pairs", type=int, default=48)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument(
        "--start-from", type=Path, help="initial weights (a best.pt): a warm restart with a new schedule"
    )
    parser.add_argument(
        "--cycle",
        type=float,
        default=0.0,
        help="weight of the forward-backward error; above 0 every pair is seen in both directions",
    )
    parser.add_argument(
        "--real",
        type=float,
        default=0.0,
        help="share of the pairs that are real faces with difference truth (meflow.prepare_real)",
    )
    parser.add_argument(
        "--model", type=json.loads, default={}, help="options of MEFlowNet as JSON, e.g. '{\"steps\": 2}'"
    )
    parser.add_argument("--loss", type=json.loads, default={}, help="options of total_loss as JSON")
    parser.add_argument(
        "--data", type=json.loads, default={}, help="options of the training pairs (MEFlowDataset) as JSON"
    )
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    model = MEFlowNet(**args.model).to(args.device)
    if args.start_from:
        model.load_state_dict(torch.load(args.start_from, map_location=args.device)["model"])
    averaged = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998)
    )
    decay = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decay, "weight_decay": 1e-3}, {"params": rest, "weight_decay": 0}], lr=args.lr, betas=(0.9, 0.99)
    )
    step, best = 0, float("inf")
    if args.resume and (args.out / "last.pt").exists():
        saved = torch.load(args.out / "last.pt", map_location=args.device)
        model.load_state_dict(saved["model"])
        averaged.load_state_dict(saved["averaged"])
        optimiser.load_state_dict(saved["optimiser"])
        step, best = saved["step"], saved["best"]
    val = {
        level: frozen_pairs(args.cache, level, args.val_pairs)
        for level in ("benign", "full", *(["real"] if args.real > 0 else []))
    }
    dataset = MEFlowDataset(args.cache, "train", args.seed, **{"level": "mixed"} | args.data)
    if args.real > 0:
        dataset = Mixture(dataset, RealFaces.of_cache(args.cache, "train", args.seed), args.real)
    loader = DataLoader(
        Stream(dataset, step * args.batch, args.steps * args.batch, args.cycle > 0),
        args.batch,
        num_workers=args.workers,
        prefetch_factor=4 if args.workers else None,
    )
    began, running, stopping = time.time(), [], []
    signal.signal(signal.SIGTERM, lambda number, frame: stopping.append(number))  # finish the step, save, end
    for batch in loader:
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, args.steps, args.lr)
        pair = {name: value.to(args.device) for name, value in batch.items()}
        if args.cycle > 0:  # (B, 2, ...) -> (2B, ...): pair, backwards, pair, backwards
            pair = {name: value.flatten(0, 1) for name, value in pair.items()}
        output = model(pair["onset"], pair["apex"], every_step=True)
        loss = total_loss(output, pair, **args.loss)
        if args.cycle > 0:
            loss = loss + args.cycle * cycle_loss(
                output[0][0::2], output[0][1::2], {name: value[0::2] for name, value in pair.items()}
            )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        if torch.isfinite(norm):
            optimiser.step()
            averaged.update_parameters(model)
        running.append(float(loss.detach()))
        step += 1
        if step % args.every == 0 or step == args.steps:
            averaged.module.eval()
            metrics = {level: evaluate(averaged.module, pairs, args.device) for level, pairs in val.items()}
            score = float(sum(f["facial"] + f["moving"] + f["expression"] for f in metrics.values()))
            row = {
                "step": step,
                "pairs": step * args.batch,
                "seconds": round(time.time() - began, 1),
                "loss": round(float(np.mean(running)), 5),
            }
            row |= {f"{level}_{name}": round(value, 4) for level, f in metrics.items() for name, value in f.items()} | {
                "score": round(score, 4)
            }
            running = []
            append(args.out / "curve.csv", row)
            print(json.dumps(row), flush=True)
            if score < best:
                best = score
                torch.save(
                    {
                        "model": averaged.module.state_dict(),
                        "options": args.model,
                        "step": step,
                        "seed": args.seed,
                        "batch": args.batch,
                    },
                    args.out / "best.pt",
                )
        if step % args.every == 0 or step == args.steps or stopping:
            torch.save(
                {
                    "model": model.state_dict(),
                    "averaged": averaged.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "step": step,
                    "best": best,
                    "options": args.model,
                },
                args.out / "last.pt",
            )
        if stopping:
            break


def append(path, row):
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    main()
