"""Write MEU-Instruct: instruction-answer pairs in MELLM's dialogue, one JSON object a line.

    python -m mellm.bank --out .cache/mellm --split train --pairs 20000   # and val, test
    python -m mellm.generate --bank .cache/mellm --split train --pairs 50000 --out meu-instruct-train.jsonl
    python -m mellm.generate --bank .cache/mellm --split test --out meu-instruct-test.jsonl

Every pair has gone from pixels through MEFlowNet and the regions (mellm.bank). Beyond the measured ones, --pairs asks
for more: these are measured pairs mirrored, scaled and added (mellm.mixing), marked "mixed": true. val and test hold
measured pairs only.

A line: id, split, identity, kind (units, nothing, blink, gaze, flutter), mixed, rois (29, as the server's report),
units [{au, side, px}], category {label, probabilities} (label "none" for null pairs; drawn from the probabilities of
the published codings), decided (the units decide one of the three classes), emotion (whether the answer speaks of it),
messages [{role, content}] (user turn, answer).
"""

import argparse
import json
from pathlib import Path

import numpy as np

from . import bank, data, language, regions
from .categories import LABELS, is_decided
from .mixing import Mixer
from .prompt import user_turn
from .units import UNITS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bank", type=Path, default=Path(".cache/mellm"))
    parser.add_argument("--split", default="train", choices=("train", "val", "test"))
    parser.add_argument("--pairs", type=int, help="default: as many as were measured")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dialect", default="mellm", choices=("mellm", "paper"))
    parser.add_argument("--lean", action="store_true", help="no messages: for evaluation")
    args = parser.parse_args()
    rows = bank.load(args.bank, args.split)
    measured = len(rows["table"])
    count = args.pairs or measured
    if count > measured and args.split != "train":
        raise SystemExit(
            f"only {measured} {args.split} pairs measured; mellm.bank --split {args.split} --pairs {count} makes more"
        )
    with args.out.open("w") as out:
        for item in items(rows, args.split, count, args.seed, args.dialect, args.lean):
            out.write(json.dumps(item, ensure_ascii=False) + "\n")
    print(f"{count} pairs -> {args.out}")


def items(rows, split, count, seed, dialect="mellm", lean=False):
    """Yield lines; each depends on (seed, split, its number) and the bank alone."""
    measured = len(rows["table"])
    for i in range(min(count, measured)):
        yield item(
            np.random.default_rng([seed, i]),
            f"{split}-{int(rows['index'][i]):06d}",
            split,
            rows["table"][i],
            rows["units"][i],
            dialect,
            lean,
            {"identity": str(rows["identity"][i]), "kind": str(rows["kind"][i]), "mixed": False},
        )
    mixer = Mixer(rows, whole=0.0, mixed=0.6)
    for start in range(measured, count, 256):
        rng = np.random.default_rng([seed, 77, start])
        table, units = mixer.batch(rng, 256)
        for k in range(min(256, count - start)):
            some = units[k, :-1].amax() > 0
            yield item(
                rng,
                f"{split}-m{start + k:06d}",
                split,
                table[k],
                units[k].numpy(),
                dialect,
                lean,
                {"identity": None, "kind": "units" if some else "nothing", "mixed": True},
            )


def item(rng, name, split, table, px, dialect, lean, about):
    answers = data.side_answers(px[None])[0]
    shown = tuple(au for au, a in zip(UNITS, answers) if a != data.ABSENT and au != 45)
    odds = data.category_targets(answers[None])[0]
    label = [*LABELS, "none"][int(rng.choice(5, p=odds / odds.sum()))]
    rois = [report_line(regions.NAMES[i], row) for i, row in enumerate(table)]
    units = [
        {"au": f"AU{au}", "side": language.SIDES[a - 1], "px": round(float(px[k].max()), 3)}
        for k, (au, a) in enumerate(zip(UNITS, answers))
        if a != data.ABSENT
    ]
    out = {
        "id": name,
        "split": split,
        **about,
        "rois": rois,
        "units": units,
        "decided": bool(shown) and is_decided(shown),
        "category": {"label": label, "probabilities": {n: round(float(p), 4) for n, p in zip([*LABELS, "none"], odds)}},
    }
    if lean:
        return out
    emotion = bool(rng.random() >= 0.15)
    plan = plan_of(answers, px, label, odds if emotion else None)
    text = language.filled(language.answer(rng, plan, table[:, 0], np.isfinite(table[:, 2])), rois)
    turns = [{"role": "user", "content": user_turn(rois, dialect, emotion)}, {"role": "assistant", "content": text}]
    return out | {"emotion": emotion, "messages": turns}


def plan_of(answers, px, label, odds):
    """How sure an answer is: of a unit by how far it moved, of the category by its share of the codings."""

    def level(v, high, low):
        return "sure" if v >= high else "likely" if v >= low else "maybe"

    units = [
        (au, language.SIDES[a - 1], level(float(px[k].max()), 0.9, 0.5))
        for k, (au, a) in enumerate(zip(UNITS, answers))
        if a != data.ABSENT
    ]
    if odds is None:
        return {"units": units, "category": None}
    return {"units": units, "category": (label, level(float(odds.max()) if label != "none" else 1.0, 0.85, 0.65))}


def report_line(name, row):
    """One region as FlowReport has it."""
    mean, most, angle, concentration = (float(v) for v in row)
    direction = (
        regions.NO_MOTION
        if mean < regions.STILL_BELOW
        else regions.NO_DIRECTION
        if np.isnan(angle)
        else regions.DIRECTIONS[regions.js_round(angle / 45) % 8]
    )
    return {
        "region": name,
        "mean_magnitude": round(mean, 4),
        "max_magnitude": round(most, 4),
        "direction": direction,
        "angle_deg": None if np.isnan(angle) else round(angle, 2),
        "concentration": round(concentration, 4),
    }


if __name__ == "__main__":
    main()
