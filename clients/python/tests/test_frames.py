"""DataFrames, Fex and the command line, without a server."""

from __future__ import annotations

import pytest

from mellm_live import annotations_frame, events_frame, series_frame, to_fex
from mellm_live.analyze import command_of
from mellm_live.fex import fex_rows
from mellm_live.types import Annotation


def annotation(onset: float, au: str = "AU12") -> Annotation:
    return {
        "id": f"s1-{onset}",
        "session": "s1",
        "face": "f1",
        "kind": "micro",
        "onset": onset,
        "apex": onset + 0.1,
        "offset": onset + 0.2,
        "score": 0.9,
        "aus": [{"au": au, "side": "left", "confidence": 0.7}, {"au": au, "side": "right", "confidence": 0.8}],
        "emotion": {
            "label": "positive",
            "probabilities": {"negative": 0.1, "positive": 0.8, "surprise": 0.1, "other": 0.0},
        },
        "rois": [],
        "text": "",
        "source": {"flow": None, "mellm": None},
        "latency_ms": {"spot": None, "flow": None, "mellm": None},
    }


def test_annotations_have_a_column_per_action_unit() -> None:
    frame = annotations_frame([annotation(1), annotation(2, "AU4"), {**annotation(3), "withdrawn": "blink"}])
    assert list(frame.columns[-2:]) == ["AU4", "AU12"]
    assert frame[["aus", "AU4", "AU12"]].values.tolist() == [["L12+R12", 0.0, 0.8], ["L4+R4", 0.8, 0.0]]
    assert list(frame.emotion) == ["positive", "positive"]


def test_nothing_makes_empty_frames() -> None:
    for frame in (annotations_frame([]), events_frame([]), series_frame([])):
        assert frame.empty
        assert len(frame.columns) > 3


def test_fex_has_a_row_per_annotation_or_per_frame() -> None:
    rows, units = fex_rows([annotation(2, "AU4"), annotation(1)], fps=None, duration=None)
    assert units == ["AU04", "AU12"]
    assert [(row["approx_time"], row["AU04"], row["AU12"]) for row in rows] == [(1.1, 0.0, 0.8), (2.1, 0.8, 0.0)]
    rows, _ = fex_rows([annotation(1)], fps=10, duration=2)
    assert len(rows) == 21
    assert [row["frame"] for row in rows if row["AU12"] > 0] == [10, 11, 12]
    with pytest.raises(ValueError, match="fps"):
        fex_rows([], fps=0, duration=None)


def test_py_feat_reads_its_columns() -> None:
    pytest.importorskip("feat", reason="py-feat is not installed")
    fex = to_fex([annotation(1), annotation(2, "AU4")], fps=30)
    assert list(fex.aus.columns) == ["AU04", "AU12"]
    assert fex.aus.max().tolist() == [0.8, 0.8]
    assert fex.emotions.max()["positive"] == 0.8
    assert type(fex[fex.frame > 10]).__name__ == "Fex"


def test_finds_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MELLM_COMMAND", "node 'a b/mellm-live.js'")
    assert command_of(None) == ["node", "a b/mellm-live.js"]
    assert command_of(["x"]) == ["x"]
    monkeypatch.delenv("MELLM_COMMAND")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(FileNotFoundError, match="npm install"):
        command_of(None)
