"""Analysis of recorded files on this machine, without a server: starts `mellm-live analyze`."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence

from .errors import ProblemError
from .types import Annotation


def command_of(command: str | Sequence[str] | None) -> list[str]:
    """How the command line is started: `command`, MELLM_COMMAND in the environment, `mellm-live` on the PATH, npx."""
    wanted = command or os.environ.get("MELLM_COMMAND")
    if wanted:
        return shlex.split(wanted) if isinstance(wanted, str) else list(wanted)
    if found := shutil.which("mellm-live"):
        return [found]
    if npx := shutil.which("npx"):
        return [npx, "--yes", "mellm-live"]
    raise FileNotFoundError(
        "mellm-live was not found: install Node.js and `npm install -g mellm-live`, or pass command="
    )


def analyze(
    video: str | os.PathLike[str],
    *,
    fps: float | None = None,
    options: Sequence[str] = (),
    command: str | Sequence[str] | None = None,
) -> list[Annotation]:
    """The annotations of a recorded file; the same as `mellm-live analyze` writes. Raises ProblemError if it fails.

    :param fps: frames per second, if the file's own timestamps are wrong
    :param options: further options of the command line, e.g. `["--no-llm"]`
    """
    rate = [] if fps is None else ["--fps", str(fps)]
    call = [*command_of(command), "analyze", *rate, "--format", "jsonl", *options, os.fspath(video)]
    done = subprocess.run(call, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise ProblemError(lines[-1] if lines else "mellm-live analyze failed", code="analyze", status=done.returncode)
    return [json.loads(line) for line in done.stdout.splitlines() if line]
