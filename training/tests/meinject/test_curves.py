import numpy as np
import pytest

from meinject import curves


def test_a_pulse_has_the_times_it_was_asked_for():
    pulse = curves.pulse(1.0, 0.15, 0.22, hold_share=0.3, skew=(1.2, 0.8))
    times = np.arange(0.8, 1.6, 0.0005)
    onset, apex, offset, peak = curves.measure(pulse(times), times)
    assert peak == pytest.approx(1, abs=1e-4)
    assert onset == pytest.approx(1.0, abs=0.002)
    assert apex == pytest.approx(1.15, abs=0.002)
    assert offset == pytest.approx(1.37, abs=0.006)  # the hold sinks by 6 %, so 5 % of the peak comes a little early


def test_micro_expressions_last_as_the_codings_say():
    rng = np.random.default_rng(0)
    pulses = [curves.micro_pulse(rng, 0.0) for _ in range(400)]
    times = np.arange(-0.2, 0.9, 0.001)
    rows = np.array([curves.measure(p(times), times)[:3] for p in pulses])
    rise, total = rows[:, 1] - rows[:, 0], rows[:, 2] - rows[:, 0]
    assert 0.13 <= np.median(rise) <= 0.20
    assert total.max() <= 0.51
    assert total.min() >= 0.12


def test_macro_expressions_are_slow():
    rng = np.random.default_rng(0)
    times = np.arange(-1, 6, 0.005)
    for _ in range(50):
        onset, apex, offset, _ = curves.measure(curves.macro_pulse(rng, 0.0, 3.0)(times), times)
        assert apex - onset >= 0.38
        assert 0.65 <= offset - onset <= 3.02
