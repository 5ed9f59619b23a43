# Generated from the server's schemas by `node scripts/build/write-python-types.js`: edit src/events instead.
# fmt: off
"""What the server sends and takes, as TypedDicts: the same schemas as in /openapi.json and /asyncapi.json."""

from __future__ import annotations

from typing import Literal, TypedDict, Union

class Access(TypedDict):
    # whether requests need a token
    token: Literal["required", "not_needed"]
    # what this token allows
    grants: list[Literal["publish", "watch", "review", "metrics", "admin"]]
    # the only session name that the token is valid for; null for all
    session: str | None
    # what a page must show before it opens a camera, and have acknowledged; null: nothing
    notice: str | None


class _ActionUnit(TypedDict):
    # FACS number, e.g. AU12
    au: str
    # the person's own side
    side: Literal["left", "right", "both"]
    confidence: float


class ActionUnit(_ActionUnit, total=False):
    # Fields that may be absent.
    unsupported: bool


class Probabilities(TypedDict):
    negative: float
    positive: float
    surprise: float
    other: float


class Emotion(TypedDict):
    label: Literal["negative", "positive", "surprise", "other"]
    probabilities: Probabilities


class _RegionMotion(TypedDict):
    region: str
    # px of the 224-px reference crop
    mean_magnitude: float
    max_magnitude: float
    # one of eight words, or why there is none
    direction: str
    # 0 = right, counter-clockwise, up positive; null without a dominant direction
    angle_deg: float | None
    # |resultant| / sum of magnitudes
    concentration: float


class RegionMotion(_RegionMotion, total=False):
    # Fields that may be absent.
    # px: standard error of the motion; below three of them a region counts as still
    sigma: float


class Source(TypedDict):
    # <model>@<sha8>; <host>/<model> if the flow server does not report its hash and no local model is loaded
    flow: str | None
    # embedded@<sha8>, or <base url's host>/<model>
    mellm: str | None


class Latency(TypedDict):
    # apex frame received to alert sent
    spot: float | None
    flow: float | None
    mellm: float | None


class FailureReason(TypedDict, total=False):
    """why flow or text is missing, if known"""

    flow: Literal["overload", "expired", "failed", "no_crops"]
    mellm: Literal["overload", "expired", "failed", "no_crops"]


class _Annotation(TypedDict):
    id: str
    session: str
    face: str
    kind: Literal["micro", "macro"]
    # media seconds since the session's first frame
    onset: float
    # media seconds since the session's first frame
    apex: float
    offset: float | None
    score: float
    aus: list[ActionUnit]
    # null with --no-emotion, or if no category was inferred
    emotion: Emotion | None
    rois: list[RegionMotion]
    text: str
    source: Source
    latency_ms: Latency


class Annotation(_Annotation, total=False):
    # Fields that may be absent.
    incomplete: list[Literal["flow", "mellm", "offset"]]
    # why flow or text is missing, if known
    failure_reason: FailureReason
    withdrawn: Literal["blink", "head", "gap", "nuisance"]


class Ask(TypedDict):
    # in English; docs/questions.md has the forms
    question: str


class Health(TypedDict):
    status: Literal["ok"]


class ImageList(TypedDict):
    # names of the images that are stored now
    images: list[Literal["onset", "apex", "flow", "motion"]]


class Wall(TypedDict):
    """wall-clock time of `t`; absent for recordings"""

    # milliseconds since the epoch, by the server's clock
    at: float
    # within which 95 % of the latest frames arrived; the constant delay from the lens to the server is not part of it
    error_ms: float


class _Marker(TypedDict):
    marker: str
    session: str
    # media seconds since the session's first frame
    t: float
    # what happened, e.g. `onset` or `response`
    code: str


class Marker(_Marker, total=False):
    # Fields that may be absent.
    # wall-clock time of `t`; absent for recordings
    wall: Wall
    trial: str
    stimulus: str


class _NewMarker(TypedDict):
    # what happened, e.g. `onset` or `response`
    code: str


class NewMarker(_NewMarker, total=False):
    # Fields that may be absent.
    trial: str
    stimulus: str
    # media seconds; absent: `at`
    t: float
    # milliseconds since the epoch, by the server's clock; absent: when the request arrived
    at: float


class _NewRecording(TypedDict):
    # name of the file; also of the session if `session` is absent
    name: str
    # bytes of the file
    size: int


class NewRecording(_NewRecording, total=False):
    # Fields that may be absent.
    # SHA-256 of the file, verified before the analysis
    sha256: str
    # name of the session
    session: str
    # false alarm rate of the learned spotter; default `spotting.false_alarms_per_minute`
    false_alarms_per_minute: float


class NewReviewActionUnit(TypedDict):
    # FACS number, e.g. AU12
    au: str
    # the person's own side
    side: Literal["left", "right", "both"]


class NewReview(TypedDict):
    # the alert that is judged; null if the coder added the window
    annotation: str | None
    face: str
    kind: Literal["micro", "macro"]
    # media seconds since the session's first frame
    onset: float
    # media seconds since the session's first frame
    apex: float
    # media seconds since the session's first frame
    offset: float
    aus: list[NewReviewActionUnit]
    category: Literal["negative", "positive", "surprise", "other"] | None
    # `added`: a window that the machine missed, or any window of a coder who was blind to the machine
    verdict: Literal["accepted", "rejected", "added"]
    note: str


class Problem(TypedDict):
    # `urn:mellm-live:problem:` and the code
    type: str
    title: str
    status: int
    # the cause and the fix, for people
    detail: str
    # stable, for programs
    code: str


class Evidence(TypedDict):
    aus: list[ActionUnit]
    # regions that were measured
    rois: int
    # what inferred the action units, as in `source.mellm` of the annotation
    source: str | None


class QuestionAnswer(TypedDict):
    # how the question was understood
    form: Literal["coarse", "fine", "units", "unit", "side", "unit_side", "all"]
    # `can't tell` where the evidence does not say
    answer: str
    evidence: Evidence


class _Store(TypedDict):
    state: Literal["ok", "failing"]
    # queued writes
    waiting: int
    # writes dropped since the start
    lost: int


class Store(_Store, total=False):
    # Fields that may be absent.
    detail: str
    since: str


class _Readiness(TypedDict):
    status: Literal["ready"]


class Readiness(_Readiness, total=False):
    # Fields that may be absent.
    # live sessions
    sessions: int
    # `<model>@<sha8>` of each model loaded
    models: list[str]
    store: Store


class Progress(TypedDict):
    # media seconds analysed
    t: float
    # total media seconds; null if the file does not state it
    duration: float | None
    # of the whole; null if the duration is unknown
    share: float | None
    # media seconds analysed per second
    speed: float


class Error(TypedDict):
    code: str
    message: str


class Recording(TypedDict):
    # also the id of its session, which starts with the analysis
    id: str
    # name of the file
    name: str
    # bytes of the file
    size: int
    # bytes that have arrived
    offset: int
    # done: analysed to its end; failed: see `error`. Both are reported for an hour
    state: Literal["uploading", "waiting", "analyzing", "done", "failed"]
    # recordings that are analysed before this one; null unless it waits
    position: int | None
    # null before the analysis; fields as in the event `progress` (events.md)
    progress: Progress | None
    # a player's time at media time 0, in seconds; null while unknown
    start: float | None
    # why it failed
    error: Error | None
    # what to consider when judging the result, e.g. frames that could not be decoded
    warnings: list[str]
    # when an unfinished upload is deleted unless more bytes come; null once it is complete
    expires: str | None


class Review(TypedDict):
    coder: str
    # unique for the coder; the page uses the alert's id
    entry: str
    # the alert that is judged; null if the coder added the window
    annotation: str | None
    face: str
    kind: Literal["micro", "macro"]
    # media seconds since the session's first frame
    onset: float
    # media seconds since the session's first frame
    apex: float
    # media seconds since the session's first frame
    offset: float
    aus: list[NewReviewActionUnit]
    category: Literal["negative", "positive", "surprise", "other"] | None
    # `added`: a window that the machine missed, or any window of a coder who was blind to the machine
    verdict: Literal["accepted", "rejected", "added"]
    note: str
    # when the server stored it
    updated: str


class Coder(TypedDict):
    coder: str
    entries: int


class ReviewList(TypedDict):
    # who has reviewed this session
    coders: list[Coder]
    # by coder and entry
    reviews: list[Review]


class Curves(TypedDict):
    min: list[float | None]
    max: list[float | None]


Fault = TypedDict("Fault", {
    "fault": "str",
    "from": "float",
    "to": "float",
})


Gap = TypedDict("Gap", {
    "from": "float",
    "to": "float",
})


class Peak(TypedDict):
    # media seconds
    t: float
    score: float
    threshold: float | None
    # why this peak raised no alert, or why its alert was withdrawn
    reason: Literal["below_threshold", "blink", "head", "speech", "cannot_see", "withdrawn", "other"]


class Face(TypedDict):
    face: str
    # media seconds, one for each point
    t: list[float]
    # lowest and highest value around each point; null where nothing is known
    curves: dict[str, Curves]
    # when and why nothing could be spotted
    faults: list[Fault]
    # when the face was not in view
    gaps: list[Gap]
    # peaks of the score outside of alerts
    peaks: list[Peak]


Series = TypedDict("Series", {
    "session": "str",
    "from": "float",
    "to": "float",
    "faces": "list[Face]",
})


class Video(TypedDict):
    width: float
    height: float
    codec: str


class AnnotationCounts(TypedDict):
    micro: int
    macro: int


class Unread(TypedDict):
    face: str
    # seconds in view
    watched: float
    # seconds that each region could not be read, by reason: a fault of the face, or `lost` (covered, deformed or too fast)
    regions: dict[str, dict[str, float]]


class _Totals(TypedDict):
    # media seconds since the session's first frame
    duration: float
    frames_received: int
    frames_analyzed: int
    frames_dropped: int
    annotations: AnnotationCounts


class Totals(_Totals, total=False):
    # Fields that may be absent.
    unread: list[Unread]


class SessionAnnotationCounts(TypedDict):
    micro: float
    macro: float


class MadeWith(TypedDict):
    version: str
    models: list[str]
    settings: dict[str, str | float | bool | None]


class Session(TypedDict):
    id: str
    name: str
    state: Literal["live", "ended"]
    started: str
    ended: str | None
    reason: str | None
    video: Video | None
    totals: Totals | None
    annotations: SessionAnnotationCounts
    made_with: MadeWith | None


class SessionList(TypedDict):
    sessions: list[Session]


class SessionSettings(TypedDict):
    # false alarm rate of the learned spotter
    false_alarms_per_minute: float


class SessionSettingsSet(TypedDict):
    # the value in effect: at most the highest rate that the model has a threshold for
    false_alarms_per_minute: float


class Ticket(TypedDict):
    # valid once, as `ticket` in the URL of `/ws`
    ticket: str
    # seconds
    expires_in: float


class SessionStartedEventVideo(TypedDict):
    width: int
    height: int
    codec: str


class _SessionStartedEvent(TypedDict):
    type: Literal["session.started"]
    session: str
    # media seconds since the session's first frame
    t: float
    seq: int
    name: str
    video: SessionStartedEventVideo


class SessionStartedEvent(_SessionStartedEvent, total=False):
    # Fields that may be absent.
    # wall-clock time of `t`; absent for recordings
    wall: Wall


class _SessionEndedEvent(TypedDict):
    type: Literal["session.ended"]
    session: str
    # media seconds since the session's first frame
    t: float
    seq: int
    reason: str
    totals: Totals


class SessionEndedEvent(_SessionEndedEvent, total=False):
    # Fields that may be absent.
    # wall-clock time of `t`; absent for recordings
    wall: Wall


class _AnnotationOpenedEvent(TypedDict):
    type: Literal["annotation.opened"]
    session: str
    # media seconds since the session's first frame
    t: float
    seq: int
    annotation: str
    face: str
    kind: Literal["micro", "macro"]
    # media seconds since the session's first frame
    onset: float
    # media seconds since the session's first frame
    apex: float


class AnnotationOpenedEvent(_AnnotationOpenedEvent, total=False):
    # Fields that may be absent.
    # wall-clock time of `t`; absent for recordings
    wall: Wall
    score: float


class _Head(TypedDict):
    u: float
    v: float
    rotation: float


class Head(_Head, total=False):
    # Fields that may be absent.
    # how it was estimated: a rigid fit of the face's relief, or MEFlowNet's own head flow
    method: Literal["geometry", "network"]


class Flow(TypedDict):
    rois: list[RegionMotion]
    head: Head
    images: list[Literal["onset", "apex", "flow", "motion"]]


class Mellm(TypedDict):
    delta: str


class _AnnotationUpdatedEvent(TypedDict):
    type: Literal["annotation.updated"]
    session: str
    # media seconds since the session's first frame
    t: float
    seq: int
    annotation: str


class AnnotationUpdatedEvent(_AnnotationUpdatedEvent, total=False):
    # Fields that may be absent.
    # wall-clock time of `t`; absent for recordings
    wall: Wall
    kind: Literal["micro", "macro"]
    # media seconds since the session's first frame
    onset: float
    # media seconds since the session's first frame
    apex: float
    # media seconds since the session's first frame
    offset: float
    score: float
    flow: Flow
    mellm: Mellm


class _AnnotationClosedEvent(TypedDict):
    type: Literal["annotation.closed"]
    session: str
    # media seconds since the session's first frame
    t: float
    seq: int
    annotation: Annotation


class AnnotationClosedEvent(_AnnotationClosedEvent, total=False):
    # Fields that may be absent.
    # wall-clock time of `t`; absent for recordings
    wall: Wall


class _ErrorEvent(TypedDict):
    type: Literal["error"]
    session: str
    # media seconds since the session's first frame
    t: float
    seq: int
    code: str
    message: str


class ErrorEvent(_ErrorEvent, total=False):
    # Fields that may be absent.
    # wall-clock time of `t`; absent for recordings
    wall: Wall


class _MarkerEvent(TypedDict):
    type: Literal["marker"]
    session: str
    # media seconds since the session's first frame
    t: float
    seq: int
    marker: str
    # what happened, e.g. `onset` or `response`
    code: str


class MarkerEvent(_MarkerEvent, total=False):
    # Fields that may be absent.
    # wall-clock time of `t`; absent for recordings
    wall: Wall
    trial: str
    stimulus: str


class Pose(TypedDict):
    """radians"""

    yaw: float
    pitch: float
    roll: float


class Quality(TypedDict):
    score: float
    # worst first: too_small, too_dark, too_bright, blurred, turned, cut_off, unstable, and few_frames if fewer than 15 frames per second are analysed
    faults: list[str]


class _TrackEvent(TypedDict):
    type: Literal["track"]
    session: str
    # media seconds since the session's first frame
    t: float
    face: str
    # x, y, width, height, normalised 0..1
    box: list[float]
    # normalised 0..1, see LANDMARK_SUBSET
    landmarks: list[list[float]]
    # radians
    pose: Pose
    quality: Quality


class TrackEvent(_TrackEvent, total=False):
    # Fields that may be absent.
    # wall-clock time of `t`; absent for recordings
    wall: Wall


class _SignalEvent(TypedDict):
    type: Literal["signal"]
    session: str
    face: str
    # media seconds of each sample; a signal event batches the samples since the last
    t: list[float]
    # one for each t, in `unit`
    motion: list[float]
    # what an alert must exceed, in `unit`
    threshold: float


class SignalEvent(_SignalEvent, total=False):
    # Fields that may be absent.
    # px of the reference crop (spotting by rules, and if absent), or the learned spotter's likelihood 0..1 of an ongoing expression
    unit: Literal["px", "likelihood"]


class StatsEventLatency(TypedDict):
    """frame received to track event"""

    p50: float | None
    p95: float | None


class _StatsEvent(TypedDict):
    type: Literal["stats"]
    session: str
    # media seconds since the session's first frame
    t: float
    fps_in: float
    fps_analyzed: float
    frames_dropped: int
    # frame received to track event
    latency_ms: StatsEventLatency
    queue: int


class StatsEvent(_StatsEvent, total=False):
    # Fields that may be absent.
    # wall-clock time of `t`; absent for recordings
    wall: Wall
    faces: int
    # what could not be judged so far, for the faces seen since the last `stats`
    unread: list[Unread]
    # setting of the learned spotter; change it with PATCH /api/sessions/{id}
    false_alarms_per_minute: float


class ProgressEvent(TypedDict):
    type: Literal["progress"]
    session: str
    # media seconds analysed
    t: float
    # total media seconds; null if the file does not state it
    duration: float | None
    # of the whole; null if the duration is unknown
    share: float | None
    # media seconds analysed per second
    speed: float


AnnotationList = list[Annotation]
MarkerList = list[Marker]

DurableEvent = Union[
    SessionStartedEvent,
    SessionEndedEvent,
    AnnotationOpenedEvent,
    AnnotationUpdatedEvent,
    AnnotationClosedEvent,
    ErrorEvent,
    MarkerEvent,
]

EphemeralEvent = Union[
    TrackEvent,
    SignalEvent,
    StatsEvent,
    ProgressEvent,
]

Event = Union[DurableEvent, EphemeralEvent]

ImageName = Literal["onset", "apex", "flow", "motion"]
ExportFormat = Literal["json", "jsonl", "csv", "eaf", "bids"]
UPLOAD_TYPE = "application/offset+octet-stream"
SUBPROTOCOL = "mellm.v1"
