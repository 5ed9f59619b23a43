"""Units, categories, language: MEU-Instruct's pairs say what is true of them."""

import json
import re

import numpy as np

from mellm import data, generate, language, mixing
from mellm.categories import category_distribution, is_decided
from mellm.tokenizer import Tokenizer
from mellm.units import COMBINATIONS, UNITS, draw_combination, held_out


def test_held_out_combinations_are_never_drawn_for_training():
    rng = np.random.default_rng(0)
    drawn = {draw_combination(rng, "train") for _ in range(2000)}
    assert not any(held_out(c) for c in drawn)
    assert any(held_out(c) for c, _ in COMBINATIONS)
    assert any(held_out(draw_combination(rng, "test")) for _ in range(300))


def test_categories_keep_ambiguity():
    assert category_distribution((12,)).argmax() == 1
    assert category_distribution((1, 2)).argmax() == 2
    assert category_distribution((4, 7)).argmax() == 0
    assert not is_decided((14,))
    assert category_distribution((14,)).max() < 0.7
    for combination, _ in COMBINATIONS:
        assert abs(category_distribution(combination).sum() - 1) < 1e-9


def test_sides_of_units():
    px = np.zeros((1, len(UNITS), 2))
    px[0, UNITS.index(12)] = (1.0, 0.0)
    px[0, UNITS.index(4)] = (1.0, 0.8)
    px[0, UNITS.index(17)] = (0.5, 0.5)
    px[0, UNITS.index(5)] = (0.05, 0.05)
    answers = data.side_answers(px)[0]
    assert [answers[UNITS.index(au)] for au in (12, 4, 17, 5)] == [data.LEFT, data.BOTH, data.BOTH, data.ABSENT]


def test_answers_name_their_units_and_stay_in_the_vocabulary(small_bank):
    tokenizer = Tokenizer()
    for item in generate.items(small_bank, "train", 120, seed=3):
        text = item["messages"][1]["content"]
        assert set(re.findall(r"AU\d+", text.split("Summary")[1])) == {u["au"] for u in item["units"]}
        assert not re.search(r"[{}<>]", text)
        if not item["emotion"]:
            assert not re.search(
                r"negative|positive|surprise|emotion|feeling", "".join(m["content"] for m in item["messages"]), re.I
            )
        json.dumps(item)
    mixer, rng = mixing.Mixer(small_bank), np.random.default_rng(0)
    for _, tokens, labels in data.text_batch(mixer, rng, 8, tokenizer):
        assert tokens.shape == labels.shape
        assert (labels[:, 0] == -100).all()


def test_generation_repeats_itself(small_bank):
    one, two = (list(generate.items(small_bank, "train", 70, seed=5)) for _ in range(2))
    assert one == two
    assert len(one) == 70


def test_splitting_loses_nothing():
    text = "### 1. Regions\n* {Chin} moves {dir} by {mag} px: it's up. AU12 (left), AU4."
    assert "".join(language.split(text)) == text
