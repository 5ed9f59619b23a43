"""Draw the training curve.

python -m meflow.plot_curve .cache/run/curve.csv ../models/meflownet/curve.png
"""

import argparse
import csv
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("curve", type=Path, help="curve.csv of a run")
    parser.add_argument("image", type=Path)
    args = parser.parse_args()
    with args.curve.open() as file:
        rows = list(csv.DictReader(file))
    pairs = [int(r["pairs"]) / 1000 for r in rows]
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharex=True)
    for axis, level in zip(axes, ("benign", "full")):
        for name in ("facial", "moving", "expression", "null"):
            axis.plot(pairs, [float(r[f"{level}_{name}"]) for r in rows], label=name)
        axis.set_yscale("log")
        axis.set_title(f"validation pairs, {level}")
        axis.set_xlabel("training pairs, thousands")
        axis.grid(alpha=0.3, which="both")
    axes[0].set_ylabel("end-point error, px")
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(args.image, dpi=110)


if __name__ == "__main__":
    main()
