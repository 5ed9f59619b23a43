"""Paths and bodies of requests, once for both clients."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from .types import NewMarker, NewRecording, SessionSettings

DEFAULT_SERVER = "http://127.0.0.1:8080"
#: bytes of a recording that one request carries
CHUNK = 4 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    params: dict[str, str] = field(default_factory=dict)
    json: Any = None


def server_of(server: str | None) -> str:
    """The server's address, with a slash at its end so that paths are below it."""
    return (server or os.environ.get("MELLM_SERVER") or DEFAULT_SERVER).rstrip("/") + "/"


def token_of(token: str | None) -> str:
    return os.environ.get("MELLM_TOKEN", "") if token is None else token


def headers_of(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}


def _session(session: str, rest: str = "") -> str:
    return f"api/sessions/{quote(session, safe='')}{rest}"


def access() -> Request:
    return Request("GET", "api/access")


def sessions(limit: int | None, before: str | None) -> Request:
    params = {} if limit is None else {"limit": str(limit)}
    return Request("GET", "api/sessions", params if before is None else {**params, "before": before})


def session(session: str) -> Request:
    return Request("GET", _session(session))


def change_settings(session: str, settings: SessionSettings) -> Request:
    return Request("PATCH", _session(session), json=settings)


def erase_session(session: str) -> Request:
    return Request("DELETE", _session(session))


def exported(session: str, form: str) -> Request:
    return Request("GET", _session(session, "/annotations"), {"format": form})


def series(session: str, start: float, end: float | None, points: int, curves: str | None) -> Request:
    params = {"from": str(start), "points": str(points)}
    if end is not None:
        params["to"] = str(end)
    return Request("GET", _session(session, "/series"), params if curves is None else {**params, "curves": curves})


def report(session: str) -> Request:
    return Request("GET", _session(session, "/report.html"))


def markers(session: str) -> Request:
    return Request("GET", _session(session, "/markers"))


def mark(
    session: str, code: str, trial: str | None, stimulus: str | None, t: float | None, at: float | None
) -> Request:
    marker: NewMarker = {"code": code}
    if trial is not None:
        marker["trial"] = trial
    if stimulus is not None:
        marker["stimulus"] = stimulus
    if t is not None:
        marker["t"] = t
    if at is not None:
        marker["at"] = at * 1000
    return Request("POST", _session(session, "/markers"), json=marker)


def images(annotation: str) -> Request:
    return Request("GET", f"api/annotations/{quote(annotation, safe='')}/images")


def image(annotation: str, name: str) -> Request:
    return Request("GET", f"api/annotations/{quote(annotation, safe='')}/{quote(name, safe='')}.png")


def announce(file: str | os.PathLike[str], session: str | None) -> Request:
    recording: NewRecording = {"name": os.path.basename(file), "size": os.path.getsize(file)}
    if session is not None:
        recording["session"] = session
    return Request("POST", "api/recordings", json=recording)


def recording(recording: str) -> Request:
    return Request("GET", f"api/recordings/{quote(recording, safe='')}")
