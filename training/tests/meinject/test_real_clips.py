from fractions import Fraction

import av
import numpy as np
import pytest

from meinject import real_clips
from meinject.benchmark import ClipSpec
from meinject.real_clips import CLIPS, View, WarpedClip, own_events, played, read_recording, stretches
from meinject.timeline import Event
from tests.meinject.conftest import face_points


@pytest.fixture
def recording(tmp_path):
    """30 frames of 160 x 160 with a still face; no face in the last five."""
    rng = np.random.default_rng(0)
    luma = rng.integers(40, 200, (160, 160)).astype(np.uint8)
    with av.open(str(tmp_path / "clip.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25))
        stream.width = stream.height = 160
        stream.pix_fmt = "yuv420p"
        for _ in range(30):
            planes = np.full((240, 160), 128, np.uint8)
            planes[:160] = luma
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        container.mux(stream.encode())
    rows = np.full((30, 2 + 936), np.nan, "<f4")
    rows[:, 0], rows[:, 1] = np.arange(30), np.arange(30) / 25
    rows[:25, 2:] = face_points(160).ravel()
    rows.tofile(tmp_path / "clip.mp4.f32")
    return read_recording(tmp_path / "clip.mp4", tmp_path / "clip.mp4.f32")


def test_no_person_is_in_two_splits():
    splits = {}
    for person, split in CLIPS.values():
        assert splits.setdefault(person, split) == split


def test_short_clips_go_back_and_forth(recording):
    order = played(recording, 4.0, 0)
    assert len(order) == 100
    assert np.abs(np.diff(order)).max() <= 1
    assert (order.min(), order.max()) == (0, 29)


def test_what_the_person_does_is_in_the_truth(recording):
    kinds = {e.kind for e in own_events(recording.points, recording.fps)}
    assert kinds == {"absent"}
    assert stretches(np.array([0, 1, 1, 0, 1], bool)) == [(1, 3), (4, 5)]


def test_expressions_are_warped_onto_the_face_only(recording, sources):
    spec = ClipSpec(
        "test-0007",
        "test",
        "clip:clip.mp4",
        "real",
        "quiet",
        False,
        recording.fps,
        1.0,
        60.0,
        "vp8",
        1_000_000,
        128,
        120,
    )
    event = Event("micro", 0.2, 0.7)
    clip = WarpedClip(
        np.random.default_rng(0),
        spec,
        [event],
        recording,
        np.arange(25),
        View(0.9, 4.0, 6.0),
        None,
        sources.shapes,
        sources.model_landmarks,
    )
    assert clip.flow_at(0.0) is None
    flow = clip.flow_at(event.apex)
    assert float(flow.square().sum(0).max().sqrt()) == pytest.approx(event.peak_px, rel=0.05)
    still, moved = (clip.frame(t).astype(int)[:120] for t in (0.0, event.apex))
    assert still.shape == (120, 128)
    assert np.abs(still - moved).max() > 3


def test_sampling_does_not_depend_on_motion(recording, sources):
    """A frame that is warped by almost nothing equals one that isn't warped: sharpness gives no expression away."""
    spec = ClipSpec(
        "test-0007",
        "test",
        "clip:clip.mp4",
        "real",
        "quiet",
        False,
        recording.fps,
        1.0,
        60.0,
        "vp8",
        1_000_000,
        128,
        120,
    )
    pictures = []
    for moves in (False, True):
        clip = WarpedClip(
            np.random.default_rng(0),
            spec,
            [],
            recording,
            np.arange(25),
            View(0.9, 4.0, 6.0),
            None,
            sources.shapes,
            sources.model_landmarks,
        )
        clip.camera.moves = moves  # by nothing
        pictures.append(clip.frame(0.0).astype(int))
    assert np.abs(pictures[0] - pictures[1])[2:118, 2:-4].max() <= 2
    assert real_clips.SHORT > 0
