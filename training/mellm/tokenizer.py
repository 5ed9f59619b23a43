"""Word-level tokens of the answers; the vocabulary is written to tokenizer.json and read by
src/llm/embedded/tokenizer.ts.
"""

import json
from pathlib import Path

from .language import CATEGORY_ANSWERS, REGION_TOKENS, SIDE_ANSWERS, SPECIAL, UNIT_TOKENS, VALUE_TOKENS, split
from .phrases import ACTIONS, ASYMMETRY, NOTHING, NOTHING_REASONS, REASONS, SUGGESTS, UNIT_NAMES


class Tokenizer:
    def __init__(self, pieces=None):
        self.pieces = pieces or vocabulary()
        self.ids = {piece: i for i, piece in enumerate(self.pieces)}
        self.answers = self.tokens([*SIDE_ANSWERS, *CATEGORY_ANSWERS])

    def __len__(self):
        return len(self.pieces)

    def encode(self, text):
        return [self.ids[piece] for piece in split(text)]

    def tokens(self, names):
        return [self.ids[name] for name in names]

    def save(self, path):
        Path(path).write_text(json.dumps({"pieces": self.pieces}, ensure_ascii=False, indent=0) + "\n")


def vocabulary():
    """Special tokens first, then every piece that a phrase can give, with and without a blank before it."""
    strings = list(UNIT_NAMES.values())
    for table in (ACTIONS, SUGGESTS, ASYMMETRY, NOTHING, NOTHING_REASONS):
        strings += [s for options in table.values() for s in options]
    strings += [s for levels in REASONS.values() for options in levels.values() for s in options]
    frame = [
        "### 1. Regions\n",
        "### 2. Reasoning\n### 2. Summary ### 3. Summary",
        "* moves by px; moves about by px: . (). on the person's left on the person's right. , with and",
        "Action units: none. (blink) (left) (right), No micro-expression. No action units of an expression. Micro-expression: Negative. Positive. Surprise. Other.",
    ]
    names = {piece for s in [*strings, *frame] for piece in split(s.replace("{units}", "").replace("{region}", ""))} - {
        " {mag}",
        " {dir}",
        "{mag}",
        "{dir}",
    }
    names = {n.strip(" ") for n in names}
    names |= {" " + n for n in names if n != "\n"}
    words = sorted(names)
    marks = [blank + token for token in [*REGION_TOKENS, *UNIT_TOKENS, *VALUE_TOKENS] for blank in ("", " ")]
    return [*SPECIAL, *marks, *[w for w in words if w not in SPECIAL and w not in marks]]
