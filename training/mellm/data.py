"""Batches for the embedded model: features with the answer to each question, and features with a plan and its text."""

import numpy as np
import torch

from . import language
from .categories import LABELS, category_distribution
from .features import features
from .units import MIDLINE, UNITS

VISIBLE = 0.2  # px; smaller motion is labelled absent
ONE_SIDED = 0.35  # of the stronger side: below it the weaker one counts as resting
ABSENT, LEFT, RIGHT, BOTH = range(4)
NONE = len(LABELS)


def side_answers(units):
    """(n, 21, 2) px -> (n, 21) index into SIDE_ANSWERS."""
    units = np.asarray(units)
    left, right = units[..., 0], units[..., 1]
    most = np.maximum(left, right)
    out = np.where(left < ONE_SIDED * most, RIGHT, np.where(right < ONE_SIDED * most, LEFT, BOTH))
    middle = np.array([au in MIDLINE for au in UNITS])
    return np.where(most < VISIBLE, ABSENT, np.where(middle, BOTH, out))


def category_targets(answers):
    """(n, 21) -> (n, 5) probabilities of CATEGORY_ANSWERS."""
    out = np.zeros((len(answers), NONE + 1), np.float32)
    for i, row in enumerate(answers):
        shown = tuple(au for au, a in zip(UNITS, row) if a != ABSENT and au != 45)
        if shown:
            out[i, :NONE] = category_distribution(shown)
        else:
            out[i, NONE] = 1
    return out


def question_batch(mixer, rng, n):
    """features (n, 29, 8), answers (n, 21), category (n, 5)."""
    table, units = mixer.batch(rng, n)
    answers = side_answers(units)
    return torch.from_numpy(features(table)), torch.from_numpy(answers), torch.from_numpy(category_targets(answers))


def draw_plan(rng, answers):
    """A plan for one pair: mostly what it shows, at times what it does not (a model must stand by its decisions),
    levels at random.
    """

    def level():
        return language.LEVELS[int(rng.integers(3))]

    chosen = [(au, language.SIDES[a - 1]) for au, a in zip(UNITS, answers) if a != ABSENT]
    if rng.random() < 0.3:
        count = int(rng.integers(0, 5))
        extra = rng.choice(len(UNITS), count, replace=False)
        chosen = [
            (UNITS[i], "both" if UNITS[i] in MIDLINE else language.SIDES[int(rng.integers(3))]) for i in sorted(extra)
        ]
    units = [(au, side, level()) for au, side in chosen]
    if rng.random() < 0.2:
        return {"units": units, "category": None}
    shown = tuple(au for au, _ in chosen if au != 45)
    if not shown:
        return {"units": units, "category": ("none", level())}
    odds = category_distribution(shown) ** 0.5
    return {"units": units, "category": (LABELS[int(rng.choice(4, p=odds / odds.sum()))], level())}


def text_batch(mixer, rng, n, tokenizer, pool=4):
    """features (n, 29, 8), tokens (n, T), labels (n, T) with -100 where no loss applies; one of `pool` batches of like
    length.
    """
    table, units = mixer.batch(rng, n * pool)
    answers = side_answers(units)
    rows = []
    for i in range(n * pool):
        plan = draw_plan(rng, answers[i])
        text = language.answer(rng, plan, table[i, :, 0], np.isfinite(table[i, :, 2]))
        ahead = tokenizer.tokens(language.plan_tokens(plan))
        answer = [*tokenizer.encode(text), tokenizer.ids["<end>"]]
        rows.append((ahead + answer, [-100] * (len(ahead) - 1) + answer + [-100], i))
    rows.sort(key=lambda row: len(row[0]))
    order = rng.permutation(pool)
    inputs = torch.from_numpy(features(table))
    for part in order:
        some = rows[part * n : (part + 1) * n]
        length = max(len(tokens) for tokens, _, _ in some)
        tokens = torch.tensor([t + [tokenizer.ids["<pad>"]] * (length - len(t)) for t, _, _ in some])
        labels = torch.tensor([own + [-100] * (length - len(own)) for _, own, _ in some])
        yield inputs[[i for _, _, i in some]], tokens, labels
