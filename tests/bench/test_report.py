"""A whole run on a voice of no size: every figure is there, and none contradicts another."""

import json
from dataclasses import replace

import pytest
from bench import small

from llmvox_plugins.bench.figures import SECTIONS, Report, measure
from llmvox_plugins.bench.picture import draw
from llmvox_plugins.bench.setting import Setting
from llmvox_plugins.bench.tables import tables
from llmvox_plugins.bench.weights import endless, weight_bytes
from llmvox_plugins.core.model.gpt import GPTConfig
from llmvox_plugins.core.model.llmvox import END_OF_AUDIO
from llmvox_plugins.core.model.precision import Precision, has_int8

PRECISIONS: list[Precision] = ["float32", "int8"] if has_int8() else ["float32", "bfloat16"]


@pytest.fixture(scope="module")
def report() -> Report:
    return measure(small.setting(*PRECISIONS))


def test_every_section_is_there_and_names_every_contestant(report: Report) -> None:
    assert all(getattr(report, section) for section in SECTIONS)
    for rows in (report.speed, report.first_audio):
        assert [row.contestant for row in rows] == ["plain loop", *PRECISIONS]
    assert [row.precision for row in report.loading] == PRECISIONS
    assert report.machine.threads > 0
    assert not report.trained


def test_speed_and_first_audio_stand_beside_the_plain_loop(report: Report) -> None:
    assert [row.ratio for row in (report.speed[0], report.first_audio[0])] == [1.0, 1.0]
    assert all(row.best >= row.median > 0 for row in report.speed)
    assert all(0 < row.best <= row.median and row.chunk > 0 for row in report.first_audio)
    for row in report.speed:
        assert row.ratio == pytest.approx(row.best / report.speed[0].best)


def test_a_step_reads_more_as_its_sentence_grows(report: Report) -> None:
    assert {row.length for row in report.growth} == {20, 600}  # the model has no place for 10,000
    short, long = (row for row in report.growth if row.contestant == PRECISIONS[1])
    assert short.reads < long.reads
    assert all(row.rate > 0 and row.best <= row.median for row in report.growth)


def test_what_a_step_reads() -> None:
    config = GPTConfig()
    blocks, head = 4 * 12 * 768 * 768, 768 * 4096
    assert weight_bytes(config, 2) == 2 * (blocks + head)


def test_float32_agrees_with_the_plain_loop(report: Report) -> None:
    exact, other = report.precisions
    assert exact.agreement == exact.in_company == 1.0
    assert exact.positions == 24
    assert exact.noise > 90 > other.noise
    assert exact.distance < 0.01 < other.distance


def test_a_fresh_process_loads_the_compact_copy(report: Report) -> None:
    for row in report.loading:
        assert 0 < row.load < 60
        assert row.torch > 0.05
        assert row.peak >= row.memory > 1e6
        assert row.copy > 1e5


def test_streams_are_tried_from_few_to_many(report: Report) -> None:
    plain, *tries = report.streams
    assert plain.contestant == "plain loop"
    assert plain.streams == 1
    assert [row.streams for row in tries] == sorted(row.streams for row in tries)
    assert all(row.seconds > 0.1 for row in tries if row.in_time)
    assert all(0 < row.busy <= 1 for row in tries)


def test_json_and_tables_hold_everything(report: Report) -> None:
    figures = json.loads(json.dumps(report.to_json()))
    assert set(figures) == {"machine", "measured", "trained", *SECTIONS}
    text = tables(report)
    for words in (
        "codes/s",
        "first audio",
        "held in real time",
        "ms a step",
        "compact copy",
        "SNR",
        "joints",
    ):
        assert words in text


def test_the_picture_has_both_curves(report: Report) -> None:
    drawn = draw(report)
    assert drawn.startswith("<svg")
    assert drawn.count("<polyline") == 1 + 2 + 3  # chunks alone, two of ours, three contestants


def test_a_section_alone_leaves_out_the_others() -> None:
    told: list[str] = []
    report = measure(small.setting(), ["speed"], told.append)
    assert report.speed
    assert not report.growth
    assert report.joints is None
    assert told[-1] == "speed"
    assert "held" not in tables(report)
    assert draw(report).startswith("<svg")


def test_sentences_do_not_end_by_themselves() -> None:
    weights = small.weights()
    assert not endless(weights).gpt["lm_head.weight"][END_OF_AUDIO].any()
    assert weights.gpt["lm_head.weight"][END_OF_AUDIO].any()


def test_a_voice_speaks_its_own_codes_and_no_drawn_ones() -> None:
    drawn = small.setting()
    own = Setting(drawn.plan, ("float32",), drawn.device, small.weights(), trained=True)
    assert len(own.speech) == len(drawn.speech) == drawn.plan.window_codes
    assert own.speech != drawn.speech
    assert replace(own.plan, rounds=3).rounds == 3
