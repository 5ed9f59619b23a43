"""pandas DataFrames of what the server sends. Needs pandas: `pip install 'mellm-live[frames]'`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .types import ActionUnit, Annotation, Event, Marker, Series

if TYPE_CHECKING:
    import pandas as pd


def _pandas() -> Any:
    try:
        import pandas
    except ImportError as error:
        raise ImportError("DataFrames need pandas: pip install 'mellm-live[frames]'") from error
    return pandas


def facs_code(units: Iterable[ActionUnit]) -> str:
    """Action units as FACS coders write them, e.g. `1+L12`."""
    side = {"left": "L", "right": "R", "both": ""}
    return "+".join(side[unit["side"]] + unit["au"].removeprefix("AU") for unit in units)


def annotations_frame(annotations: Iterable[Annotation]) -> pd.DataFrame:
    """One row per annotation: times in media seconds; a column per action unit holds its confidence, 0 if not seen."""
    kept = [annotation for annotation in annotations if "withdrawn" not in annotation]
    columns = ["id", "session", "face", "kind", "onset", "apex", "offset", "score", "aus", "emotion", "text"]
    units = sorted({unit["au"] for annotation in kept for unit in annotation["aus"]}, key=lambda au: int(au[2:]))
    rows: list[dict[str, Any]] = []
    for a in kept:
        emotion = a["emotion"]
        confidence = {unit["au"]: unit["confidence"] for unit in sorted(a["aus"], key=lambda one: one["confidence"])}
        rows.append(
            {
                **{column: a[column] for column in columns if column in a},  # type: ignore[literal-required]
                "aus": facs_code(a["aus"]),
                "emotion": None if emotion is None else emotion["label"],
                **{au: confidence.get(au, 0.0) for au in units},
            }
        )
    return _pandas().DataFrame(rows, columns=[*columns, *units]).astype({"offset": float})


def regions_frame(annotations: Iterable[Annotation]) -> pd.DataFrame:
    """One row per annotation and facial region: the motion that was measured there."""
    rows = [{"id": a["id"], **roi} for a in annotations for roi in a["rois"]]
    return _pandas().DataFrame(rows)


def markers_frame(markers: Iterable[Marker]) -> pd.DataFrame:
    """One row per marker; `time` is its wall-clock time (UTC)."""
    columns = ["marker", "t", "time", "error_ms", "code", "trial", "stimulus"]
    rows = [{**marker, **_wall(marker)} for marker in markers]
    return _timed(_pandas().DataFrame(rows, columns=columns))


def events_frame(events: Iterable[Event]) -> pd.DataFrame:
    """One row per event: `type`, `t`, `seq`, `time` (wall clock, UTC), and the event itself."""
    rows = [{**event, **_wall(event), "event": event} for event in events]
    columns = ["type", "session", "t", "seq", "time", "error_ms", "face", "annotation", "event"]
    frame = _pandas().DataFrame(rows, columns=columns)
    return _timed(frame.astype({"seq": "Int64"}))


def series_frame(events: Iterable[Event]) -> pd.DataFrame:
    """One row per sample of the motion that the spotter sees, from the events `signal`."""
    rows = [
        (event["face"], t, motion, event["threshold"], event.get("unit", "px"))
        for event in events
        if event["type"] == "signal"
        for t, motion in zip(event["t"], event["motion"], strict=True)
    ]
    return _pandas().DataFrame(rows, columns=["face", "t", "motion", "threshold", "unit"])


def curves_frame(series: Series) -> pd.DataFrame:
    """One row per face and point of stored curves: `face`, `t`, and for each curve its highest value there."""
    pd = _pandas()
    shown = [
        pd.DataFrame({"face": one["face"], "t": one["t"], **{name: c["max"] for name, c in one["curves"].items()}})
        for one in series["faces"]
    ]
    return pd.concat(shown, ignore_index=True) if shown else pd.DataFrame(columns=["face", "t"])


def _wall(stated: Any) -> dict[str, float]:
    wall = stated.get("wall")
    return {} if wall is None else {"time": wall["at"], "error_ms": wall["error_ms"]}


def _timed(frame: Any) -> Any:
    frame["time"] = _pandas().to_datetime(frame["time"].astype(float), unit="ms", utc=True)
    return frame
