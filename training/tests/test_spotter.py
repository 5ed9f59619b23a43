import numpy as np
import torch

from spotter.augment import mirror, slower_camera
from spotter.clips import Clip, Event, targets_of
from spotter.decode import decode
from spotter.measures import figures
from spotter.model import CLASSES, DELAY, SpotterNet, SpotterStep
from spotter.signals import COLUMNS, FRESH, INTERVAL, T, TICK, TICK_VALUES, clip_ticks

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
        assert np.isclose(ticks[5, INTERVAL], 1 / fps).all() and ticks[:, FRESH].sum() == 1


def test_pause_starts_a_fresh_span():
    part = rows(30, 1, lambda t: 0 * t)
    later = part.copy()
    later[:, T] += 2
    _, ticks = clip_ticks(np.concatenate([part, later]))
    assert ticks[:, FRESH].sum() == 2


def test_step_by_step_equals_unrolled():
    torch.manual_seed(0)
    net = SpotterNet(width=16).eval()
    ticks = 0.1 * torch.randn(1, 60, TICK_VALUES)
    ticks[:, :, INTERVAL], ticks[:, :, FRESH] = 1 / 30, 0
    ticks[:, [0, 30], FRESH] = 1
    step = SpotterStep(net)
    state, outs = step.first_state(), []
    with torch.no_grad():
        for k in range(60):
            out, state = step(ticks[:, k], state)
            outs.append(out)
        assert torch.allclose(torch.stack(outs, 1), torch.sigmoid(net(ticks)), atol=1e-5)


def test_mirror_twice_is_the_same():
    ticks = np.random.default_rng(1).normal(size=(5, TICK_VALUES))
    assert np.allclose(mirror(mirror(ticks)), ticks)
    assert not np.allclose(mirror(ticks), ticks)


def test_a_slower_camera_sees_fewer_of_the_same_frames():
    fast = rows(60, 4, lambda t: np.sin(t))
    slow = slower_camera(np.random.default_rng(2), fast)
    assert 11 < len(slow) / 4 < 27 and set(slow[:, T]) <= set(fast[:, T]) and (np.diff(slow[:, T]) > 0).all()


def test_wished_for_likelihoods_decode_to_the_truth():
    times = np.arange(1, 250) * TICK
    truth = [Event("micro", 1.0, 1.17, 1.4, 1.2), Event("macro", 2.0, 2.5, 3.5, 3.0), Event("blink", 4.0, 4.1, 4.3)]
    clip = Clip("c", "p", "quiet", 30, 5, False, times, np.zeros((len(times), TICK_VALUES), np.float32), NO_ROWS, truth)
    target, weight = targets_of(clip)
    assert weight.all() and target.shape == (len(times), len(CLASSES))
    windows = decode(times, target, 0.3)
    assert [w.kind for w in windows] == ["micro", "macro"]
    assert abs(windows[0].onset - 1.0) < 0.03 and abs(windows[0].apex - 1.17) < 0.02 and abs(windows[0].offset - 1.4) < 0.03
    assert windows[0].opened - 1.17 < (DELAY + 3) * TICK
    row = figures([(clip, windows)])
    assert row["f1"] == 1 and row["alarms_per_minute"] == 0


def test_missed_and_false_count():
    times = np.arange(1, 250) * TICK
    clip = Clip("c", "p", "quiet", 30, 6, False, times, np.zeros((len(times), TICK_VALUES), np.float32), NO_ROWS, [Event("micro", 1.0, 1.17, 1.4, 1.2)])
    other = Clip("d", "p", "quiet", 30, 6, False, times, clip.ticks, NO_ROWS, [Event("micro", 3.0, 3.17, 3.4, 1.2)])
    windows = decode(times, targets_of(clip)[0], 0.3)
    row = figures([(clip, windows), (other, windows)])
    assert row["f1"] == 0.5 and row["recall"] == 0.5 and row["alarms_quiet"] == 5
