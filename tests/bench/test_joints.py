"""The error at joints falls as windows see more of what stands before them."""

import numpy as np
import pytest
from bench.small import setting

from llmvox_plugins.bench.joints import Joint, advised, joints
from llmvox_plugins.bench.precisions import log_spectral_distance, signal_to_noise


def test_the_error_is_nothing_where_all_is_decoded_at_once() -> None:
    found = joints(setting())
    alone, *ours = found.rows
    assert (alone.way, alone.context, alone.decoded) == ("alone", 0, 1.0)
    by_context = {row.context: row for row in ours if row.unsettled == 2}
    assert alone.near > by_context[8].near
    assert by_context[0].near > by_context[64].near
    assert by_context[64].decoded > by_context[8].decoded > 1
    assert all(row.cost and row.cost > 0 for row in ours)
    assert found.advised[0] in by_context


def test_the_curve_s_knee_is_advised() -> None:
    def row(context: int, unsettled: int, near: float) -> Joint:
        return Joint("ours", context, unsettled, 1, near, near, -40.0, 1.0, 1.0)

    rows = [row(0, 2, -5.0), row(8, 2, -20.5), row(8, 4, -20.6), row(16, 2, -21.0), row(64, 2, -21.2)]
    assert advised(rows) == (8, 2, 1)


def test_measures_of_audio() -> None:
    samples = np.random.default_rng(0).standard_normal(8000).astype(np.float32)
    assert signal_to_noise(samples, samples) == 200
    assert signal_to_noise(samples, samples * 0.9) == pytest.approx(20, abs=1e-3)
    assert log_spectral_distance(samples, samples) == 0
    assert log_spectral_distance(samples, samples * 0.1) == pytest.approx(20, abs=0.01)
