"""Marks, from chunks whose places are known."""

import numpy as np

from llmvox_plugins.core.audio import AudioChunk, Span
from llmvox_plugins.integrations.openai.live.marks import Mark, Marks


def chunk(span: Span, start: float, seconds: float) -> AudioChunk:
    return AudioChunk(np.zeros(round(seconds * 100), np.float32), 100, start, span)


def test_a_word_in_several_chunks_has_one_mark() -> None:
    marks = Marks([])
    chunks = [chunk((0, 3), 0.0, 0.2), chunk((0, 3), 0.2, 0.3), chunk((4, 8), 0.5, 0.5)]
    assert [mark for made in chunks for mark in marks.feed(made)] == [
        Mark("word", (0, 3), 0.0),
        Mark("word", (4, 8), 0.5),
    ]
    assert list(marks.flush()) == [Mark("sentence", (0, 8), 0.0, 1.0)]
    assert list(marks.flush()) == []


def test_a_sentence_ends_where_the_next_word_begins() -> None:
    ends = [3]
    marks = Marks(ends)
    assert [mark.kind for mark in marks.feed(chunk((0, 3), 0.0, 0.5))] == ["word"]
    ends.append(9)  # read while the first one was voiced
    assert list(marks.feed(chunk((4, 6), 0.5, 0.5))) == [
        Mark("sentence", (0, 3), 0.0, 0.5),
        Mark("word", (4, 6), 0.5),
    ]
    assert [mark.kind for mark in marks.feed(chunk((7, 9), 1.0, 0.5))] == ["word"]
    assert list(marks.flush()) == [Mark("sentence", (4, 9), 0.5, 1.5)]


def test_times_are_those_of_the_audio_at_its_speed() -> None:
    marks = Marks([], speed=2.0)
    list(marks.feed(chunk((0, 3), 0.0, 1.0)))
    assert list(marks.feed(chunk((4, 6), 1.0, 1.0))) == [Mark("word", (4, 6), 0.5)]
    assert list(marks.flush()) == [Mark("sentence", (0, 6), 0.0, 1.0)]


def test_a_word_is_heard_when_all_of_it_is() -> None:
    marks = Marks([])
    for made in (chunk((0, 3), 0.0, 0.2), chunk((0, 3), 0.2, 0.3), chunk((4, 8), 0.5, 0.5)):
        list(marks.feed(made))
    assert [marks.heard_end(played) for played in (0.0, 0.2, 0.49, 0.5, 0.9, 1.0, 5.0)] == [
        0,
        0,
        0,
        3,
        3,
        8,
        8,
    ]
