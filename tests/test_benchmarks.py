"""The benchmark of time to first audio, at a pace at which it takes seconds."""

import importlib
import json
import time
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
from support.small_files import write_small

from llmvox_plugins import load_voice

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
QUICK = ["--repeats", "1", "--rate", "2000", "--streams", "3", "--crowd-rate", "2000"]
HOW_TO_INSTALL = "pip install stream2sentence"

Import = Callable[[str], ModuleType]


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Import:
    """Imports one of its modules, which see each other as scripts do."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module


def test_its_figures_fit_together(
    benchmark: Import, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first_audio, picture = benchmark("first_audio"), tmp_path / "first_audio.svg"
    monkeypatch.setattr(first_audio, "SCENARIOS", first_audio.SCENARIOS[-2:])
    first_audio.main([*QUICK, "--json", "--svg", str(picture)])
    report = json.loads(capsys.readouterr().out)

    contestants = list(benchmark("contestants").CONTESTANTS)
    scenarios = [scenario.title for scenario in first_audio.SCENARIOS]
    rows = report["first_audio"]
    assert [(row["scenario"], row["contestant"]) for row in rows] == [
        (scenario, contestant) for scenario in scenarios for contestant in contestants
    ]
    for row in rows:
        check_row(row)
    for row in report["crowd"]:
        check_crowd_row(row)
    assert [row["first_sink"] for row in report["crowd"]] == list(benchmark("crowd").FIRST_SINK)
    hanging = report["crowd"][-1]
    assert hanging["finish"]["max"]["max"] < 3, "the others waited for the sink that hangs for 3 s"
    drawn = [text.text for text in ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert drawn.count("SpeechStream") == len(scenarios)


def check_row(row: dict[str, Any]) -> None:
    if row["contestant"].startswith("stream2sentence") and find_spec("stream2sentence") is None:
        assert row["missing"] == HOW_TO_INSTALL
        return
    check_spreads([row["first_audio"]])
    check_spreads([row["silence"]])
    assert row["words_to_speak"] > 100
    assert row["speech"] > 30
    if row["contestant"] == "SpeechStream":
        assert row["words"] == row["words_to_speak"]
        assert row["ratio"] == 1


def check_crowd_row(row: dict[str, Any]) -> None:
    for figure in ("first_audio", "finish", "silence"):
        check_spreads(row[figure].values())
    assert row["first_audio"]["max"]["min"] < row["finish"]["max"]["min"]


def check_spreads(rising: Iterable[dict[str, float]]) -> None:
    figures = [spread[key] for spread in rising for key in ("min", "median", "max")]
    assert figures == sorted(figures)
    assert figures[0] >= 0


def test_what_is_not_installed_is_said_in_its_rows(
    benchmark: Import, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_found(name: str) -> None:
        return None

    first_audio = benchmark("first_audio")
    monkeypatch.setattr(benchmark("contestants"), "find_spec", not_found)
    monkeypatch.setattr(first_audio, "SCENARIOS", first_audio.SCENARIOS[:1])
    first_audio.main(QUICK)
    lines = capsys.readouterr().out.splitlines()
    others = [line for line in lines if line.startswith("| stream2sentence")]
    assert others and all(HOW_TO_INSTALL in line for line in others)
    assert len([line for line in lines if line.startswith("| SpeechStream")]) == 1


def test_ours_speaks_while_the_answer_is_being_written_and_the_whole_answer_does_not(
    benchmark: Import,
) -> None:
    contestants, hearing, llms = map(benchmark, ("contestants", "hearing", "scripted_llm"))
    voice = load_voice("espeak:en-us")
    heard = {}
    for name in ("SpeechStream", "whole answer, then speech"):
        llm = llms.ScriptedLLM(llms.ANSWERS["markdown list"], rate=300)
        heard[name] = hearing.listen(contestants.CONTESTANTS[name](llm, voice), llm)
    ours, whole = heard.values()
    assert ours.first_audio < ours.tokens[-1]
    assert whole.first_audio > whole.tokens[-1]
    assert ours.speech == pytest.approx(whole.speech, rel=0.02)


def test_the_llm_says_its_text_at_its_rate_however_slow_its_reader(benchmark: Import) -> None:
    text = "One, two: **three**\n\n- it's extraordinarily four!"
    llm = benchmark("scripted_llm").ScriptedLLM(text, rate=20)
    read = []
    for token in llm:
        read.append(token)
        time.sleep(0.04)
    assert "".join(read) == text
    assert {",", " **", "'s", " extraord"} <= set(read)
    took = llm.times[-1] - llm.began
    at_its_rate = (len(read) - 1) / 20
    assert at_its_rate <= took < 1.6 * at_its_rate


def test_tokens_in_bursts_come_when_the_last_of_them_is_made(benchmark: Import) -> None:
    llm = benchmark("scripted_llm").ScriptedLLM("a b c d e f g h", rate=20, burst=4)
    assert len(list(llm)) == 8
    steps = [later - earlier for earlier, later in zip(llm.times, llm.times[1:], strict=False)]
    assert [step > 0.1 for step in steps] == [False, False, False, True, False, False, False]
    assert llm.times[0] - llm.began >= 3 / 20
    assert llm.times[-1] - llm.began >= 7 / 20


def test_a_chunk_that_comes_too_late_leaves_a_gap(benchmark: Import) -> None:
    gaps_between = benchmark("hearing").gaps_between
    assert gaps_between([(1.0, 0.5), (1.2, 0.5), (2.5, 1.0), (2.6, 1.0)]) == [(2.0, 2.5)]
    assert gaps_between([(1.0, 0.5), (1.5, 0.5)]) == []


def test_marks_are_no_words(benchmark: Import) -> None:
    assert benchmark("hearing").words_to_speak("- **Two words** — and `three` more!") == 5


def test_how_text_is_read_is_measured_beside_what_is_installed(
    benchmark: Import, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reading = benchmark("reading")
    monkeypatch.setattr(reading, "MILLIONS", (0.001, 0.002))
    monkeypatch.setattr(reading, "ANSWERS", tmp_path / "answers.md")
    (tmp_path / "answers.md").write_text("**Yes.**\n<!-- answer -->\nIt costs $5 now.")
    head, case = "language\tkind\twritten\tspoken", "en\tmoney\tIt is $5.\t{}"
    (tmp_path / "cases.tsv").write_text(
        "\n".join([head, case.format("it is five dollars"), case.format("no")])
    )
    reading.main(["--cases", str(tmp_path / "cases.tsv"), "--repeats", "1", "--json"])
    report = json.loads(capsys.readouterr().out)
    rows = {row["reader"]: row for row in report["right"]}
    assert rows["llmvox-plugins"]["languages"] == {"en": [1, 2]}
    assert rows["NeMo"]["missing"] == "pip install nemo_text_processing"
    (delay,) = report["delay"]
    assert (delay["words"], delay["flushed"]) == (2, 4)
    (cost,) = report["cost"]
    assert all(0 < microseconds < 100 for microseconds in cost["microseconds"].values())
    reading.main(["--cases", str(tmp_path / "cases.tsv"), "--repeats", "1"])
    assert "| llmvox-plugins | 50 % | 1 of 2 |" in " ".join(capsys.readouterr().out.split())


def test_a_text_is_known_by_its_language(benchmark: Import) -> None:
    reading = benchmark("reading")
    answers = reading.ANSWERS.read_text(encoding="utf-8").split(reading.ANSWERS_END)
    assert len(answers) == 200
    found = [reading.language_of(answer) for answer in answers]
    assert {language: found.count(language) for language in set(found)} == {
        **dict.fromkeys(("de", "fr", "es", "zh"), 15),
        "en": 130,
        "ar": 10,
    }


def test_the_official_voice_is_spoken_to_files(
    benchmark: Import, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    official_voice = benchmark("official_voice")
    monkeypatch.setattr(official_voice, "SENTENCES", official_voice.SENTENCES[6:8])
    write_small(tmp_path)
    official_voice.main(["--voice", str(tmp_path), "--to", str(tmp_path / "out"), "--recogniser", "none"])
    assert capsys.readouterr().out.count("1887") == 2
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == [
        f"{sentence}-{numbers}.wav" for sentence in (1, 2) for numbers in ("digits", "words")
    ]


def test_the_server_is_loaded_beside_the_voice_alone(
    benchmark: Import, capsys: pytest.CaptureFixture[str]
) -> None:
    server_load = benchmark("server_load")
    server_load.main(["--quick", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["frozen"] > 10_000, "the collector goes through all that was loaded, again and again"
    rows = report["requests"]
    assert {row["way"] for row in rows} == {"the voice alone", "HTTP, pcm", "HTTP, mp3", "WebSocket, pcm"}
    for row in [*rows, *report["held"], *report["slow_reader"], report["full"]]:
        assert 0 < row["first"]["p50"] <= row["first"]["p99"] < 10
        if late := row["loop"]:
            assert 0 <= late["p50"] <= late["p99"] <= late["p99.9"] <= late["max"]
    assert {row["ratio"] for row in rows if row["way"] == "the voice alone"} == {1.0}
    assert [row["slow_reader"] for row in report["slow_reader"]] == [False, True, False, True]
    (held,) = report["held"]
    assert held["statuses"] == {"200": 2}
    assert held["seconds"] >= 0.5
    assert report["full"]["statuses"] == {"200": 2, "429": 2}
    assert "| WebSocket, pcm " in server_load.tables(report)


def test_a_look_at_the_loop_that_was_late_counts_for_those_it_held_up(benchmark: Import) -> None:
    lateness = benchmark("server_load")._lateness([0.0] * 50 + [100.0])
    assert lateness["p50"] == pytest.approx(2, abs=2)
    assert lateness["p99"] == pytest.approx(99, abs=3)
    assert lateness["max"] == 100


def test_what_a_doorway_costs_is_measured_beside_the_agent_alone(
    benchmark: Import, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    doorways = benchmark("doorways")
    monkeypatch.setattr(doorways, "SPEECH", doorways.SPEECH[1:3])
    doorways.main(["--tokens", "30", "--repeats", "1", "--pause", "0.001", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert [(row["agent"], row["speech"]) for row in rows] == [
        (agent, speech.title) for agent in doorways.AGENTS for speech in doorways.SPEECH
    ]
    for row in rows:
        assert 0 < row["without_p50"] <= row["without_p99"]
        assert 0 < row["with_p50"] <= row["with_p99"]
        assert row["with_p50"] < 5000
    assert "LlamaIndex" in doorways.table(rows)
