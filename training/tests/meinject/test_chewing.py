"""Clips with chewing: jaw cycles as people chew, several bouts, and every clip that was there before unchanged."""

import hashlib
import itertools

import numpy as np
import pytest

from meinject import jaw
from meinject.benchmark import CHEWING, ROUND, condition_of, draw_scene, schedule
from meinject.fields import gentlest
from meinject.timeline import Event, draw_timeline
from tests.meinject.test_render import scene

# SHA-256 of what is drawn for (condition, null, source) from seed 5, as before there was a condition `chew`.
DRAWN_BEFORE = {
    ("quiet", False, "still"): "1b36677316856dde",
    ("mixed", False, "still"): "1a956efdb787f171",
    ("speech", False, "still"): "c6baba2e77e2db08",
    ("headmotion", True, "still"): "81d8fb0b76118bb5",
    ("light", False, "clip"): "3e2b5554488c5c50",
    ("still", True, "still"): "e1bc0a94e74306d2",
}


def bout_of(what="closed", seed=3, seconds=4.0):
    cycles = jaw.draw_cycles(np.random.default_rng(seed), seconds)
    return Event("chew", 0.2, 0.2 + jaw.length_of(cycles), {"what": what, "cycles": cycles})


def fingerprint(events):
    rows = [
        (
            e.kind,
            round(e.start, 6),
            round(e.end, 6),
            sorted((k, v if isinstance(v, str) else round(v, 6)) for k, v in e.data.items()),
        )
        for e in events
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]


@pytest.mark.parametrize("clip", DRAWN_BEFORE)
def test_clips_of_the_older_conditions_are_drawn_as_before(clip):
    condition, null, source = clip
    drawn = [
        event
        for seed in range(5, 9)
        for event in draw_timeline(np.random.default_rng(seed), 14.0, condition, null, source)
    ]
    assert fingerprint(drawn) == DRAWN_BEFORE[clip]


def test_indices_of_the_older_clips_keep_their_conditions():
    assert [condition_of(i) for i in range(len(ROUND))] == ROUND
    assert condition_of(CHEWING - 1)[0] != "chew"
    assert [schedule("test", i) for i in (0, 1, 3, 5, 7, 8)] == [
        ("still", 30),
        ("still", 24),
        ("still", 60),
        ("still", 200),
        ("clip", 0),
        ("still", 120),
    ]
    clips = [(condition_of(CHEWING + i), schedule("test", CHEWING + i)) for i in range(12)]
    assert {condition for (condition, _), _ in clips} == {"chew"}
    assert sum(null for (_, null), _ in clips) == 4
    assert [source for _, (source, _) in clips].count("clip") == 3
    assert {fps for _, (_, fps) in clips} == {0, 24, 30, 60, 120}


def test_chewing_has_one_to_two_cycles_a_second():
    rates, sides = [], []
    for seed in range(60):
        cycles = jaw.draw_cycles(np.random.default_rng(seed), 4.0)
        rates.append(len(cycles) / jaw.length_of(cycles))
        assert all(b[0] == pytest.approx(a[0] + a[1]) for a, b in itertools.pairwise(cycles))
        sides.append({np.sign(c[3]) for c in cycles})
    assert 0.85 < min(rates)
    assert max(rates) < 2.3
    assert 1.2 < np.median(rates) < 1.8
    assert {-1.0} in sides
    assert {1.0} in sides
    assert {-1.0, 1.0} in sides


def test_the_jaw_goes_down_and_comes_up_over_the_working_side():
    event = Event("chew", 1.0, 2.0, {"cycles": [(0.0, 1.0, 1.0, 0.3)]})
    times = np.arange(0.9, 2.1, 0.004)
    down, left = jaw.opening(event, times), jaw.sideways(event, times)
    assert down.max() == pytest.approx(1.0, abs=1e-3)
    assert times[np.argmax(down)] == pytest.approx(1.4, abs=0.005)
    assert left.min() < 0 < 0.2 < left.max()
    assert times[np.argmax(left)] > times[np.argmax(down)] > times[np.argmin(left)]
    np.testing.assert_allclose([down[0], down[-1], left[0], left[-1]], 0, atol=1e-9)
    assert jaw.clench(event, times)[np.argmax(down)] == pytest.approx(0)


def test_a_bout_moves_the_chin_by_what_the_truth_says(sources):
    event = bout_of()
    clip = scene(sources, [event], seconds=5.0)
    clip.head.rotation[:], clip.head.shift[:], clip.head.scale[:] = 0, 0, 0
    flows = [clip.flow_at(t) for t in np.arange(event.start, event.end, 0.02)]
    assert max(float(f.square().sum(0).max().sqrt()) for f in flows) == pytest.approx(event.peak_px, rel=0.05)
    assert event.onset < event.apex < event.offset
    assert 0.5 < event.peak_px * 200 / clip.spec.face_px < 17
    assert all(gentlest([f]) > 0.8 for f in flows[::10])  # far from folding
    assert clip.talking == []


def test_only_open_lips_show_the_inside_of_the_mouth(sources):
    event = bout_of("open")
    assert scene(sources, [event], seconds=5.0).talking == [(event.start, event.end)]


@pytest.mark.parametrize("source", ["still", "clip"])
def test_clips_with_chewing_hold_several_bouts_and_expressions(source):
    bouts, inside, micros = [], 0, 0
    for seed in range(40):
        events = draw_timeline(np.random.default_rng(seed), 14.0, "chew", False, source)
        chewing = [e for e in events if e.kind == "chew"]
        bouts.append(len(chewing))
        assert all(e.data["what"] in (("open", "closed") if source == "still" else ("closed",)) for e in chewing)
        for micro in (e for e in events if e.kind == "micro"):
            micros += 1
            inside += any(c.start < micro.end and micro.start < c.end for c in chewing)
    assert np.mean(bouts) >= 1.8
    assert micros >= 80
    assert 0 < inside < micros


def test_a_clip_with_chewing_is_drawn_from_its_index(sources):
    first, second = (draw_scene(sources, 1, "train", CHEWING + 1) for _ in range(2))
    assert first.spec == second.spec
    assert (first.spec.name, first.spec.condition) == ("train-9001", "chew")
    assert [(e.kind, e.onset, e.peak_px) for e in first.events if e.kind == "chew"] == [
        (e.kind, e.onset, e.peak_px) for e in second.events if e.kind == "chew"
    ]
