import numpy as np
import pytest
import torch

from common.crop import EYE_DISTANCE, EYE_X, EYE_Y
from common.grid import pixel_grid, sample
from common.head_model import PARTS, HeadModel, read_head, write_head
from common.identities import MESH_POINTS, MODEL_POINTS
from meflow.dataset import MEFlowDataset
from meflow.photometry import degrade
from meflow.raster import in_space, rasterize
from meflow.rendered import RenderedHeads, inverse_of, resting, rotation
from meflow.surface import Camera, seen

CM = 0.1  # cm a px of the crop
SKIN = "male-03"


def sheet(x, y, z):
    """A grid of vertices and its triangles, wound as ICT-FaceKit's are."""
    rows, columns = x.shape
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1].ravel(), index[:-1, 1:].ravel(), index[1:, 1:].ravel(), index[1:, :-1].ravel()
    return np.stack([x, y, z], -1).reshape(-1, 3), np.concatenate([np.stack([a, d, c], 1), np.stack([a, c, b], 1)])


@pytest.fixture(scope="session")
def head(cache):
    """A dome for a head, with a plate of teeth floating before its lower half; each blendshape a bump of the skin,
    mouthFrown_L also the plate.
    """
    rng = np.random.default_rng(4)
    x, y = np.meshgrid(np.linspace(20, 204, 93), np.linspace(10, 240, 116))
    dome, triangles = sheet(
        (x - EYE_X) * CM, (EYE_Y - y) * CM, 6 - 0.06 * (((x - 112) / 14) ** 2 + ((y - 125) / 17) ** 2)
    )
    px, py = np.meshgrid(np.linspace(96, 128, 9), np.linspace(160, 172, 5))
    plate, more = sheet((px - EYE_X) * CM, (EYE_Y - py) * CM, np.full(px.shape, 7.0))
    neutral = np.concatenate([dome, plate])
    part = np.where(np.arange(len(neutral)) < len(dome), 0, list(PARTS).index("teeth"))
    flat = np.stack([neutral[:, 0] / CM + EYE_X, EYE_Y - neutral[:, 1] / CM], 1)

    def nearest(at):
        return int(np.linalg.norm(flat[: len(dome)] - at, axis=1).argmin())

    # The landmarks lie as in the portrait SKIN, so that its picture is laid on the dome without folds.
    corners = np.zeros(68, int)
    corners[MODEL_POINTS] = [
        nearest(at)
        for at in cache["identities"]["points"][[SKIN in key for key in cache["identities"]["key"]]][0][MESH_POINTS]
    ]
    corners[36], corners[45] = nearest([EYE_X - EYE_DISTANCE / 2, EYE_Y]), nearest([EYE_X + EYE_DISTANCE / 2, EYE_Y])
    sides = [str(name) for name in cache["blendshapes"]["names"]]
    names = sorted(
        {
            *sides,
            *(name for seed in range(60) for name in resting(np.random.default_rng(seed))),
            *(f"eyeLook{way}_{s}" for way in ("Down", "Up", "In", "Out") for s in "LR"),
        }
    )
    expressions = np.zeros((len(names), len(neutral), 3))
    for row in expressions:
        bell = np.exp(-((flat - rng.uniform(70, 160, 2)) ** 2).sum(1) / (2 * 14**2)) * (part == 0)
        row[:] = bell[:, None] * rng.normal(0, 1, 3) * [1, 1, 0.5]
    expressions[names.index("mouthFrown_L")] = np.where(part == 0, 0.0, 1.0)[:, None] * [1.0, 0, 0]
    identities = 0.05 * rng.standard_normal((3, 1, 3)) * np.sin(flat / 40).sum(1)[None, :, None]
    return HeadModel(
        neutral,
        np.concatenate([triangles, more + len(dome)]),
        part,
        corners,
        {name: i for i, name in enumerate(names)},
        expressions,
        identities,
    )


def dataset(cache, head, **options):
    return MEFlowDataset(
        None,
        "train",
        identities=cache["identities"],
        blendshapes=cache["blendshapes"],
        head=head,
        **{"level": "clean", "source": SKIN} | options,
    )


def test_the_nearest_triangle_is_seen():
    """Against a search through all triangles at each sample."""
    rng = np.random.default_rng(1)
    centre = rng.uniform(-2, 22, (40, 1, 2))
    points, depth = (centre + rng.normal(0, 5, (40, 3, 2))).reshape(-1, 2), rng.uniform(0, 1, 120)
    triangles = np.arange(120).reshape(-1, 3)
    ids, screen = rasterize(points, depth, triangles, 20, 3)
    assert ids.shape == (60, 60)
    for row, column in rng.integers(0, 60, (400, 2)):
        at, best = (np.array([column, row]) - 1) / 3, (-np.inf, -1)
        for i, (a, b, c) in enumerate(points[triangles]):
            weights = np.linalg.solve(np.stack([[*a, 1], [*b, 1], [*c, 1]], 1), [*at, 1])
            if (weights >= -1e-9).all():
                best = max(best, (float(weights @ depth[triangles[i]]), i))
        assert ids[row, column] == best[1]
        if best[1] >= 0:
            assert np.allclose(screen[row, column] @ points[triangles[best[1]]], at, atol=1e-4)


def test_what_a_pixel_shows_projects_to_its_centre(head):
    """Perspective is undone where a quantity is interpolated."""
    space = (head.neutral * [1, -1, 1] / CM) @ rotation([0.1, 0.2, 0.05]).T
    camera = Camera(400.0, space[head.corners[[36, 45]]])
    centre = seen(head, camera(space), space, 400.0).centres()
    y, x = np.nonzero(centre.ids >= 0)
    assert len(x) > 20_000
    assert np.abs(camera(centre.at(space))[(centre.ids >= 0).ravel()] - np.stack([x, y], 1)).max() < 1e-3
    assert np.allclose(
        in_space(np.array([[0.2, 0.3, 0.5]]), np.full(3, 0.01), np.array([[0, 1, 2]])), [[0.2, 0.3, 0.5]]
    )


def test_flow_of_rendered_heads_is_exact(cache, head):
    pairs = dataset(cache, head, rendered=1.0)
    residual = change = 0.0
    for index in range(6):
        pair = pairs[index]
        keep = pair["visible"] & pair["face"]
        assert pair["info"]["rendered"]
        assert keep.float().mean() > 0.2
        warped = sample(pair["apex"], pixel_grid(224, 224) + pair["facial"], mode="bicubic")
        residual += float((warped - pair["onset"]).abs()[keep].mean())
        change += float((pair["apex"] - pair["onset"]).abs()[keep].mean())
        if pair["info"]["family"] == "none":
            assert torch.equal(pair["facial"], pair["head"])
    assert residual / 6 < 2 / 255
    assert residual < 0.35 * change


def test_other_pairs_are_unchanged(cache, head):
    some, none = dataset(cache, head, rendered=0.4), dataset(cache, head)
    kinds = set()
    for index in range(6):
        pair = some[index]
        kinds.add("rendered" in pair["info"])
        if "rendered" in pair["info"]:
            assert torch.equal(pair["apex"], dataset(cache, head, rendered=1.0)[index]["apex"])
        else:
            assert torch.equal(pair["apex"], none[index]["apex"])
            assert torch.equal(pair["facial"], none[index]["facial"])
    assert kinds == {True, False}


def test_what_another_part_comes_to_cover_is_not_visible(cache, head):
    """The plate goes 4 px to the side: the skin that it covers is not seen again, the skin that it leaves was not seen
    before.
    """
    heads = RenderedHeads(head, {}, "train", "clean")
    space = head.neutral * [1, -1, 1] / CM
    camera = Camera(600.0, space[head.corners[[36, 45]]])
    after = space + head.shape({"mouthFrown_L": 0.4}) * [1, -1, 1] / CM
    frame, then = (seen(head, camera(at), at, 600.0) for at in (space, after))
    centre = frame.centres()
    _y, _x = np.nonzero(centre.ids >= 0)
    visible = np.zeros(centre.ids.shape, bool)
    target = np.stack(np.meshgrid(np.arange(224), np.arange(224)), -1).reshape(-1, 2).astype(float)
    target[(centre.ids >= 0).ravel()] = camera(centre.at(after))[(centre.ids >= 0).ravel()]
    visible = heads.seen_again(centre, then, target, head.neutral).reshape(224, 224)
    teeth = list(PARTS).index("teeth")
    before, later = centre.part == teeth, then.centres().part == teeth
    covered = later & ~before
    assert 20 < covered.sum() < 150
    assert not visible[covered].any()
    assert visible[before].mean() > 0.9
    assert visible[~before & ~later & (centre.ids >= 0)][::7].mean() > 0.98


def test_a_similarity_and_its_inverse():
    def there(at):
        return at @ np.array([[1.01, 0.02], [-0.02, 1.01]]) + np.array([3.0, -1.0])

    at = np.random.default_rng(0).uniform(0, 224, (50, 2))
    assert np.allclose(inverse_of(there)(there(at)), at)


def test_mesh_round_trip(head, tmp_path):
    write_head(head, tmp_path / "head.npz")
    again = read_head(tmp_path / "head.npz")
    assert again.names == head.names
    assert np.array_equal(again.triangles, head.triangles)
    assert np.array_equal(again.corners, head.corners)


def test_a_face_that_was_small_stays_in_place():
    """Frames are made smaller and larger about the same point: flow in the crop is not shifted."""
    y, x = np.mgrid[:224, :224].astype(np.float32)
    blob = 0.2 + 0.6 * np.exp(-((x - 120) ** 2 + (y - 101) ** 2) / (2 * 18**2))
    onset, apex, record = degrade(np.random.default_rng(3), blob.astype(np.float32), blob.astype(np.float32), "small")
    assert onset.shape == apex.shape == (224, 224)
    assert 78 <= record["seen"] <= 202
    assert record["level"] == "small"
    for frame in (onset, apex):
        weight = np.clip(frame - frame.min() - 0.6 * np.ptp(frame), 0, None)
        assert abs(float((weight * x).sum() / weight.sum()) - 120) < 2
        assert abs(float((weight * y).sum() / weight.sum()) - 101) < 2
