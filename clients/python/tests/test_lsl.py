"""Streams between a live session and LSL, over loopback."""

from __future__ import annotations

import os
import statistics
import threading
import time
import uuid
from typing import Any

import pytest

from mellm_live import MellmClient

from .conftest import Publisher

pylsl = pytest.importorskip("pylsl")

from mellm_live.lsl import LslBridge, lsl_minus_epoch  # noqa: E402


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
