"""What follows from what steps and windows cost."""

import math

import pytest

from llmvox_plugins.core.voices.llmvox.costs import ALL, START, Costs

# A step is 1 ms and 0.5 ms more a sentence; a window 5 ms and 0.1 ms more a frame.
STEPS, WINDOWS = ((1, 0.0015), (8, 0.005)), ((24, 0.0074), (120, 0.017))


def costs() -> Costs:
    return Costs(STEPS, WINDOWS, again=20)


def test_costs_are_lines_through_what_was_measured() -> None:
    assert costs().steps.of(16) == pytest.approx(0.009)
    assert costs().windows.of(200) == pytest.approx(0.025)


def test_what_a_busy_machine_spoilt_is_kept_plausible() -> None:
    spoilt = Costs(((1, 0.03), (8, 0.02)), ((24, 0.4), (120, 0.1)), again=20)
    assert spoilt.steps.of(8) > 0.03 and spoilt.windows.of(120) > 0.4


def test_the_least_window_pays_for_its_context_before_it_has_been_heard() -> None:
    streams = 8
    window = costs().least_window(streams, 0.65)
    work = window * costs().steps.of(streams) + streams * costs().windows.of(window + 20)
    assert work == pytest.approx(0.65 * window / 75)


def test_more_streams_need_larger_windows_until_none_will_do() -> None:
    windows = [costs().least_window(streams, START) for streams in (1, 8, 16)]
    assert windows == sorted(windows)
    assert costs().least_window(100, START) == math.inf
    most = costs().most_streams(128)
    assert costs().least_window(most, ALL) <= 128 < costs().least_window(most + 1, ALL)


def test_a_machine_that_slows_down_serves_fewer() -> None:
    slowed = costs()
    for _ in range(100):
        slowed.steps.observe(8, 0.010)
    assert slowed.steps.of(8) == pytest.approx(0.010, rel=0.01)
    assert 1 <= slowed.most_streams(128) < costs().most_streams(128)
