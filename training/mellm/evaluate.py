"""Calibrate the embedded MELLM on the validation split and measure it on the test split, beside two baselines.

RUN=.cache/mellm-run
python -m mellm.evaluate --weights $RUN/last.pt --calibrate $RUN/calibration.json
python -m mellm.evaluate --weights $RUN/last.pt --calibration $RUN/calibration.json --json metrics.json
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from . import bank, data
from .baselines import fit_logistic, logistic_probabilities, threshold_rule
from .categories import is_decided
from .export import load
from .features import features
from .metrics import calibration_error, confusion, multilabel, uf1_uar
from .tokenizer import Tokenizer
from .units import JUDGED, MIDLINE, UNITS, held_out

PEAK = 0.7  # px


@torch.no_grad()
def answer_logits(model, tokenizer, table):
    """Raw logits: units (n, 21, 4) and category (n, 5)."""
    units, categories = [], []
    for part in torch.from_numpy(features(table)).split(128):
        logits = model.answers(part, tokenizer.answers)
        units.append(logits[:, :-1, :4])
        categories.append(logits[:, -1, 4:])
    return torch.cat(units).numpy(), torch.cat(categories).numpy()


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def presence(units, temperature):
    return 1 - softmax(units / temperature)[..., 0]


def calibrate(units, categories, answers, targets):
    """Temperatures by log-likelihood, and for each unit the threshold of best F1, pulled towards 0.5 and limited to 0.3
    .. 0.7.
    """
    grid = np.geomspace(0.5, 3, 40)
    flat = np.take_along_axis
    unit_t = min(grid, key=lambda t: -np.log(flat(softmax(units / t), answers[..., None], -1) + 1e-9).mean())
    category_t = min(grid, key=lambda t: -(targets * np.log(softmax(categories / t) + 1e-9)).sum(-1).mean())
    present, truth = presence(units, unit_t), answers != data.ABSENT
    thresholds = []
    for k in range(len(UNITS)):
        options = np.linspace(0.3, 0.7, 17)
        scores = [
            (2 * ((present[:, k] > t) & truth[:, k]).sum() + 10 * 0.8)
            / ((present[:, k] > t).sum() + truth[:, k].sum() + 10)
            - 0.05 * abs(t - 0.5)
            for t in options
        ]
        thresholds.append(round(float(options[int(np.argmax(scores))]), 3))
    return {
        "unit_temperature": round(float(unit_t), 4),
        "category_temperature": round(float(category_t), 4),
        "thresholds": thresholds,
    }


def judge(present, category, rows, decided_px=PEAK):
    """Metrics of one recogniser. present: (n, 21) bool; category: (n,) index into LABELS, 4 none."""
    truth, strong, null, labels, decided = rows["truth"], rows["strong"], rows["null"], rows["label"], rows["decided"]
    judged = [UNITS.index(au) for au in JUDGED]
    use = strong | null
    f1 = multilabel(truth[use][:, judged], present[use][:, judged])
    three = decided & strong
    uf1, uar = uf1_uar(labels[three], category[three], 3)
    return {
        "au_f1": {f"AU{au}": round(float(v), 4) for au, v in zip(JUDGED, f1)},
        "au_macro_f1": round(float(np.mean(f1)), 4),
        "au_macro_f1_without_null_pairs": round(
            float(np.mean(multilabel(truth[strong][:, judged], present[strong][:, judged]))), 4
        ),
        "category_uf1": round(uf1, 4),
        "category_uar": round(uar, 4),
        "confusion": confusion(labels[three], category[three], 3, 5).tolist(),
        "null_recall": round(float((~present[null][:, :-1].any(1)).mean()), 4),
        "pairs": {
            "judged": int(use.sum()),
            "strong": int(strong.sum()),
            "null": int(null.sum()),
            "category": int(three.sum()),
        },
    }


def facts(rows):
    """What is true of each pair of a bank."""
    answers = data.side_answers(rows["units"])
    truth = answers != data.ABSENT
    peaks = rows["units"].max(2)[:, :-1]
    shown = [tuple(au for au, t in zip(UNITS, row) if t and au != 45) for row in truth]
    targets = data.category_targets(answers)
    any_unit = peaks.max(1) > 0
    return {
        "answers": answers,
        "truth": truth,
        "targets": targets,
        "label": targets.argmax(1),
        "null": ~any_unit,
        "strong": any_unit & np.array([(row[row > 0] >= PEAK).all() for row in peaks]),
        "decided": np.array([bool(c) and is_decided(c) for c in shown]),
    }


def decide(units, categories, calibration):
    """present (n, 21), category (n,), probabilities (n, 21), category probabilities (n, 5), as
    src/llm/embedded/decide.ts decides.
    """
    p = presence(units, calibration["unit_temperature"])
    odds = softmax(categories / calibration["category_temperature"])
    present = p >= np.array(calibration["thresholds"])
    category = np.where(present[:, :-1].any(1), odds[:, :4].argmax(1), 4)
    return present, category, p, odds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bank", type=Path, default=Path(".cache/mellm"))
    parser.add_argument("--train-bank", type=Path, help="to fit the baselines on; default: --bank")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--calibrate", type=Path, help="fit on the validation split and write here")
    parser.add_argument("--calibration", type=Path)
    parser.add_argument("--split", default="test")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    model, _ = load(args.weights)
    tokenizer = Tokenizer()
    if args.calibrate:
        val = bank.load(args.bank, "val")
        known = facts(val)
        fitted = calibrate(*answer_logits(model, tokenizer, val["table"]), known["answers"], known["targets"])
        args.calibrate.write_text(json.dumps(fitted) + "\n")
        print(fitted)
        return
    rows = bank.load(args.bank, args.split)
    known = facts(rows)
    calibration = json.loads(args.calibration.read_text())
    present, category, p, odds = decide(*answer_logits(model, tokenizer, rows["table"]), calibration)
    rng = np.random.default_rng(0)
    drawn = np.array([rng.choice(5, p=t / t.sum()) for t in known["targets"]])
    metrics = {
        "flow": rows["flow"][:8],
        "mellm": judge(present, category, known)
        | {
            "au_ece": round(
                calibration_error(
                    p[:, [UNITS.index(a) for a in JUDGED]].ravel(),
                    known["truth"][:, [UNITS.index(a) for a in JUDGED]].ravel(),
                ),
                4,
            ),
            "category_ece": round(calibration_error(odds.max(1), drawn == odds.argmax(1)), 4),
            "new_combinations": new_combinations(known, present),
            "side_accuracy": side_accuracy(model, tokenizer, rows, known, present),
        },
    }
    train = bank.load(args.train_bank or args.bank, "train")
    metrics["threshold_rule"] = judge(*threshold_rule(train, rows), known)
    metrics["logistic_regression"] = judge(*logistic_probabilities(fit_logistic(train), rows), known)
    print(json.dumps(metrics, indent=1))
    if args.json:
        args.json.write_text(json.dumps(metrics, indent=1) + "\n")


def new_combinations(known, present):
    """Micro F1 of the judged units over pairs above the peak whose combination no training pair shows."""
    judged = [UNITS.index(au) for au in JUDGED]
    new = known["strong"] & np.array(
        [held_out(tuple(au for au, t in zip(UNITS, row) if t and au != 45)) for row in known["truth"]]
    )
    truth, predicted = known["truth"][new][:, judged], present[new][:, judged]
    return {
        "pairs": int(new.sum()),
        "micro_f1": round(float(2 * (truth & predicted).sum() / max(1, truth.sum() + predicted.sum())), 4),
    }


def side_accuracy(model, tokenizer, rows, known, present):
    """Share of right sides among the units that were found, where they have sides."""
    units, _ = answer_logits(model, tokenizer, rows["table"])
    side = units[..., 1:].argmax(-1) + 1
    found = present & known["truth"] & known["strong"][:, None]
    found[:, [i for i, au in enumerate(UNITS) if au in MIDLINE]] = False
    return round(float((side == known["answers"])[found].mean()), 4)


if __name__ == "__main__":
    main()
