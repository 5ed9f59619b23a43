import sys

import pytest

from common import build_cache
from meflow import generate


def ended_with(script, arguments, monkeypatch):
    monkeypatch.setattr(sys, "argv", [script.__name__, *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        script.main()
    return str(end.value)


def test_missing_cache_is_reported_in_one_line(tmp_path, monkeypatch):
    message = ended_with(generate, ["--cache", tmp_path, "--out", tmp_path / "out", "--pairs", 1], monkeypatch)
    assert message.startswith(
        f"{tmp_path / 'identities.npz'} is missing: made by common.landmarks and common.build_cache"
    )
    assert not (tmp_path / "out").exists()


def test_missing_data_and_landmarks_are_reported_in_one_line(tmp_path, monkeypatch):
    assert "model.npz is missing: part of the data folder" in ended_with(
        build_cache, ["--data", tmp_path, "--cache", tmp_path], monkeypatch
    )
    (tmp_path / "ict-facekit").mkdir()
    for name in ("model.npz", "vertex_indices.json"):
        (tmp_path / "ict-facekit" / name).touch()
    assert "landmarks.json is missing: made by common.landmarks" in ended_with(
        build_cache, ["--data", tmp_path, "--cache", tmp_path], monkeypatch
    )
