"""What happens in a clip, drawn from a seed: a list of Events on the clip's time line."""

from dataclasses import dataclass, field

import numpy as np

from common.action_units import draw_action_units, shape_weights

from . import curves, jaw

CONDITIONS = ("quiet", "still", "speech", "headmotion", "light", "mixed", "chew")
# Kinds of the truth table. Everything but micro and macro must not fire.
KINDS = (
    "micro",
    "macro",
    "blink",
    "gaze",
    "head",
    "speech",
    "chew",
    "swallow",
    "light",
    "codec",
    "frames",
    "focus",
    "zoom",
    "cover",
    "second_face",
    "absent",
)


@dataclass
class Event:
    """kind of KINDS; start, end: s, roughly; `data`: what the renderer needs; the rest is filled in when it is
    rendered.
    """

    kind: str
    start: float
    end: float
    data: dict = field(default_factory=dict)
    onset: float = float("nan")
    apex: float = float("nan")
    offset: float = float("nan")
    peak_px: float = float("nan")
    aus: str = ""
    sides: str = ""


class Timeline:
    """Draws events without unwanted overlaps.

    rng: numpy Generator; seconds: length; lead: s left quiet at the beginning.
    """

    def __init__(self, rng, seconds, lead):
        self.rng, self.seconds, self.lead = rng, seconds, lead
        self.events = []

    def free(self, start, end, kinds, gap):
        return all(
            end + gap <= e.start or start - gap >= e.end for e in self.events if kinds is None or e.kind in kinds
        )

    def place(self, kind, length, avoid=None, gap=0.25, lead=None, tries=30, **data):
        """Put an event of `length` s at a free time; None where there is none.

        avoid: kinds that it must not meet, None for all.
        """
        first = self.lead if lead is None else lead
        for _ in range(tries):
            start = self.rng.uniform(first, max(first + 0.01, self.seconds - length - 0.15))
            if start + length < self.seconds - 0.1 and self.free(start, start + length, avoid, gap):
                self.events.append(Event(kind, start, start + length, data))
                return self.events[-1]
        return None


def draw_timeline(rng, seconds, condition, null, source, own=()):
    """Events of one clip. null: without micro-expressions; source: still | clip (a real clip shows no drawn speech,
    head or lids); own: spontaneous movements of a real clip.
    """
    line = Timeline(rng, seconds, min(2.0, 0.2 * seconds))
    line.events += own
    still = source == "still"
    if condition == "chew":
        draw_chewing(line, still)
    if not null:
        for _ in range(int(rng.integers(3, 6)) if seconds > 9 else int(rng.integers(2, 4))):
            during = mostly_avoids(rng, ("chew",), 0.5) if condition == "chew" else ()
            line.place("micro", 0.5, avoid=("micro", "macro", "blink", "absent", *during), gap=0.6)
    if rng.random() < {"quiet": 0.25, "still": 0.15, "mixed": 0.6}.get(condition, 0.15):
        for _ in range(int(rng.integers(1, 3))):
            line.place("macro", float(rng.uniform(1.0, 4.0)), avoid=("micro", "macro", "absent", "chew"), gap=0.4)
    if condition == "mixed":
        for kind in rng.permutation(
            ["cover", "second_face", "zoom", "focus", "frames", "speech", "head", "light", "codec"]
        ):
            if rng.random() < 0.5 and (still or kind not in ("speech", "head")):
                DRAWN[kind](line)
    if condition == "light":
        for _ in range(int(rng.integers(2, 5))):
            draw_light(line)
    if still and condition == "speech":
        for _ in range(int(rng.integers(2, 5))):
            draw_speech(line)
        if rng.random() < 0.35:
            line.place(
                "chew", float(rng.uniform(2, 4)), avoid=("micro", "macro", "speech"), rate=float(rng.uniform(1, 1.7))
            )
    if still and condition == "headmotion":
        for _ in range(int(rng.integers(2, 5))):
            draw_head(line)
    if rng.random() < {"light": 0.4, "quiet": 0.12, "still": 0.12}.get(condition, 0.15):
        draw_codec(line)
    if rng.random() < 0.15:
        draw_frames(line)
    if rng.random() < 0.12:
        draw_focus(line)
    if still:
        draw_eyes(line, condition)
        if rng.random() < {"speech": 0.5, "quiet": 0.3, "still": 0.3, "mixed": 0.5, "chew": 0.6}.get(condition, 0.1):
            line.place("swallow", float(rng.uniform(0.5, 1.0)), avoid=("micro", "macro", "speech", "chew"), gap=0.1)
    return sorted(line.events, key=lambda e: e.start)


def mostly_avoids(rng, kinds, share=0.75):
    return kinds if rng.random() < share else ()


def draw_speech(line):
    rng = line.rng
    avoid = ("speech", "chew", "cover", *mostly_avoids(rng, ("micro",)), "macro")
    line.place(
        "speech",
        float(rng.uniform(1.2, 4.0)) if line.seconds > 9 else 1.3,
        avoid=avoid,
        gap=0.2,
        lead=0.5,
        rate=float(rng.uniform(3, 7)),
    )


def draw_chewing(line, still):
    """Bouts of chewing, mostly with the lips closed; in a real clip always, since nothing could be painted between the
    lips.
    """
    rng = line.rng
    for _ in range(int(rng.integers(2, 4)) if line.seconds > 9 else 1):
        what = "open" if still and rng.random() < 0.2 else "closed"
        cycles = jaw.draw_cycles(rng, float(rng.uniform(2.0, 4.5)) if line.seconds > 9 else 2.0)
        line.place("chew", jaw.length_of(cycles), avoid=("chew", "absent"), gap=0.4, lead=1.0, what=what, cycles=cycles)


def draw_head(line):
    rng = line.rng
    what = str(rng.choice(["turn", "nod", "tilt", "shift", "shake", "scale"]))
    length = {"turn": rng.uniform(0.8, 2.4), "nod": rng.uniform(0.8, 2.0), "shake": rng.uniform(0.8, 1.6)}.get(
        what, rng.uniform(0.7, 2.0)
    )
    line.place(
        "head", float(length), avoid=("head", "second_face", *mostly_avoids(rng, ("micro",), 0.7)), lead=0.7, what=what
    )


def draw_light(line):
    rng = line.rng
    what = str(rng.choice(["flicker", "step", "shadow", "glow"]))
    length = {
        "flicker": rng.uniform(1, 4),
        "step": rng.uniform(0.03, 0.2),
        "shadow": rng.uniform(0.4, 2.5),
        "glow": rng.uniform(0.3, 2),
    }[what]
    line.place(
        "light",
        float(min(length, 0.3 * line.seconds)),
        avoid=("light", *mostly_avoids(rng, ("micro",), 0.5)),
        lead=0.5,
        what=what,
    )


def draw_codec(line):
    """Keyframes at a steady period; each is an event of its own."""
    period, at = float(line.rng.uniform(1.0, 3.0)), float(line.rng.uniform(0.5, 1.5))
    while at < line.seconds - 0.3:
        line.events.append(Event("codec", at, at))
        at += period


def draw_frames(line):
    for _ in range(int(line.rng.integers(1, 5))):
        what = str(line.rng.choice(["dropped", "repeated"]))
        line.place("frames", float(line.rng.uniform(0.03, 0.25)), avoid=("frames", "micro"), gap=0.1, what=what)


def draw_focus(line):
    line.place("focus", float(line.rng.uniform(0.4, 1.2)), avoid=("micro", "macro", "focus"), gap=0.2)


def draw_zoom(line):
    line.place(
        "zoom",
        float(line.rng.uniform(0.6, 2.5)),
        avoid=("zoom", "second_face", *mostly_avoids(line.rng, ("micro",))),
        gap=0.2,
    )


def draw_cover(line):
    line.place("cover", float(line.rng.uniform(0.6, 2.0)), avoid=("micro", "macro", "cover"), gap=0.2)


def draw_second_face(line):
    line.place("second_face", float(line.rng.uniform(2.0, 4.5)), avoid=("second_face", "zoom", "head"), gap=0.0)


def draw_eyes(line, condition):
    """Blinks, about every three seconds, and gaze shifts, rather in the midst of other movement than at rest."""
    rng = line.rng
    for _ in range(rng.poisson(line.seconds / 3.2)):
        length = float(np.clip(curves.draw_from(rng, "blink_ms") * (0.5 if rng.random() < 0.3 else 0.8), 0.12, 0.6))
        depth = float(rng.uniform(0.35, 0.75)) if rng.random() < 0.2 else float(rng.uniform(0.92, 1.0))
        avoid = ("blink", "micro") if rng.random() < 0.85 else ("blink",)
        event = line.place("blink", length, avoid=avoid, gap=0.05, lead=0.3, depth=depth)
        if (
            event is not None
            and rng.random() < 0.15
            and line.free(event.end + 0.05, event.end + 0.35, ("blink", "micro"), 0.0)
        ):
            line.events.append(Event("blink", event.end + 0.05, event.end + 0.05 + 0.8 * length, {"depth": depth}))
    for _ in range(
        rng.poisson(line.seconds * {"headmotion": 0.3, "mixed": 0.3, "quiet": 0.12, "still": 0.2}.get(condition, 0.15))
    ):
        line.place(
            "gaze",
            float(rng.uniform(0.03, 0.06)),
            avoid=("gaze", "blink", *mostly_avoids(rng, ("micro",))),
            gap=0.15,
            lead=0.4,
        )


DRAWN = {
    "cover": draw_cover,
    "second_face": draw_second_face,
    "zoom": draw_zoom,
    "focus": draw_focus,
    "frames": draw_frames,
    "speech": draw_speech,
    "head": draw_head,
    "light": draw_light,
    "codec": draw_codec,
}


def draw_units(rng):
    """Action units of one expression, as published codings combine them; without AU 43, which is a blink's."""
    while True:
        units = [u for u in draw_action_units(rng) if u["au"] != 43]
        if units:
            return units


def shapes_by_side(units):
    """({blendshape: weight} of the person's left, right and middle), each unit as strong as its px says relative to the
    others.
    """
    sides = {"L": {}, "R": {}, "": {}}
    for unit in units:
        for name, weight in shape_weights(unit).items():
            side = name[-1] if name[-2:] in ("_L", "_R") else ""
            sides[side][name] = max(sides[side].get(name, 0), weight * unit["px"])
    return sides
