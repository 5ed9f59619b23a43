"""A really started server, and a live session of the sample in it."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mellm_live import AsyncMellmClient, MellmClient

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "client/public/sample/sample.webm"
COMMAND = ["node", str(ROOT / "bin/mellm-live.js")]
TOKEN = "python-python-python-python"


class Publisher:
    """The sample, published in a loop by a process of its own, which also watches over a WebSocket."""

    def __init__(self, server: str) -> None:
        script = str(ROOT / "tests/support/publish-sample.js")
        self._process = subprocess.Popen(
            ["node", script, server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", cwd=ROOT
        )
        assert self._process.stdout is not None
        self.session = self._process.stdout.readline().split()[1]
        #: when the events arrived at the WebSocket there, seconds since the epoch, by type, media time and seq
        self.arrived: dict[tuple[str, float, int], float] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            _, kind, t, seq, at = line.split()
            self.arrived[(kind, float(t), int(seq))] = float(at) / 1000

    def stop(self) -> None:
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        self._process.wait(timeout=60)
        self._reader.join(timeout=10)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("data")
    env = {
        **os.environ,
        "MELLM_SKIP_BOOTSTRAP": "1",
        "MELLM_STORE_PATH": str(data),
        "MELLM_STORE_ENABLED": "true",
        "MELLM_STORE_KEEP_IMAGES": "true",
        "MELLM_OVERLOAD_ENABLED": "false",
    }
    log = (data / "server.log").open("w")
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=log, encoding="utf-8", env=env, cwd=ROOT
    )
    assert process.stdout is not None
    url = None
    for line in process.stdout:
        if found := re.search(r"http://[\w.:]+", line):
            url = found[0]
            break
    assert url is not None, (data / "server.log").read_text()
    yield url
    process.terminate()
    process.wait(timeout=60)
    log.close()


@pytest.fixture
def publisher(server: str) -> Iterator[Publisher]:
    publisher = Publisher(server)
    yield publisher
    publisher.stop()


@pytest.fixture(scope="session")
def recorded(server: str) -> str:
    """A session whose recording was uploaded and analysed."""
    with MellmClient(server) as mellm:
        recording = mellm.upload(SAMPLE, session="Recorded")
        mellm.wait_for_recording(recording)
    return recording


@pytest.fixture
def mellm(server: str) -> Iterator[MellmClient]:
    with MellmClient(server) as client:
        yield client


__all__ = ["COMMAND", "ROOT", "SAMPLE", "AsyncMellmClient", "Publisher"]
