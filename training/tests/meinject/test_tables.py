"""The tables: what kind of nuisance an event was, also in sets made before there was a column for it; and what is
missing, said in a line.
"""

import csv
import json
import sys

import pytest

from common.prerequisites import MissingError, needed
from meinject import benchmark, generate
from meinject.benchmark import CHEWING, add_what, align_to_frames, draw_scene, truth_rows, write_record, write_tables

SUB_KINDS = {
    "head": {"turn", "nod", "shake", "tilt", "shift", "scale"},
    "light": {"flicker", "step", "shadow", "glow"},
    "frames": {"dropped", "repeated"},
    "chew": {"open", "closed"},
}


def record_of(sources, index, seed=1):
    scene = draw_scene(sources, seed, "train", index)
    align_to_frames(scene.spec, scene.events)
    return {"clip": {"clip": scene.spec.name}, "truth": truth_rows(scene.spec, scene.events), "seed": seed}


def without_what(record):
    return record | {
        "truth": [{name: value for name, value in row.items() if name != "what"} for row in record["truth"]]
    }


def test_the_truth_names_the_sub_kind_of_head_light_frames_and_chewing(sources):
    seen = {}
    for index in (3, 7, 10, 12, 14, CHEWING):
        for row in record_of(sources, index)["truth"]:
            seen.setdefault(row["kind"], set()).add(row["what"])
    assert {"head", "light", "chew"} <= set(seen)
    for kind, names in seen.items():
        assert names <= SUB_KINDS.get(kind, {""})


def test_a_set_made_without_the_column_gets_it_unrendered(sources, tmp_path):
    whole = record_of(sources, 10)
    path = tmp_path / "records" / "train-0010.json"
    write_record(path, without_what(whole))
    write_tables(tmp_path)
    assert {row["what"] for row in csv.DictReader((tmp_path / "truth.csv").open())} == {""}
    assert add_what(sources, path)
    assert json.loads(path.read_text()) == whole
    assert not add_what(sources, path)
    write_tables(tmp_path)
    rows = list(csv.DictReader((tmp_path / "truth.csv").open()))
    assert tuple(rows[0]) == benchmark.TRUTH
    assert benchmark.TRUTH[-1] == "what"
    assert {row["what"] for row in rows if row["kind"] == "head"} <= SUB_KINDS["head"]


def test_record_of_a_different_clip_is_unchanged(sources, tmp_path):
    path = tmp_path / "records" / "train-0010.json"
    record = without_what(record_of(sources, 10, seed=2)) | {"seed": 1}
    write_record(path, record)
    with pytest.raises(ValueError, match="different clip"):
        add_what(sources, path)
    assert json.loads(path.read_text()) == record


@pytest.mark.parametrize(
    ("name", "arguments"), [("blendshapes.npz", ["--cache", "nowhere"]), ("records", ["--add-what"])]
)
def test_missing_input_is_reported_in_one_line(name, arguments, data, tmp_path, monkeypatch):
    monkeypatch.setattr(
        sys,
        "argv",
        [
            "meinject.generate",
            "--data",
            str(data[0]),
            "--cache",
            str(data[1]),
            "--out",
            str(tmp_path),
            "--split",
            "train",
            "--clips",
            "1",
            *arguments,
        ],
    )
    with pytest.raises(SystemExit) as end:
        generate.main()
    assert f"{name} is missing: " in str(end.value)
    assert "README.md" in str(end.value) or "--out" in str(end.value)
    assert "\n" not in str(end.value)


def test_missing_portraits_and_landmarks_are_named(data, tmp_path):
    with pytest.raises(MissingError, match=r"female-02\.jpg is missing: .*MELLM_DATA"):
        benchmark.Sources(tmp_path, data[1], "train").portrait("faces/generated/female-02.jpg")
    with pytest.raises(MissingError, match=r"pyfeat_single_face_selfie\.mp4 is missing"):
        benchmark.Sources(*data, "train", tmp_path)
    assert needed(tmp_path, "made") == tmp_path
