import numpy as np
import pytest
import torch


@pytest.fixture(scope="session")
def small_bank():
    """An invented bank of 60 pairs: AU12 (both, left), AU4, nothing; noise everywhere."""
    from mellm import bank, mixing, regions
    from mellm.units import UNITS

    rng = np.random.default_rng(0)
    patches = rng.normal(0, 0.03, (60, 2, bank.OFFSETS[-1]))
    units = np.zeros((60, len(UNITS), 2), np.float32)

    def move(i, name, u, v):
        k = regions.NAMES.index(name)
        patches[i, 0, bank.OFFSETS[k] : bank.OFFSETS[k + 1]] += u
        patches[i, 1, bank.OFFSETS[k] : bank.OFFSETS[k + 1]] += v

    for i in range(60):
        px = rng.uniform(0.5, 1.5)
        if i % 4 in (0, 1):
            move(i, "Right Mouth Corner", px, -px)
            units[i, UNITS.index(12), 0] = px
            if i % 4 == 0:
                move(i, "Left Mouth Corner", -px, -px)
                units[i, UNITS.index(12), 1] = px
        elif i % 4 == 2:
            for name in ("Left Inner Eyebrow", "Right Inner Eyebrow"):
                move(i, name, 0, px)
            units[i, UNITS.index(4)] = px
    table = mixing.measure(torch.from_numpy(patches).float())
    return {
        "patches": patches.astype(np.float16),
        "table": table,
        "units": units,
        "kind": np.array(["units"] * 60),
        "identity": np.array(["nobody"] * 60),
        "index": np.arange(60),
        "flow": "0" * 64,
    }
