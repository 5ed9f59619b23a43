"""What can go wrong."""

from __future__ import annotations

from typing import Any

import httpx


class ProblemError(Exception):
    """A request was refused or failed, in the server's words where it gave any (RFC 9457)."""

    def __init__(self, message: str, *, code: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(message)
        #: stable, for programs
        self.code = code
        #: HTTP status; 0 where no answer came
        self.status = status
        #: seconds that the server asks to wait
        self.retry_after = retry_after

    @property
    def may_retry(self) -> bool:
        """Whether the same request can succeed later."""
        return self.status in (0, 408, 429) or self.status >= 500


def problem_of(status: int, content_type: str, body: Any, retry_after: str | None) -> ProblemError:
    """What a refusal says; a proxy may have written it."""
    said = body if isinstance(body, dict) and "json" in content_type else {}
    text = said.get("detail") or said.get("title") or f"The server answered {status}."
    seconds = float(retry_after) if retry_after is not None and retry_after.replace(".", "", 1).isdigit() else None
    return ProblemError(str(text), code=str(said.get("code", "http")), status=status, retry_after=seconds)


def check(response: httpx.Response) -> httpx.Response:
    """Raises ProblemError unless the response is a success. Its body must have been read."""
    if response.is_success:
        return response
    try:
        body = response.json()
    except ValueError:
        body = None
    kind = response.headers.get("content-type", "")
    raise problem_of(response.status_code, kind, body, response.headers.get("retry-after"))
