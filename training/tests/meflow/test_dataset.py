import numpy as np
import pytest
import torch

from common.grid import invert, pixel_grid, sample
from common.splits import split_of
from meflow.backward import backward_pair
from meflow.dataset import MEFlowDataset


def dataset(cache, split="train", **options):
    return MEFlowDataset(None, split, identities=cache["identities"], blendshapes=cache["blendshapes"], **options)


def test_flow_is_exact(cache):
    """onset(x) = apex(x + flow(x)) to the resampling error, far below the change between the frames."""
    pairs = dataset(cache, level="clean")
    residual = change = 0.0
    inner = np.s_[12:-12, 12:-12]
    for index in range(8):
        pair = pairs[index]
        warped = sample(pair["apex"], pixel_grid(224, 224) + pair["facial"], mode="bicubic")
        seen = pair["visible"][0][inner]
        residual += float((warped - pair["onset"]).abs()[0][inner][seen].mean())
        change += float((pair["apex"] - pair["onset"]).abs()[0][inner][seen].mean())
    assert residual / 8 < 1.5 / 255
    assert residual < 0.2 * change


def test_the_pair_backwards_is_exact_too(cache):
    """Flow there and back again ends where it began, and carries the onset onto the apex; null pairs stay null."""
    pairs = dataset(cache, level="clean", large=(0.5, 1.5, 6.0))
    grid, inner = pixel_grid(224, 224), np.s_[12:-12, 12:-12]
    for index in range(8):
        pair = pairs[index]
        back = backward_pair(pair)
        assert back.keys() == pair.keys() - {"info"}
        for name in ("facial", "head"):
            returned = pair[name] + sample(back[name], grid + pair[name])
            assert float(torch.linalg.vector_norm(returned, dim=0)[pair["visible"][0]].mean()) < 0.01
        warped = sample(back["apex"], grid + back["facial"], mode="bicubic")
        assert float((warped - back["onset"]).abs()[0][inner][back["visible"][0][inner]].mean()) < 1.5 / 255
        if pair["info"]["family"] == "none":
            assert float((back["facial"] - back["head"]).abs().max()) < 1e-4


def test_inverse_returns_to_the_start():
    grid = pixel_grid(64, 64)
    flow = torch.stack([2 * torch.sin(grid[1] / 9), 1.5 * torch.cos(grid[0] / 11)])
    there = grid + flow
    back = sample(invert(flow), there)
    assert (back - grid)[:, 8:-8, 8:-8].abs().max() < 0.02


def test_pairs_depend_on_seed_and_index_alone(cache):
    first = dataset(cache, seed=5)
    first[0], first[1]
    again = dataset(cache, seed=5)[2]
    for name in ("onset", "apex", "facial", "head"):
        assert torch.equal(first[2][name], again[name])
    assert not torch.equal(dataset(cache, seed=6)[2]["onset"], again["onset"])


def test_large_changes_training_pairs_alone(cache):
    always, never = (dataset(cache, seed=3, level="clean", large=(share, 3.0, 3.0)) for share in (1.0, 0.0))
    grown = [
        (float((a["facial"] - a["head"]).abs().max()), float((b["facial"] - b["head"]).abs().max()))
        for a, b in ((always[i], never[i]) for i in range(12))
    ]
    assert any(a > 1.5 * b > 0 for a, b in grown)
    val = [dataset(cache, "val", seed=3, large=(share, 3.0, 3.0))[0]["facial"] for share in (1.0, 0.0)]
    assert torch.equal(*val)


def test_held_out_family_and_subjects_are_not_trained_on(cache):
    pairs = dataset(cache, seed=1)
    infos = [pairs[i]["info"] for i in range(25)]
    assert all(i["family"] != "muscle" and "london" not in i["identity"] for i in infos)
    splits = {k: split_of(k) for k in map(str, cache["identities"]["key"])}
    assert splits["faces/london/001-neutral.jpg"] == "test"
    assert splits["faces/generated/male-09.jpg"] == "val"


def test_null_pairs_have_no_expression(cache):
    pairs = dataset(cache, seed=2)
    null = [p for p in (pairs[i] for i in range(40)) if p["info"]["family"] == "none"]
    assert null
    assert all(float((p["facial"] - p["head"]).abs().max()) < 1e-5 for p in null)


@pytest.mark.parametrize("level", ["clean", "benign", "full"])
def test_frames_are_finite_and_in_range(cache, level):
    pairs = dataset(cache, level=level)
    for index in range(6):
        for name in ("onset", "apex"):
            frame = pairs[index][name]
            assert frame.shape == (1, 224, 224)
            assert torch.isfinite(frame).all()
            assert frame.min() >= 0
            assert frame.max() <= 1
