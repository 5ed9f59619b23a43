import numpy as np
import torch

from spotter.augment import Drawn, Sequences, mirror, slower_camera, swap_upper_face, with_injections
from spotter.clips import Clip, Event, targets_of
from spotter.decode import decode
from spotter.metrics import spotting_metrics
from spotter.model import CLASSES, DELAY, SpotterNet, SpotterStep
from spotter.signals import COLUMNS, COMPONENTS, FRESH, INTERVAL, REGIONS, TICK, TICK_VALUES, T, clip_ticks

NO_ROWS = np.zeros((0, COLUMNS))


def rows(fps, seconds, motion):
    t = np.arange(int(fps * seconds) + 1) / fps
    out = np.zeros((len(t), COLUMNS))
    out[:, T], out[:, 3:33], out[:, 33:63], out[:, -1] = t, motion(t)[:, None], 0.02, 1
    return out


def test_ticks_follow_a_straight_line_at_any_rate():
    for fps in (24, 30, 200):
        times, ticks = clip_ticks(rows(fps, 2, lambda t: 3 * t))
        assert np.allclose(np.diff(times), TICK)
        assert np.abs(ticks[:, 0] - 3 * times).max() < 1e-5
        assert np.isclose(ticks[5, INTERVAL], 1 / fps).all()
        assert ticks[:, FRESH].sum() == 1


def test_pause_starts_a_fresh_span():
    part = rows(30, 1, lambda t: 0 * t)
    later = part.copy()
    later[:, T] += 2
    _, ticks = clip_ticks(np.concatenate([part, later]))
    assert ticks[:, FRESH].sum() == 2


def test_step_by_step_equals_unrolled():
    torch.manual_seed(0)
    net = SpotterNet(width=16).eval().double()
    ticks = 0.1 * torch.randn(1, 60, TICK_VALUES, dtype=torch.float64).abs()
    ticks[:, :, INTERVAL], ticks[:, :, FRESH] = 1 / 30, 0
    ticks[:, [0, 30], FRESH] = 1
    step = SpotterStep(net)
    state, outs = step.first_state().double(), []
    with torch.no_grad():
        for k in range(60):
            out, state, _ = step(ticks[:, k], state)
            outs.append(out)
        assert torch.allclose(torch.stack(outs, 1), torch.sigmoid(net(ticks)), atol=1e-5)


def test_mirror_twice_is_the_same():
    ticks = np.random.default_rng(1).normal(size=(5, TICK_VALUES))
    assert np.allclose(mirror(mirror(ticks)), ticks)
    assert not np.allclose(mirror(ticks), ticks)


def test_a_slower_camera_sees_fewer_of_the_same_frames():
    fast = rows(60, 4, lambda t: np.sin(t))
    slow = slower_camera(np.random.default_rng(2), fast)
    assert 11 < len(slow) / 4 < 27
    assert set(slow[:, T]) <= set(fast[:, T])
    assert (np.diff(slow[:, T]) > 0).all()


def test_target_likelihoods_decode_to_the_truth():
    times = np.arange(1, 250) * TICK
    truth = [Event("micro", 1.0, 1.17, 1.4, 1.2), Event("macro", 2.0, 2.5, 3.5, 3.0), Event("blink", 4.0, 4.1, 4.3)]
    clip = Clip("c", "p", "quiet", 30, 5, False, times, np.zeros((len(times), TICK_VALUES), np.float32), NO_ROWS, truth)
    target, weight = targets_of(clip)
    assert weight.all()
    assert target.shape == (len(times), len(CLASSES))
    windows = decode(times, target, 0.3)
    assert [w.kind for w in windows] == ["micro", "macro"]
    assert abs(windows[0].onset - 1.0) < 0.03
    assert abs(windows[0].apex - 1.17) < 0.02
    assert abs(windows[0].offset - 1.4) < 0.03
    assert windows[0].opened - 1.17 < (DELAY + 3) * TICK
    row = spotting_metrics([(clip, windows)])
    assert row["f1"] == 1
    assert row["false_positives_per_minute"] == 0


def test_missed_and_false_count():
    times = np.arange(1, 250) * TICK
    clip = Clip(
        "c",
        "p",
        "quiet",
        30,
        6,
        False,
        times,
        np.zeros((len(times), TICK_VALUES), np.float32),
        NO_ROWS,
        [Event("micro", 1.0, 1.17, 1.4, 1.2)],
    )
    other = Clip("d", "p", "quiet", 30, 6, False, times, clip.ticks, NO_ROWS, [Event("micro", 3.0, 3.17, 3.4, 1.2)])
    windows = decode(times, targets_of(clip)[0], 0.3)
    row = spotting_metrics([(clip, windows), (other, windows)])
    assert row["f1"] == 0.5
    assert row["recall"] == 0.5
    assert row["false_positives_quiet"] == 5


def test_a_region_that_was_not_read_says_nothing():
    torch.manual_seed(0)
    net = SpotterNet(width=16).eval().double()
    ticks = np.zeros((30, TICK_VALUES))
    ticks[:, COMPONENTS : 2 * COMPONENTS], ticks[:, INTERVAL] = 0.05, 1 / 30
    ticks[:, COMPONENTS : COMPONENTS + 2] = 4.0
    moved = ticks.copy()
    moved[10:20, 0] = 3.0
    with torch.no_grad():
        assert torch.allclose(net(torch.from_numpy(ticks)[None]), net(torch.from_numpy(moved)[None]))


TEMPLATE = (np.outer(np.sin(np.linspace(0, np.pi, 18)), np.r_[2.0, np.zeros(COMPONENTS + 2)]), 2.0, 8.5, 15.0, 2.0)


def real_clip(name="c"):
    times = np.arange(1, 400) * TICK
    ticks = np.zeros((len(times), TICK_VALUES), np.float32)
    ticks[0, FRESH] = 1
    return Clip(name, "p", "h264", 25, 8, True, times, ticks, NO_ROWS)


def test_injections_are_labelled_where_they_are_added():
    clip = with_injections(real_clip(), [TEMPLATE], 1)
    assert len(clip.micro()) >= 2
    for event in clip.micro():
        at = round(event.apex / TICK) - 1
        assert np.abs(clip.ticks[at, :COMPONENTS]).max() > 0.9 * event.peak


def test_a_sequence_names_the_region_that_its_template_moves():
    sequences = Sequences([real_clip("a"), real_clip("b")], 1, 300)
    sequences.templates = [TEMPLATE]
    drawn = Drawn(
        real_clip().ticks[:300].astype(np.float64),
        np.zeros((300, len(CLASSES)), np.float32),
        np.ones((300, len(CLASSES)), np.float32),
        True,
    )
    sequences.add_micro(drawn)
    assert drawn.target[:, 0].any()
    moved = drawn.region[:, :, 0].any(0)
    # some are added mirrored
    assert {REGIONS[i] for i in np.flatnonzero(moved)} <= {"brow_outer_left", "brow_outer_right"}


def test_upper_faces_are_swapped_whole():
    rng = np.random.default_rng(4)
    one, other = rng.normal(size=(2, 9, TICK_VALUES))
    out = swap_upper_face(one, other)
    lower = REGIONS.index("chin") * 2
    assert (out[:, 0] == other[:, 0]).all()
    assert (out[:, lower] == one[:, lower]).all()
    assert (out[:, 60] == other[:, 60]).all()
