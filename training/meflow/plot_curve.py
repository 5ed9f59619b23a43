"""Draw the training curve: python -m meflow.plot_curve .cache/run/curve.csv ../models/meflownet/curve.png"""

import csv
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def main(source, target):
    rows = list(csv.DictReader(open(source)))
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
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    main(*sys.argv[1:3])
