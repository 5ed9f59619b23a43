"""A live session: events, markers, settings."""

from __future__ import annotations

import asyncio
import os
import statistics
import time

import pytest

from mellm_live import AsyncMellmClient, MellmClient, ProblemError, events_frame, series_frame
from mellm_live.types import Event

from .conftest import Publisher


def test_reads_events_marks_and_changes_settings(mellm: MellmClient, publisher: Publisher) -> None:
    session = publisher.session
    read: list[Event] = []
    for event in mellm.events(session):
        read.append(event)
        if event["type"] == "track" and event["t"] > 1:
            break
    marker = mellm.mark(session, "stimulus", trial="12", stimulus="film_3")
    assert abs(marker["wall"]["at"] / 1000 - time.time()) < 10
    assert mellm.mark(session, "exact", t=0.5)["t"] == 0.5
    assert abs(mellm.mark(session, "again", at=marker["wall"]["at"] / 1000)["t"] - marker["t"]) < 0.1
    with pytest.raises(ProblemError) as refused:
        mellm.mark(session, "far", t=1e6)
    assert refused.value.code == "out_of_range"
    assert mellm.change_settings(session, false_alarms_per_minute=1)["false_alarms_per_minute"] <= 1
    assert not mellm.series_frame(session, seconds=1.5).empty
    for event in mellm.events(session, since=len([one for one in read if "seq" in one])):
        read.append(event)
        if event["type"] == "annotation.closed":
            publisher.stop()
    seqs = [event["seq"] for event in read if "seq" in event]  # type: ignore[typeddict-item]
    assert seqs == list(range(1, len(seqs) + 1))
    frame = events_frame(read)
    assert frame.type.iloc[-1] == "session.ended"
    assert abs(frame.time.dropna().iloc[-1].timestamp() - time.time()) < 60
    series = series_frame(read)
    assert set(series.columns) == {"face", "t", "motion", "threshold", "unit"}
    assert series.t.is_monotonic_increasing
    assert list(mellm.markers_frame(session).code) == ["stimulus", "exact", "again"]


def test_events_arrive_as_soon_as_at_a_websocket(server: str, publisher: Publisher) -> None:
    """MELLM_LATENCY=1: more events, and the bound that is promised, for a machine that is idle."""
    strict = os.environ.get("MELLM_LATENCY") is not None
    arrived: dict[tuple[str, float, int], float] = {}

    async def read() -> None:
        async with AsyncMellmClient(server) as mellm:
            async for event in mellm.events(publisher.session):
                t = event["t"]
                seq = event["seq"] if "seq" in event else 0  # type: ignore[typeddict-item]
                key = (str(event["type"]), t[0] if isinstance(t, list) else t, seq)
                arrived[key] = time.time()
                if len(arrived) > (600 if strict else 100):
                    return

    asyncio.run(read())
    publisher.stop()
    late = sorted((arrived[key] - at) * 1000 for key, at in publisher.arrived.items() if key in arrived)
    # What was sent before this side was connected came later here by that time.
    late = late[: max(50, int(len(late) * 0.98))]
    p50, p95 = statistics.median(late), late[int(len(late) * 0.95)]
    print(f"after the WebSocket of Node.js: p50 {p50:.1f} ms, p95 {p95:.1f} ms, {len(late)} events")
    assert len(late) >= 50
    assert p95 < (50 if strict else 10_000)
