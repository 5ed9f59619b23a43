"""Py-feat's Fex of annotations. Needs Py-feat: `pip install 'mellm-live[fex]'`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from .types import Annotation

EMOTIONS = ("negative", "positive", "surprise", "other")


def to_fex(annotations: Iterable[Annotation], *, fps: float | None = None, duration: float | None = None) -> Any:
    """A `feat.Fex` with action units as Py-feat names them (`AU01`, confidence 0..1) and the categories as emotions.

    :param fps: absent: one row per annotation, at its apex; else one row per frame, with the units of the annotations
        whose onset and offset enclose it, and 0 elsewhere
    :param duration: seconds; default: until the last offset
    """
    try:
        from feat import Fex
    except ImportError as error:
        raise ImportError("Fex needs Py-feat: pip install 'mellm-live[fex]'") from error
    rows, units = fex_rows(annotations, fps=fps, duration=duration)
    columns = ["frame", "approx_time", "input", "kind", *units, *EMOTIONS]
    return Fex(
        rows,
        columns=columns,
        au_columns=units,
        emotion_columns=list(EMOTIONS),
        time_columns=["frame", "approx_time"],
        design_columns=["input", "kind"],
        sampling_freq=fps,
        detector="mellm-live",
    )


def fex_rows(
    annotations: Iterable[Annotation], *, fps: float | None, duration: float | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of the Fex and the names of its action units."""
    kept = sorted((a for a in annotations if "withdrawn" not in a), key=lambda a: a["onset"])
    units = sorted({_name(unit["au"]) for a in kept for unit in a["aus"]})
    still = dict.fromkeys([*units, *EMOTIONS], 0.0)
    shown = [(a, {**still, **_levels(a), "input": a["session"], "kind": a["kind"]}) for a in kept]
    if fps is None:
        return [{**row, "frame": n, "approx_time": a["apex"]} for n, (a, row) in enumerate(shown)], units
    if fps <= 0:
        raise ValueError("fps must be positive")
    end = max((_end(a) for a in kept), default=0.0) if duration is None else duration
    rows: list[dict[str, Any]] = []
    for frame in range(math.floor(end * fps) + 1):
        t = frame / fps
        at = [row for a, row in shown if a["onset"] <= t <= _end(a)]
        seen = {name: max((row[name] for row in at), default=0.0) for name in still}
        rows.append({"frame": frame, "approx_time": t, "input": kept[0]["session"] if kept else "", **seen})
        rows[-1]["kind"] = at[0]["kind"] if at else ""
    return rows, units


def _name(au: str) -> str:
    return f"AU{int(au[2:]):02d}"


def _end(annotation: Annotation) -> float:
    offset = annotation["offset"]
    return annotation["apex"] if offset is None else offset


def _levels(annotation: Annotation) -> dict[str, float]:
    levels: dict[str, float] = {}
    for unit in annotation["aus"]:
        levels[_name(unit["au"])] = max(levels.get(_name(unit["au"]), 0.0), unit["confidence"])
    emotion = annotation["emotion"]
    if emotion is not None:
        levels.update({label: emotion["probabilities"][label] for label in EMOTIONS})  # type: ignore[literal-required]
    return levels
