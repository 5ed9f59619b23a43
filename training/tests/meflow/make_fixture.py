"""Make tests/fixtures/meflowdataset: four synthetic pairs from generated (CC0) portraits only.

Run from training/ with a full cache: python -m tests.meflow.make_fixture.
"""

import json
from pathlib import Path

import torch

from meflow.dataset import MEFlowDataset
from meflow.layout import write_pair

PAIRS = [("test", 6), ("test", 15), ("test", 2), ("val", 3)]
ROOT = Path("tests/fixtures/meflowdataset")

torch.set_num_threads(1)
for split, index in PAIRS:
    pair = MEFlowDataset(".cache", split, seed=3, level="mixed", source="generated")[index]
    write_pair(ROOT / split / f"{index:06d}", pair, index, compress=True, rounding=1 / 256)
about = {
    "name": "MEFlowDataset",
    "version": 1,
    "synthetic": True,
    "seed": 3,
    "level": "mixed",
    "size": 224,
    "pairs": {"val": 1, "test": 3},
}
(ROOT / "dataset.json").write_text(json.dumps(about, indent=1) + "\n")
