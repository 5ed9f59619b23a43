"""What can be read of a session that has ended."""

from __future__ import annotations

import asyncio
import inspect

import pytest

from mellm_live import (
    AsyncMellmClient,
    MellmClient,
    ProblemError,
    analyze,
    annotations_frame,
    curves_frame,
    regions_frame,
)

from .conftest import COMMAND, SAMPLE

UNTIMED = ["kind", "onset", "apex", "offset", "score", "aus"]


def test_reads_annotations_as_frame_and_in_other_formats(mellm: MellmClient, recorded: str) -> None:
    assert mellm.session(recorded)["name"] == "Recorded"
    assert recorded in [session["id"] for session in mellm.sessions(limit=10)]
    frame = mellm.annotations_frame(recorded)
    assert len(frame) == len(mellm.annotations(recorded)) > 0
    assert (frame.onset <= frame.apex).all()
    assert (frame.apex <= frame.offset).all()
    units = [column for column in frame.columns if column.startswith("AU")]
    assert units
    assert frame[units].to_numpy().max() > 0
    regions = regions_frame(mellm.annotations(recorded))
    assert set(regions.id) == set(frame.id)
    assert (regions.mean_magnitude >= 0).all()
    assert b"ANNOTATION_DOCUMENT" in mellm.exported(recorded, "eaf")
    assert "<html" in mellm.report(recorded)
    curves = curves_frame(mellm.series(recorded, points=100))
    assert {"face", "t"} <= set(curves.columns)
    images = mellm.images(frame.id[0])
    assert mellm.image(frame.id[0], images[0]).startswith(b"\x89PNG")


def test_analyze_starts_the_command_line_and_finds_the_same(mellm: MellmClient, recorded: str) -> None:
    own = annotations_frame(analyze(SAMPLE, command=COMMAND))
    assert own[UNTIMED].equals(mellm.annotations_frame(recorded)[UNTIMED])
    with pytest.raises(ProblemError, match="no-such-file"):
        analyze("no-such-file.webm", command=COMMAND)


def test_both_clients_offer_the_same(server: str, recorded: str) -> None:
    def methods(kind: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(method).parameters)
            for name, method in vars(kind).items()
            if inspect.isfunction(method) and not name.startswith("_")
        }

    assert methods(MellmClient) == methods(AsyncMellmClient)

    async def read() -> None:
        async with AsyncMellmClient(server) as mellm:
            assert await mellm.access() == {
                "token": "not_needed",
                "notice": None,
                "grants": ["publish", "watch", "review", "metrics", "admin"],
                "session": None,
            }
            assert (await mellm.session(recorded))["state"] == "ended"
            assert len(await mellm.annotations_frame(recorded)) > 0
            assert (await mellm.markers_frame(recorded)).empty
            frame = await mellm.events_frame(recorded)
            assert frame.type.iloc[-1] == "session.ended"
            assert list(frame.seq.dropna()) == list(range(1, len(frame.seq.dropna()) + 1))
            again = await mellm.upload(SAMPLE)  # it waits or runs: its end is not awaited here
            assert (await mellm.recording(again))["size"] == SAMPLE.stat().st_size
            with pytest.raises(ProblemError) as refused:
                await mellm.session("nobody")
            assert (refused.value.status, refused.value.code) == (404, "not_found")

    asyncio.run(read())


def test_says_what_is_wrong(mellm: MellmClient) -> None:
    with pytest.raises(ProblemError) as refused:
        next(mellm.events("nobody"))
    assert (refused.value.status, refused.value.may_retry) == (404, False)
    with MellmClient("http://127.0.0.1:9") as nobody, pytest.raises(ProblemError) as unreachable:
        nobody.sessions()
    assert (unreachable.value.status, unreachable.value.code) == (0, "unreachable")
