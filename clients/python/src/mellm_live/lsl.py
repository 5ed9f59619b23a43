"""Lab Streaming Layer: `python -m mellm_live.lsl` publishes a live session, and takes markers. Needs `mellm-live[lsl]`.

Streams out: `mellm-alerts` (type Markers, strings: kind, action units and category as JSON) and one `mellm-motion` per
face (type Motion, two channels: motion and threshold) and `mellm-action-units` (type AUs, a channel for each of
`UNITS`, 0 to 5). A stream of type Markers of another program is set as markers in
the session.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from typing import Any

from .client import MellmClient
from .errors import ProblemError
from .frames import facs_code
from .types import Annotation, Event, Face, SignalEvent

#: channels of `mellm-action-units`
UNITS = ("AU01", "AU02", "AU04", "AU12", "AU25", "AU26", "AU45")
#: points of a face that are read at a time
POINTS = 4000
#: seconds that are read again: curves are stored in blocks of ten seconds, of each face at another moment
OVERLAP = 12.0


def lsl_minus_epoch() -> float:
    """What must be added to `time.time()` for LSL's clock: of several readings, the one that took the least time."""
    import pylsl

    readings = []
    for _ in range(16):
        before = pylsl.local_clock()
        epoch = time.time()
        after = pylsl.local_clock()
        readings.append((after - before, (before + after) / 2 - epoch))
    return float(min(readings)[1])


class LslBridge:
    """One session between mellm-live and LSL. Time stamps are those of the filmed moment, by `wall` of the events."""

    def __init__(self, client: MellmClient, session: str) -> None:
        import pylsl

        self._lsl = pylsl
        self._client = client
        self._session = session
        info = pylsl.StreamInfo("mellm-alerts", "Markers", 1, 0, "string", f"{session}-alerts")
        self._alerts = pylsl.StreamOutlet(info)
        self._motion: dict[str, Any] = {}
        self._units: dict[str, Any] = {}
        #: media time of the last sample of each face's action units
        self._units_until: dict[str, float] = {}
        #: seconds since the epoch at media time 0, by the latest event with `wall`
        self._zero: float | None = None
        #: media time of the latest event
        self._latest = 0.0
        #: samples that were left out because no event had told the wall-clock time yet
        self.dropped = 0
        self._stopped = threading.Event()

    def run(self) -> None:
        """Publishes until the session ends or `stop` is called."""
        for event in self._client.events(self._session):
            if self._stopped.is_set():
                return
            self.take(event)

    def stop(self) -> None:
        self._stopped.set()

    def take(self, event: Event) -> None:
        if event["type"] == "signal":
            self._push_motion(event)
            return
        if event["type"] != "progress" and "wall" in event:
            self._zero = event["wall"]["at"] / 1000 - event["t"]
            self._latest = event["t"]
        if event["type"] == "annotation.closed" and "withdrawn" not in event["annotation"]:
            self._push_alert(event["annotation"])

    def stamp(self, t: float) -> float | None:
        """LSL time of a media time; None while it is unknown."""
        return None if self._zero is None else self._zero + t + lsl_minus_epoch()

    def _push_alert(self, annotation: Annotation) -> None:
        at = self.stamp(annotation["apex"])
        if at is None:
            self.dropped += 1
            return
        emotion = annotation["emotion"]
        said = {
            "id": annotation["id"],
            "kind": annotation["kind"],
            "aus": facs_code(annotation["aus"]),
            "emotion": None if emotion is None else emotion["label"],
        }
        self._alerts.push_sample([json.dumps(said)], at)

    def _push_motion(self, event: SignalEvent) -> None:
        outlet = self._motion.get(event["face"])
        if outlet is None and len(self._motion) < 16:
            info = self._lsl.StreamInfo("mellm-motion", "Motion", 2, 0, "float32", f"{self._session}-{event['face']}")
            outlet = self._motion[event["face"]] = self._lsl.StreamOutlet(info)
        for t, motion in zip(event["t"], event["motion"], strict=True):
            at = self.stamp(t)
            if outlet is None or at is None:
                self.dropped += 1
            else:
                outlet.push_sample([motion, event["threshold"]], at)

    def push_units(self) -> None:
        """Publishes the strengths of action units that the server has stored since the last call; NaN where unknown."""
        start = max(0.0, max(self._units_until.values(), default=self._latest) - OVERLAP)
        series = self._client.series(self._session, start=start, points=POINTS, curves=",".join(UNITS))
        for face in series["faces"]:
            self._push_face_units(face)

    def _push_face_units(self, face: Face) -> None:
        name = face["face"]
        outlet = self._units.get(name)
        if outlet is None and len(self._units) < 16:
            info = self._lsl.StreamInfo(
                "mellm-action-units", "AUs", len(UNITS), 0, "float32", f"{self._session}-{name}-aus"
            )
            channels = info.desc().append_child("channels")
            for unit in UNITS:
                channel = channels.append_child("channel")
                channel.append_child_value("label", unit)
                channel.append_child_value("unit", "0..5")
            outlet = self._units[name] = self._lsl.StreamOutlet(info)
        curves = [face["curves"][unit]["max"] for unit in UNITS]
        for i, t in enumerate(face["t"]):
            if t <= self._units_until.get(name, -1.0):
                continue
            at = self.stamp(t)
            if outlet is None or at is None:
                self.dropped += 1
            else:
                values = [curve[i] for curve in curves]
                outlet.push_sample([float("nan") if value is None else value for value in values], at)
            self._units_until[name] = t

    def run_units(self, *, every: float = 2.0) -> None:
        """Publishes action units until the session's curves are gone or `stop` is called.

        :param every: seconds between two requests
        """
        while not self._stopped.wait(every):
            try:
                self.push_units()
            except ProblemError as error:
                if error.status == 404:
                    return

    def take_markers(self, name: str, *, timeout: float = 30.0) -> None:
        """Sets the samples of a stream of markers as markers of the session, until `stop` is called.

        :param name: of the stream
        :param timeout: seconds to look for it
        """
        found = self._lsl.resolve_byprop("name", name, 1, timeout)
        if not found:
            raise TimeoutError(f"no LSL stream is named {name}")
        inlet = self._lsl.StreamInlet(found[0], max_buflen=60, processing_flags=self._lsl.proc_clocksync)
        while not self._stopped.is_set():
            sample, stamp = inlet.pull_sample(timeout=0.2)
            if sample is None:
                continue
            try:
                self._client.mark(self._session, str(sample[0])[:128], at=stamp - lsl_minus_epoch())
            except ProblemError as error:
                if error.status == 404:
                    return
                self.dropped += 1
        inlet.close_stream()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mellm_live.lsl", description="Connects a live session with LSL")
    parser.add_argument("--server", help="address of the server")
    parser.add_argument("--session", help="default: the newest live one")
    parser.add_argument("--markers", metavar="NAME", help="LSL stream whose samples are set as markers")
    options = parser.parse_args()
    with MellmClient(options.server) as client:
        live = [session["id"] for session in client.sessions() if session["state"] == "live"]
        if not (options.session or live):
            parser.exit(1, "there is no live session: start one, or name it by --session\n")
        bridge = LslBridge(client, options.session or live[0])
        if options.markers:
            threading.Thread(target=bridge.take_markers, args=[options.markers], daemon=True).start()
        units = threading.Thread(target=bridge.run_units, daemon=True)
        units.start()
        bridge.run()
        bridge.stop()
        units.join()
        # The last block is stored when the session ends.
        bridge.push_units()


if __name__ == "__main__":
    main()
