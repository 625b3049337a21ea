import numpy as np

from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.timeline import SpokenText, Timeline


def chunk(start: float, seconds: float, span: tuple[int, int]) -> AudioChunk:
    return AudioChunk(np.zeros(round(seconds * 100), np.float32), 100, start, span)


def test_spoken_text_is_cut_where_it_was_heard() -> None:
    spoken = SpokenText("Hello world.", 5)
    assert (spoken.heard, spoken.unheard) == ("Hello", " world.")


def test_a_word_is_heard_once_all_of_it_was_played() -> None:
    timeline = Timeline()
    timeline.made(chunk(0, 1, (0, 5)), now=0)
    timeline.made(chunk(1, 1, (6, 12)), now=0)
    assert [timeline.heard_end(played) for played in (0, 0.9, 1, 1.9, 2)] == [0, 0, 5, 5, 12]


def test_nobody_runs_dry_before_he_listens() -> None:
    timeline = Timeline()
    timeline.made(chunk(0, 1, (0, 1)), now=10)
    assert timeline.buffered(now=99) == 1
    timeline.listening(now=100)
    assert timeline.buffered(now=100.25) == 0.75
    assert timeline.stats(None).underruns == 0


def test_audio_that_comes_too_late_is_an_underrun() -> None:
    timeline = Timeline()
    timeline.made(chunk(0, 1, (0, 1)), now=0)
    timeline.listening(now=0)
    timeline.made(chunk(1, 1, (1, 2)), now=0.9)
    timeline.made(chunk(2, 1, (2, 3)), now=2.5)
    assert timeline.stats(None).underruns == 1
    assert timeline.buffered(now=2.5) == 1


def test_a_sink_that_counts_underruns_is_believed() -> None:
    assert Timeline().stats(3).underruns == 3


def test_stats_are_measured_from_the_first_text() -> None:
    timeline = Timeline()
    assert timeline.stats(None).time_to_first_audio is None
    assert timeline.stats(None).real_time_factor is None
    timeline.wrote(now=5)
    timeline.wrote(now=6)
    timeline.worked(0.5)
    timeline.made(chunk(0, 2, (0, 1)), now=5.25)
    stats = timeline.stats(None)
    assert (stats.time_to_first_audio, stats.audio_seconds, stats.real_time_factor) == (0.25, 2, 0.25)
