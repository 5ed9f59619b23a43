"""Answers of MEU-Instruct in the dialogue's three parts, as tokens that src/llm/embedded/tokenizer.ts turns back into
text.

An answer is written from a *plan*: the action units with side and how sure each is, then the category and how sure it
is (or that none is asked for). The plan is what the model decides before it speaks. Numbers are never written by the
model: the tokens {mag}, {dir} stand for the values of the region named last and are filled in from the table.
"""

import re

from . import regions
from .categories import LABELS
from .phrases import ACTIONS, ASYMMETRY, EVIDENCE, NOTHING, NOTHING_REASONS, REASONS, SUGGESTS, UNIT_NAMES
from .regions import mirror_name
from .units import MIDLINE, UNITS

UNCLEAR = 0.3  # px; a face that moves so far without an action unit is not called still
LEVELS = ["sure", "likely", "maybe"]
SIDES = ["left", "right", "both"]
# Answers to the questions that come before the text: one for each unit, then the category. Single tokens.
SIDE_ANSWERS = ["<absent>", "<left>", "<right>", "<both>"]
CATEGORY_ANSWERS = [f"<{label}>" for label in LABELS] + ["<none>"]
# What the plan is made of.
PLAN = [f"<AU{au}>" for au in UNITS] + [f"<{level}>" for level in LEVELS] + ["<say>", "<no-emotion>"]
SPECIAL = ["<pad>", "<end>", *SIDE_ANSWERS, *CATEGORY_ANSWERS, *PLAN]
REGION_TOKENS = [f"{{{name}}}" for name in regions.NAMES]
UNIT_TOKENS = [f"AU{au}" for au in UNITS]
VALUE_TOKENS = ["{mag}", "{dir}"]
PIECE = re.compile(r"\{[^}]+\}|AU\d+|\n|###|[A-Za-z']+|\d|[^\sA-Za-z\d]")


def split(text):
    """Text -> pieces; a piece that follows a blank carries it: "moves up." -> ["moves", " up", "."]."""
    out, at = [], 0
    for match in PIECE.finditer(text):
        out.append((" " if match.start() > at else "") + match.group())
        at = match.end()
    return out


def plan_tokens(plan):
    """plan: {"units": [(au, side, level)], "category": (label or "none", level) or None where it is not asked for}."""
    out = [token for au, side, level in plan["units"] for token in (f"<AU{au}>", f"<{side}>", f"<{level}>")]
    if plan["category"] is None:
        return [*out, "<no-emotion>", "<say>"]
    label, level = plan["category"]
    return [*out, f"<{label}>", f"<{level}>", "<say>"]


def answer(rng, plan, means, directed):
    """Text of the answer. means (29,) px; directed (29,) bool: the region has a direction."""

    def pick(options):
        return options[int(rng.integers(len(options)))]

    shown = [unit for unit in plan["units"] if unit[0] != 45]
    emotion = plan["category"] is not None
    lines = ["### 1. Regions"]
    if not shown:
        kind = "blink" if plan["units"] else "unclear" if max(means) >= UNCLEAR else "still"
        pool = [regions.NAMES.index(n) for n in both_sides(EVIDENCE[45])] if kind == "blink" else range(len(means))
        strongest = max(pool, key=lambda i: means[i] + (1 if kind == "blink" and directed[i] else 0))
        lines.append(pick(NOTHING[kind]).replace("{region}", REGION_TOKENS[strongest]))
        if emotion:
            lines += ["### 2. Reasoning", pick(NOTHING_REASONS[kind])]
        lines += [
            f"### {3 if emotion else 2}. Summary",
            f"Action units: {'AU45 (blink)' if plan['units'] else 'none'}. {'No micro-expression.' if emotion else 'No action units of an expression.'}",
        ]
        return "\n".join(lines)
    lines += [unit_line(pick, unit, means, directed) for unit in plan["units"]]
    if emotion:
        lines += ["### 2. Reasoning", reasoning(pick, shown, plan["category"])]
    lines += [f"### {3 if emotion else 2}. Summary", summary(plan["units"], plan["category"])]
    return "\n".join(lines)


def unit_line(pick, unit, means, directed):
    """`* Region: up, 0.8 px; Region: ...: the corner rises.

    This suggests AU12 (lip corner puller) on the person's left.`
    """
    au, side, level = unit
    places = places_of(au, side)
    ranked = sorted((regions.NAMES.index(n) for n in places), key=lambda i: -means[i])
    chosen = ranked[:1]
    other = [i for i in ranked[1:] if regions.NAMES[i] == mirror_name(regions.NAMES[ranked[0]])]
    if side == "both" and other and means[other[0]] > 0.5 * means[ranked[0]]:
        chosen.append(other[0])
    described = "; ".join(
        f"{REGION_TOKENS[i]} {'moves {dir} by' if directed[i] else 'moves about'} {{mag}} px" for i in chosen
    )
    where = f" on the person's {side}" if side != "both" else ""
    return f"* {described}: {pick(ACTIONS[au])}. {pick(SUGGESTS[level])} AU{au} ({UNIT_NAMES[au]}){where}."


def places_of(au, side):
    """Names of the regions that can show a unit; the person's left is the image's right."""
    if side == "left":
        return EVIDENCE[au]
    if side == "right":
        return [mirror_name(n) for n in EVIDENCE[au]]
    return both_sides(EVIDENCE[au])


def both_sides(names):
    return list(dict.fromkeys([*names, *(mirror_name(n) for n in names)]))


def reasoning(pick, shown, category):
    label, level = category
    sides = {side for au, side, _ in shown if au not in MIDLINE}
    start = [pick(ASYMMETRY[next(iter(sides))])] if len(sides) == 1 and "both" not in sides else []
    units = list_units([f"AU{au}" for au, _, _ in shown])
    if label == "none":  # a decision without units never gets here; units without a category are "other"
        label = "other"
    return " ".join([*start, pick(REASONS[label][level]).replace("{units}", units)])


def summary(units, category):
    listed = ", ".join(
        f"AU{au}" + (f" ({side})" if side != "both" else " (blink)" if au == 45 else "") for au, side, _ in units
    )
    if category is None:
        return f"Action units: {listed}."
    return f"Action units: {listed}. Micro-expression: {category[0].capitalize()}."


def list_units(names):
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} with {names[-1]}"


def filled(text, rois):
    """The answer's text with names and values in place of tokens, as src/llm/embedded/tokenizer.ts fills them in."""
    by_name, last, owed, out = {r["region"]: r for r in rois}, None, None, []
    for piece in re.split(r"(\{[^}]+\})", text):
        if not piece.startswith("{"):
            out.append(piece)
        elif piece == "{mag}":
            if last is None:
                last = owed = max(rois, key=lambda region: region["mean_magnitude"], default=None)
            out.append(f"{last['mean_magnitude']:.2f}" if last else "0.00")
        elif piece == "{dir}":
            out.append("in no clear direction" if last is None or last["angle_deg"] is None else last["direction"])
        else:
            last, owed = owed or by_name[piece[1:-1]], None
            out.append(last["region"])
    return "".join(out)
