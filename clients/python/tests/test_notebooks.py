"""The notebooks run, and are stored without results."""

from __future__ import annotations

import shlex
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from .conftest import COMMAND, SAMPLE, Publisher

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent / "src"))


def run(name: str) -> str:
    """Executes a notebook; returns what its cells show."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return "\n".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in shown)


def test_recordings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MELLM_RECORDING", str(SAMPLE))
    monkeypatch.setenv("MELLM_COMMAND", shlex.join(COMMAND))
    shown = run("recordings")
    assert "micro" in shown
    assert "AU" in shown


def test_live(monkeypatch: pytest.MonkeyPatch, server: str, publisher: Publisher) -> None:
    monkeypatch.setenv("MELLM_SERVER", server)
    shown = run("live")
    assert publisher.session in shown
    assert "annotation.closed" in shown
    assert "stimulus" in shown
