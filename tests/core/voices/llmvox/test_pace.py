"""How long a sentence waits whose text comes slowly."""

import pytest

from llmvox_plugins.core.voices.llmvox.pace import Pace


def paced(bytes_per_second: float, seconds: float = 1.0) -> Pace:
    pace = Pace()
    for tenth in range(int(10 * seconds) + 1):
        pace.wrote(round(bytes_per_second / 10), tenth / 10)
    return pace


@pytest.mark.parametrize("bytes_per_second", [80, 200])
def test_a_writer_who_is_faster_than_the_model_reads_is_not_waited_for(bytes_per_second: int) -> None:
    assert paced(bytes_per_second).codes_needed(10) == 0


def test_who_is_slower_is_waited_for_as_long_as_speech_would_run_dry() -> None:
    pace = paced(50)
    # 60 bytes of the usual 80 are missing: they take 1.2 s, in which 90 codes are heard and 60 made
    assert pace.codes_needed(20) == pytest.approx(30)
    assert pace.codes_needed(100) == pytest.approx(25)  # half as much may come again


def test_the_writer_of_one_sentence_is_that_of_the_next() -> None:
    pace = paced(50)
    pace.rest(80)
    pace.wrote(10, 9.0)
    assert pace.codes_needed(20) == pytest.approx(30)


def test_what_comes_at_once_tells_nothing_of_the_writer() -> None:
    pace = Pace()
    pace.wrote(10, 5.0)
    pace.wrote(10, 5.0)
    assert pace.codes_needed(20) == 0


def test_the_pause_between_sentences_is_not_slowness() -> None:
    pace = paced(100)
    pace.rest(40)
    pace.wrote(10, 9.0)
    assert pace.codes_needed(10) == 0
