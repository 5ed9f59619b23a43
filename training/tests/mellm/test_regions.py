"""The regions against the server's, the mixing against measuring."""

import gzip
import json
from pathlib import Path

import numpy as np
import torch

from meflow.layout import decode_flow
from mellm import bank, mixing, regions

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = json.loads((ROOT / "tests/llm/fixtures/region-motion.json").read_text())
PAIRS = ROOT / "training/tests/fixtures/meflowdataset"
LANDMARKS = np.array(GOLDEN["landmarks"], np.float32).reshape(468, 2)


def expression(pair):
    facial, head = (
        decode_flow(gzip.decompress((PAIRS / pair / f"{name}.flo.gz").read_bytes())) for name in ("facial", "head")
    )
    return facial - head


def test_same_figures_as_the_server():
    for pair, expected in GOLDEN["pairs"].items():
        for ours, theirs in zip(regions.measure(expression(pair), LANDMARKS), expected, strict=True):
            assert ours["region"] == theirs["region"]
            assert ours["direction"] == theirs["direction"]
            for name in ("mean_magnitude", "max_magnitude", "concentration"):
                assert abs(ours[name] - theirs[name]) < 1e-3
            assert abs((ours["angle_deg"] or 0) - (theirs["angle_deg"] or 0)) < 0.5


def test_mirrored_names_are_regions():
    assert sorted(regions.MIRROR) == list(range(29))
    assert (regions.MIRROR[regions.MIRROR] == np.arange(29)).all()


def test_patches_measure_like_the_field():
    flow = expression("test/000015")
    expected = bank.table_of(regions.measure(flow, LANDMARKS))
    found = mixing.measure(torch.from_numpy(bank.patches(flow, LANDMARKS)).float()[None])[0]
    assert np.nanmax(np.abs(found[:, [0, 3]] - expected[:, [0, 3]])) < 0.05  # nominal squares may differ by a row


def test_mirroring_pixels_mirrors_the_table(small_bank):
    flow = torch.from_numpy(small_bank["patches"][:8]).float()
    mirrored = mixing.measure(flow[:, :, mixing.PIXEL_MIRROR] * torch.tensor([-1.0, 1.0])[:, None])
    straight = mixing.measure(flow)[:, regions.MIRROR]
    assert np.allclose(mirrored[..., [0, 1, 3]], straight[..., [0, 1, 3]], atol=1e-5)
    turned = (180 - straight[..., 2]) % 360
    assert np.nanmax(np.abs((mirrored[..., 2] - turned + 180) % 360 - 180)) < 0.01
