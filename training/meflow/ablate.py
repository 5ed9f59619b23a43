"""Train MEFlowNet with one thing changed at a time, from the same seed and for the same number of pairs, and print the
validation metrics.

    nice python -m meflow.ablate --cache .cache --out .cache/ablations --steps 1500   # hours on one core; resumes
    python -m meflow.ablate --cache .cache --out .cache/ablations --steps 1500 --only base steps2

Prints a Markdown table; each variant has its own run folder (written by meflow.train). A finished variant is not run
again.
"""

import argparse
import csv
import json
import subprocess
import sys
from pathlib import Path

# Options of meflow.train besides the schedule.
VARIANTS = {
    "base": ("as shipped", {}),
    "raw": ("no local normalisation", {"model": {"normalise": False}}),
    "fine": ("no coarse first step", {"model": {"coarse": False}}),
    "steps2": ("2 iterations instead of 3", {"model": {"steps": 2}}),
    "steps4": ("4 iterations", {"model": {"steps": 4}}),
    "wide": ("width 48 instead of 32", {"model": {"width": 48}}),
    "even": ("no weight on what moves", {"loss": {"moving": 0.0}}),
    "last": ("loss at the last iteration only", {"loss": {"iterations": 0.0}}),
    "no-null": ("no pairs without expression", {"data": {"shares": [0, 0.58, 0.18, 0.12, 0.12, 0]}}),
    "shapes": ("blendshapes alone, no free-form motion", {"data": {"shares": [0.12, 0.88, 0, 0, 0, 0]}}),
    "clean": ("trained on benign pairs alone", {"data": {"level": "benign"}}),
}
COLUMNS = ("facial", "moving", "expression", "null")


def last_row(folder, steps):
    """The metrics after `steps` steps, or None if the run is not finished."""
    path = folder / "curve.csv"
    rows = list(csv.DictReader(path.open())) if path.exists() else []
    return rows[-1] if rows and int(rows[-1]["step"]) >= steps else None


def table(out, steps, names):
    lines = [
        "| | " + " | ".join(f"{column}, {level}" for level in ("benign", "full") for column in COLUMNS) + " | score |",
        "| --- |" + " --- |" * 9,
    ]
    for name in names:
        row = last_row(out / name, steps)
        if row:
            metrics = [float(row[f"{level}_{column}"]) for level in ("benign", "full") for column in COLUMNS] + [
                float(row["score"])
            ]
            lines.append(f"| {VARIANTS[name][0]} | " + " | ".join(f"{metric:.3f}" for metric in metrics) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path(".cache"))
    parser.add_argument("--out", type=Path, default=Path(".cache/ablations"))
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--val-pairs", type=int, default=48)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    args = parser.parse_args()
    for name in args.only:
        if last_row(args.out / name, args.steps):
            continue
        command = [
            sys.executable,
            "-m",
            "meflow.train",
            "--cache",
            str(args.cache),
            "--out",
            str(args.out / name),
            "--steps",
            str(args.steps),
            "--every",
            str(max(1, args.steps // 3)),
            "--val-pairs",
            str(args.val_pairs),
            "--seed",
            str(args.seed),
            "--device",
            args.device,
            "--workers",
            str(args.workers),
            "--resume",
        ]
        for option, value in VARIANTS[name][1].items():
            command += [f"--{option}", json.dumps(value)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(table(args.out, args.steps, args.only))


if __name__ == "__main__":
    main()
