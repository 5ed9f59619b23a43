"""Client of mellm-live: facial micro-expressions found in live video, as events and DataFrames."""

from .analyze import analyze
from .async_client import AsyncMellmClient
from .client import MellmClient
from .errors import ProblemError
from .fex import to_fex
from .frames import annotations_frame, curves_frame, events_frame, markers_frame, regions_frame, series_frame
from .types import Annotation, DurableEvent, EphemeralEvent, Event, Marker, Session

__all__ = [
    "Annotation",
    "AsyncMellmClient",
    "DurableEvent",
    "EphemeralEvent",
    "Event",
    "Marker",
    "MellmClient",
    "ProblemError",
    "Session",
    "analyze",
    "annotations_frame",
    "curves_frame",
    "events_frame",
    "markers_frame",
    "regions_frame",
    "series_frame",
    "to_fex",
]
