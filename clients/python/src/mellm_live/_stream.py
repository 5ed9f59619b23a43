"""What both clients do to follow a session, without input or output."""

from __future__ import annotations

import json
import random
from typing import cast
from urllib.parse import urlencode

from websockets.typing import Subprotocol

from .errors import ProblemError, problem_of
from .types import SUBPROTOCOL, DurableEvent, Event

FIRST_WAIT = 0.5
LONGEST_WAIT = 15.0
#: seconds without any event after which a connection counts as lost; a live session sends `stats` each second
SILENCE = 20.0
PROTOCOLS = [Subprotocol(SUBPROTOCOL)]


class Stream:
    """Position in a session's events: continues after the last `seq`, so that no durable event is missed or doubled."""

    def __init__(self, server: str, session: str, since: int) -> None:
        self._server = server
        self._session = session
        self._since = since
        self._attempt = 0
        self.ended = False

    @property
    def url(self) -> str:
        query = urlencode({"session": self._session, "since": self._since})
        return f"{'ws' + self._server.removeprefix('http')}ws?{query}"

    def read(self, message: str | bytes) -> Event | None:
        """The event in a message; None for what was seen before."""
        event = cast(Event, json.loads(message))
        self._attempt = 0
        if "seq" in event:
            durable = cast(DurableEvent, event)
            if durable["seq"] <= self._since:
                return None
            self._since = durable["seq"]
        self.ended = event["type"] == "session.ended"
        return event

    def closed(self, code: int, reason: str) -> None:
        """Raises ProblemError if a new connection would be closed again."""
        if code == 4410:
            raise ProblemError(
                "The server no longer has the events since this `seq`: read the annotations instead.",
                code="events_gone",
                status=410,
            )
        if 4400 <= code < 4500 and code != 4429:
            raise ProblemError(reason or f"closed with {code}", code="closed", status=code - 4000)

    def wait(self) -> float:
        """Seconds before the next attempt: doubling, jittered over the upper half."""
        whole = min(LONGEST_WAIT, FIRST_WAIT * 2.0**self._attempt)
        self._attempt += 1
        return whole * (0.5 + random.random() / 2)


def refusal(status: int, content_type: str, body: bytes | bytearray | None) -> ProblemError:
    """Why a socket was not opened."""
    try:
        said = json.loads(body or b"")
    except ValueError:
        said = None
    return problem_of(status, content_type, said, None)
