import itertools

import numpy as np
import pytest

from meinject.timeline import CONDITIONS, KINDS, draw_timeline, draw_units, shapes_by_side


def times(events, kind):
    return sorted((e.start, e.end) for e in events if e.kind == kind)


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("source", ["still", "clip"])
def test_events_keep_apart(condition, source):
    for seed in range(12):
        events = draw_timeline(np.random.default_rng(seed), 14.0, condition, condition == "still", source)
        assert all(e.kind in KINDS for e in events)
        assert all(0 <= e.start <= e.end <= 14 for e in events if e.kind != "blink")
        micro = times(events, "micro")
        assert (len(micro) == 0) == (condition == "still")
        assert all(b[0] - a[1] >= 0.6 for a, b in itertools.pairwise(micro))
        slow = times(events, "macro")
        assert all(m[1] < s[0] or m[0] > s[1] for m in micro for s in slow)
        if source == "clip":
            drawn_on_stills_only = {"blink", "speech", "head", "gaze", "swallow"} | (
                {"chew"} if condition != "chew" else set()
            )
            assert not {e.kind for e in events} & drawn_on_stills_only


def test_units_have_sides():
    rng = np.random.default_rng(3)
    for _ in range(50):
        sides = shapes_by_side(draw_units(rng))
        assert any(sides.values())
        assert all(name.endswith("_L") for name in sides["L"])
        assert all(name.endswith("_R") for name in sides["R"])
