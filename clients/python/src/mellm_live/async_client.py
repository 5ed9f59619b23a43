"""The asynchronous client: that of client.py with `await`."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from . import _api, frames
from ._stream import PROTOCOLS, SILENCE, Stream, refusal
from .errors import ProblemError, check
from .types import (
    UPLOAD_TYPE,
    Access,
    Annotation,
    Event,
    ExportFormat,
    ImageList,
    ImageName,
    Marker,
    Recording,
    Series,
    Session,
    SessionList,
    SessionSettingsSet,
)

if TYPE_CHECKING:
    import pandas as pd


class AsyncMellmClient:
    """Talks to one mellm-live server. Every request that fails raises ProblemError.

    :param server: its address; default: MELLM_SERVER in the environment, or http://127.0.0.1:8080
    :param token: access token; default: MELLM_TOKEN in the environment, or none
    """

    def __init__(self, server: str | None = None, *, token: str | None = None, timeout: float = 30.0) -> None:
        self._server = _api.server_of(server)
        self._headers = _api.headers_of(_api.token_of(token))
        self._http = httpx.AsyncClient(base_url=self._server, headers=self._headers, timeout=timeout)

    async def __aenter__(self) -> AsyncMellmClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def access(self) -> Access:
        """What the token allows."""
        return cast(Access, await self._json(_api.access()))

    async def sessions(self, limit: int | None = None, before: str | None = None) -> list[Session]:
        """Sessions, newest first.

        :param before: id of the last session of the previous page
        """
        return cast(SessionList, await self._json(_api.sessions(limit, before)))["sessions"]

    async def session(self, session: str) -> Session:
        return cast(Session, await self._json(_api.session(session)))

    async def change_settings(self, session: str, *, false_alarms_per_minute: float) -> SessionSettingsSet:
        """Changes a live session; returns what is now in effect."""
        settings = _api.change_settings(session, {"false_alarms_per_minute": false_alarms_per_minute})
        return cast(SessionSettingsSet, await self._json(settings))

    async def erase_session(self, session: str) -> None:
        """Ends a session and erases all that was stored of it."""
        await self._send(_api.erase_session(session))

    async def annotations(self, session: str) -> list[Annotation]:
        """The closed annotations of a session, oldest first."""
        return cast("list[Annotation]", await self._json(_api.exported(session, "json")))

    async def annotations_frame(self, session: str) -> pd.DataFrame:
        """The closed annotations of a session, one a row."""
        return frames.annotations_frame(await self.annotations(session))

    async def exported(self, session: str, form: ExportFormat) -> bytes:
        """The annotations of a session in another format, e.g. `eaf` for ELAN."""
        return (await self._send(_api.exported(session, form))).content

    async def series(
        self,
        session: str,
        *,
        start: float = 0.0,
        end: float | None = None,
        points: int = 1000,
        curves: str | None = None,
    ) -> Series:
        """The stored curves of a session, thinned to `points`; no faces where none are stored.

        :param curves: names joined by commas; default: the server's choice
        """
        return cast(Series, await self._json(_api.series(session, start, end, points, curves)))

    async def report(self, session: str) -> str:
        """A report of the session as one HTML page."""
        return (await self._send(_api.report(session))).text

    async def mark(
        self,
        session: str,
        code: str,
        *,
        trial: str | None = None,
        stimulus: str | None = None,
        t: float | None = None,
        at: float | None = None,
    ) -> Marker:
        """Sets a marker in a live session: by default at the moment at which the request arrives.

        :param t: media time, seconds
        :param at: seconds since the epoch by the server's clock, as `time.time()` gives
        """
        return cast(Marker, await self._json(_api.mark(session, code, trial, stimulus, t, at)))

    async def markers(self, session: str) -> list[Marker]:
        return cast("list[Marker]", await self._json(_api.markers(session)))

    async def markers_frame(self, session: str) -> pd.DataFrame:
        return frames.markers_frame(await self.markers(session))

    async def images(self, annotation: str) -> list[ImageName]:
        """Names of the images that are stored of an annotation now."""
        return cast(ImageList, await self._json(_api.images(annotation)))["images"]

    async def image(self, annotation: str, name: ImageName) -> bytes:
        """One of an annotation's images, as PNG."""
        return (await self._send(_api.image(annotation, name))).content

    async def upload(self, file: str | os.PathLike[str], *, session: str | None = None) -> str:
        """Uploads a recording; returns its id, which is its session's too. Its analysis then starts.

        :param session: name of the session; default: that of the file
        """
        recording = cast(Recording, await self._json(_api.announce(file, session)))["id"]
        offset = 0
        with open(file, "rb") as bytes_of:
            while chunk := bytes_of.read(_api.CHUNK):
                headers = {"content-type": UPLOAD_TYPE, "upload-offset": str(offset)}
                check(await self._reach("PATCH", _api.recording(recording).path, content=chunk, headers=headers))
                offset += len(chunk)
        return recording

    async def recording(self, recording: str) -> Recording:
        """How far the analysis of an uploaded recording is."""
        return cast(Recording, await self._json(_api.recording(recording)))

    async def wait_for_recording(self, recording: str, *, interval: float = 0.5) -> Recording:
        """Waits until a recording is analysed. Raises ProblemError if that failed."""
        while (state := await self.recording(recording))["state"] not in ("done", "failed"):
            await asyncio.sleep(interval)
        if error := state["error"]:
            raise ProblemError(error["message"], code=error["code"], status=422)
        return state

    async def events(self, session: str, *, since: int = 0) -> AsyncIterator[Event]:
        """The events of a session until its end; reconnects, and misses no durable event.

        :param since: the last `seq` that you have
        """
        stream = Stream(self._server, session, since)
        while not stream.ended:
            try:
                async with connect(
                    stream.url, subprotocols=PROTOCOLS, additional_headers=self._headers, close_timeout=1
                ) as socket:
                    while not stream.ended:
                        event = stream.read(await asyncio.wait_for(socket.recv(), SILENCE))
                        if event is not None:
                            yield event
            except InvalidStatus as error:
                why = refusal(
                    error.response.status_code, error.response.headers.get("content-type", ""), error.response.body
                )
                if not why.may_retry:
                    raise why from error
                await asyncio.sleep(stream.wait())
            except ConnectionClosed as error:
                if error.rcvd is not None:
                    stream.closed(error.rcvd.code, error.rcvd.reason)
                if not stream.ended:
                    await asyncio.sleep(stream.wait())
            except (InvalidHandshake, OSError, asyncio.TimeoutError):
                if not stream.ended:
                    await asyncio.sleep(stream.wait())

    async def events_frame(self, session: str, *, seconds: float | None = None, since: int = 0) -> pd.DataFrame:
        """The events of a session, one a row: until its end, or for some seconds."""
        return frames.events_frame([event async for event in _for(self.events(session, since=since), seconds)])

    async def series_frame(self, session: str, *, seconds: float | None = None) -> pd.DataFrame:
        """The motion that the spotter sees in a live session, one sample a row: until its end, or for some seconds."""
        return frames.series_frame([event async for event in _for(self.events(session), seconds)])

    async def _send(self, request: _api.Request) -> httpx.Response:
        return check(await self._reach(request.method, request.path, params=request.params, json=request.json))

    async def _reach(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return await self._http.request(method, path, **more)
        except httpx.TransportError as error:
            raise ProblemError(f"The server can't be reached: {error}", code="unreachable", status=0) from error

    async def _json(self, request: _api.Request) -> Any:
        return (await self._send(request)).json()


async def _for(events: AsyncIterator[Event], seconds: float | None) -> AsyncIterator[Event]:
    """Events until a time has passed; a live session has several each second."""
    end = None if seconds is None else time.monotonic() + seconds
    async for event in events:
        yield event
        if end is not None and time.monotonic() >= end:
            return
