import csv

import av
import numpy as np
import pytest
import torch

from common.splits import SPLITS
from meinject import benchmark
from meinject.benchmark import ClipSpec, schedule, write_clip, write_tables
from meinject.eyes import Eyes
from meinject.fields import Box
from meinject.portrait import OVERSAMPLING, mirror_points, place_on_canvas
from meinject.stills import AnimatedPortrait
from meinject.timeline import Event
from meinject.warp import inverse_positions, sample_luma
from tests.meinject.conftest import face_points


def spec(name="train-0000", fps=30, seconds=0.8):
    return ClipSpec(
        name, "train", "still", "female-02", "quiet", False, fps, seconds, 90.0, "h264", 1_500_000, 160, 120
    )


def scene(sources, events, seed=0, **values):
    keys = list(sources.points)
    rng = np.random.default_rng(seed)
    return AnimatedPortrait(
        rng,
        spec(**values),
        events,
        sources.portrait(keys[0]),
        sources.portrait(keys[1]),
        sources.shapes,
        sources.model_landmarks,
    )


def test_warping_is_exact():
    """A smooth picture moved by a known field equals the picture taken at the positions that the field leads to."""
    box = Box(0, 0, 30, 25, (128, 104))
    x, y = np.meshgrid(np.arange(2 * box.width - 1) / 2, np.arange(2 * box.height - 1) / 2)
    luma = torch.from_numpy((100 + 30 * np.sin(x / 9) + 20 * np.cos(y / 7)).astype(np.float32))
    at = box.lattice()
    flow = torch.stack([0.7 * torch.exp(-((at[0] - 60) ** 2 + (at[1] - 50) ** 2) / 400), torch.zeros_like(at[0])])
    patch, positions = sample_luma(luma, inverse_positions(flow, box, at), box, 2)
    # At the lattice's own points: g + flow(g) = y.
    g = positions[:, ::4, ::4].double()
    moved = g[0] + 0.7 * torch.exp(-((g[0] - 60) ** 2 + (g[1] - 50) ** 2) / 400)
    assert float((moved - at[0]).abs().max()) < 0.012  # the field is linear between the lattice's points
    expected = 100 + 30 * np.sin(positions[0].numpy() / 9) + 20 * np.cos(positions[1].numpy() / 7)
    assert np.abs(patch - expected)[3:-3, 3:-3].max() < 0.1


def test_an_expression_has_the_peak_its_truth_says(sources):
    event = Event("micro", 0.2, 0.7)
    clip = scene(sources, [event])
    clip.head.rotation[:], clip.head.shift[:], clip.head.scale[:] = 0, 0, 0
    largest = [
        float(clip.flow_at(t).square().sum(0).max().sqrt())
        for t in (event.onset - 0.005, event.apex, event.offset + 0.005)
    ]
    assert largest[1] == pytest.approx(event.peak_px, rel=0.02)
    assert largest[0] < 0.06 * event.peak_px
    assert largest[2] < 0.06 * event.peak_px
    assert event.onset < event.apex < event.offset <= event.onset + 0.6
    assert 0.05 < event.peak_px * 200 / 90 <= 4.01


def test_lids_close_and_open_again():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (320, 320, 3)).astype(np.uint8)
    canvas = place_on_canvas(picture, face_points(), 90.0, (80, 60), 160, 120, 0.5)
    before, eyes = canvas.luma.copy(), Eyes(canvas, OVERSAMPLING)
    assert eyes.show((1.0, 1.0), (0.0, 0.0))
    assert not eyes.show((1.0, 1.0), (0.0, 0.0))
    assert np.abs(canvas.luma - before).max() > 5
    eyes.show((0.0, 0.0), (0.1, 0.0))
    eyes.show((0.0, 0.0), (0.0, 0.0))
    np.testing.assert_array_equal(canvas.luma, before)


def test_mirrored_landmarks_keep_their_side():
    points = face_points()
    mirrored = mirror_points(points, 320)
    assert mirrored[33, 0] < mirrored[263, 0]
    assert mirrored[234, 0] < mirrored[454, 0]


def test_clip_file_and_tables(sources, tmp_path):
    events = [
        Event("micro", 0.15, 0.6),
        Event("blink", 0.3, 0.5, {"depth": 1.0}),
        Event("light", 0.2, 0.6, {"what": "shadow"}),
        Event("frames", 0.65, 0.72, {"what": "dropped"}),
        Event("codec", 0.5, 0.5),
        Event("cover", 0.1, 0.7),
        Event("second_face", 0.0, 0.8),
        Event("speech", 0.05, 0.75, {"rate": 5.0}),
        Event("chew", 0.1, 0.7, {"rate": 1.4}),
        Event("swallow", 0.1, 0.6),
        Event("gaze", 0.2, 0.25),
        Event("head", 0.1, 0.7, {"what": "turn"}),
        Event("zoom", 0.1, 0.7),
        Event("focus", 0.2, 0.6),
        Event("macro", 0.0, 0.8),
    ]
    write_clip(scene(sources, events), tmp_path, 1)
    write_tables(tmp_path)
    with av.open(str(tmp_path / "train-0000.mp4")) as container:
        seconds = [frame.time for frame in container.decode(video=0)]
    assert len(seconds) == 22  # two of 24 dropped
    assert max(np.diff(seconds)) == pytest.approx(0.1, abs=0.002)
    with (tmp_path / "truth.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == benchmark.TRUTH
    assert {r["kind"] for r in rows} == {e.kind for e in events}
    assert all(float(r["onset"]) <= float(r["apex"]) <= float(r["offset"]) for r in rows)
    with (tmp_path / "clips.csv").open() as file:
        clip = next(csv.DictReader(file))
    assert (clip["micro"], clip["codec"], clip["file"]) == ("1", "h264", "train-0000.mp4")


def test_equal_seeds_give_equal_frames(sources):
    frames = [scene(sources, [Event("micro", 0.1, 0.5)], seed=7).frame(0.3) for _ in range(2)]
    np.testing.assert_array_equal(*frames)


def test_frame_rates_are_spread():
    train = [schedule("train", i)[1] for i in range(200)]
    test = [schedule("test", i)[1] for i in range(90)]
    stills = [fps for fps in train if fps]
    assert 0.6 < stills.count(30) / len(stills) < 0.75
    assert all(test.count(fps) >= 8 for fps in (24, 60, 200))
    assert SPLITS == ("train", "val", "test")
