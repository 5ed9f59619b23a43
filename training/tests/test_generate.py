import sys

import pytest

import generate


def test_a_missing_cache_is_said_in_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["generate.py", "--cache", str(tmp_path), "--out", str(tmp_path / "out"), "--pairs", "1"])
    with pytest.raises(SystemExit, match=r"identities\.npz is missing: made by landmarks\.py and build_cache\.py"):
        generate.main()
    assert not (tmp_path / "out").exists()
