"""Streams between a live session and LSL, over loopback."""

from __future__ import annotations

import math
import os
import statistics
import threading
import time
import uuid
from typing import Any, cast

import pytest

from mellm_live import MellmClient
from mellm_live.types import Event

from .conftest import Publisher

pylsl = pytest.importorskip("pylsl")

from mellm_live.lsl import UNITS, LslBridge, lsl_minus_epoch  # noqa: E402


def test_publishes_motion_and_takes_markers(mellm: MellmClient, publisher: Publisher) -> None:
    session = publisher.session
    for event in mellm.events(session):
        if event["type"] == "track":
            break
    bridge = LslBridge(mellm, session)
    name = f"stimuli-{uuid.uuid4().hex[:8]}"
    stimuli = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Markers", 1, 0, "string", name))
    threads = [
        threading.Thread(target=bridge.run, daemon=True),
        threading.Thread(target=bridge.take_markers, args=[name], daemon=True),
    ]
    for thread in threads:
        thread.start()
    assert stimuli.wait_for_consumers(30)
    found: list[Any] = []
    deadline = time.monotonic() + 60
    while not found and time.monotonic() < deadline:
        found = [one for one in pylsl.resolve_byprop("name", "mellm-motion", 1, 5) if session in one.source_id()]
    inlet = pylsl.StreamInlet(found[0], processing_flags=pylsl.proc_clocksync)
    sample, stamp = inlet.pull_sample(timeout=60)
    assert len(sample) == 2
    assert abs(pylsl.local_clock() - stamp) < 60

    sent = []
    for n in range(10):
        sent.append(pylsl.local_clock() - lsl_minus_epoch())
        stimuli.push_sample([f"trial-{n}"], sent[-1] + lsl_minus_epoch())
        time.sleep(0.05)
    deadline = time.monotonic() + 60
    while len(mellm.markers(session)) < 10 and time.monotonic() < deadline:
        time.sleep(0.2)
    markers = mellm.markers(session)
    bridge.stop()
    assert [marker["code"] for marker in markers] == [f"trial-{n}" for n in range(10)]
    errors = [abs(marker["wall"]["at"] / 1000 - at) * 1000 for marker, at in zip(markers, sent, strict=True)]
    print(f"offset of markers by way of LSL: median {statistics.median(errors):.2f} ms, most {max(errors):.2f} ms")
    assert max(errors) < (5 if os.environ.get("MELLM_LATENCY") else 500)
    publisher.stop()
    for thread in threads:
        thread.join(timeout=10)


class StoredCurves:
    """Answers with the curves of one face: those up to `until`."""

    def __init__(self) -> None:
        self.until = 1.0
        self.asked: list[float] = []

    def series(self, session: str, *, start: float, points: int, curves: str) -> dict[str, Any]:
        self.asked.append(start)
        times = [t for t in (0.0, 0.5, 1.0, 1.5, 2.0) if start <= t <= self.until]
        names = curves.split(",")
        read = {
            name: {"min": [0.0] * len(times), "max": [None if name == "AU26" else t for t in times]} for name in names
        }
        return {"session": session, "from": start, "to": 2.0, "faces": [{"face": "f1", "t": times, "curves": read}]}


def test_publishes_action_units_once_each_with_the_times_of_their_frames() -> None:
    session = f"s{uuid.uuid4().hex[:8]}"
    curves = StoredCurves()
    bridge = LslBridge(cast(MellmClient, curves), session)
    zero = time.time() - 5
    bridge.take(
        cast(Event, {"type": "stats", "session": session, "t": 0.0, "wall": {"at": zero * 1000, "error_ms": 1}})
    )
    bridge.push_units()
    found: list[Any] = []
    deadline = time.monotonic() + 60
    while not found and time.monotonic() < deadline:
        found = pylsl.resolve_byprop("source_id", f"{session}-f1-aus", 1, 5)
    assert found[0].channel_count() == len(UNITS)
    inlet = pylsl.StreamInlet(found[0], processing_flags=pylsl.proc_clocksync)
    inlet.open_stream(timeout=30)
    curves.until = 2.0
    bridge.push_units()
    samples = [inlet.pull_sample(timeout=30) for _ in range(2)]
    assert curves.asked == [0.0, 0.0]
    assert [sample[0] for sample, _ in samples] == [1.5, 2.0]
    assert math.isnan(samples[0][0][UNITS.index("AU26")])
    for (_, stamp), t in zip(samples, (1.5, 2.0), strict=True):
        assert abs(stamp - lsl_minus_epoch() - (zero + t)) < 0.5
    assert bridge.dropped == 0
