import cv2
import numpy as np
import pytest
import torch

from common.crop import SIZE
from common.grid import pixel_grid, sample
from meflow.real_faces import RealFaces
from meflow.rest import CELL, CELLS, at_rest
from meflow.train import Mixture, Stream


@pytest.fixture(scope="module")
def texture():
    rng = np.random.default_rng(3)
    image = sum(cv2.GaussianBlur(rng.standard_normal((SIZE, SIZE)), (0, 0), s) * s for s in (2, 5, 12))
    return (128 + 40 * image / image.std()).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def faces(cache, texture):
    """One person whose second frame is the first, with noise of its own; the left half of the face was not at rest."""
    rng = np.random.default_rng(4)
    noisy = [np.clip(texture + rng.normal(0, 1.5, texture.shape), 0, 255).astype(np.uint8) for _ in range(2)]
    still = np.ones((CELLS, CELLS), bool)
    still[:, : CELLS // 2] = False
    head = np.zeros((1, 2, CELLS, CELLS), np.float32)
    head[:, 0] = 0.2
    rows = {
        "clip": np.array(["a.mp4"]),
        "person": np.array(["a"]),
        "gap": np.array([2]),
        "first": np.array([0]),
        "second": np.array([1]),
        "points": cache["identities"]["points"][:1],
        "head": head,
        "still": still[None],
        "crops": np.stack(noisy),
    }
    shapes = cache["blendshapes"] | {"landmarks": np.random.default_rng(5).uniform(60, 170, (68, 2)).astype(np.float32)}
    return lambda **options: RealFaces(rows, shapes, **options)


def test_the_warp_is_exact_and_holds_the_heads_own_motion(faces):
    """onset(x) = apex(x + facial(x)), but for noise and for the 0.2 px that the recording says the head moved between
    the two.
    """
    for index in range(4):
        pair = faces(camera=False)[index]
        own = torch.zeros(2, SIZE, SIZE)
        own[0] = -0.2 if pair["info"].get("mirrored") else 0.2
        warped = sample(pair["apex"], pixel_grid(SIZE, SIZE) + pair["facial"] - own, mode="bicubic")
        inner = np.s_[:, 16:-16, 16:-16]
        assert float((warped - pair["onset"]).abs()[inner].mean()) < 3 / 255


def test_what_moved_in_the_recording_is_not_known(faces):
    known = faces(camera=False)[1]["known"][0]
    mirrored = faces(camera=False)[1]["info"].get("mirrored")
    left, right = known[:, 20:90].float().mean(), known[:, 134:204].float().mean()
    assert (float(right), float(left)) == pytest.approx((0, 1) if mirrored else (1, 0), abs=0.15)


def test_pairs_repeat_and_mix_with_synthetic_ones(faces):
    real = faces(seed=5)
    assert all(
        torch.equal(real[3][name], faces(seed=5)[3][name]) for name in ("onset", "apex", "facial", "head", "known")
    )
    synthetic = type(
        "Synthetic",
        (),
        {
            "seed": 5,
            "__getitem__": lambda self, index: (
                {n: v for n, v in real[index].items() if n != "known"} | {"synthetic": True}
            ),
        },
    )()
    mixed = Mixture(synthetic, real, 0.5)
    assert {"synthetic" in mixed[i] for i in range(8)} == {True, False}
    batch = [Stream(mixed, 0, 8, both_ways=True)[i] for i in range(4)]
    assert all(row["known"].shape == (2, 1, SIZE, SIZE) for row in batch)


def test_rest_tells_a_moving_mouth_from_a_moving_head(texture):
    image = texture.astype(np.float32) / 255
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    depth = (40 * np.exp(-((x - 112) ** 2 + (y - 120) ** 2) / (2 * 40**2))).astype(np.float32)
    oval = (x - 112) ** 2 + (y - 112) ** 2 < 80**2
    mouth = 1.2 * np.exp(-((x - 112) ** 2 + (y - 160) ** 2) / (2 * 10**2))

    def shift(u, v):
        return cv2.remap(image, x - u, y - v, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)

    turned = at_rest(image, shift(0.6 + depth / 100, 0 * x), depth, oval)
    assert turned.share > 0.9
    assert turned.moved > 0.4
    talking = at_rest(image, shift(0.3 + 0 * x, mouth), depth, oval)
    assert not talking.still[160 // CELL, 112 // CELL]
    assert talking.still[60 // CELL, 112 // CELL]
    assert 0.3 < talking.share < turned.share
