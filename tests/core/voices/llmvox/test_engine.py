"""Many streams as one batch: each says what it would say alone, in order, without joints and without end."""

import math
import time
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from support.voices import small_voice

from llmvox_plugins import SpeechStream, StreamState
from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.model.text_ids import PAD, sentence_ids
from llmvox_plugins.core.testing import MemorySink
from llmvox_plugins.core.text import Word, spoken_words
from llmvox_plugins.core.voices.llmvox import LLMVoXVoice
from llmvox_plugins.core.voices.llmvox.guard import Fault
from llmvox_plugins.core.voices.llmvox.passage import Passage
from llmvox_plugins.core.voices.llmvox.utterance import LLMVoXUtterance

TEXT = "Why is it blue? Light is bent, and so on. It is a long way!"
SENTENCES = ["Why is it blue?", "Light is bent, and so on.", "It is a long way!"]


@pytest.fixture(scope="module")
def voice() -> LLMVoXVoice:
    return small_voice()


class Spoken:
    """What one utterance says when it is advanced until nothing is left."""

    def __init__(self, voice: LLMVoXVoice) -> None:
        self.utterance = voice.utterance()
        self.chunks: list[AudioChunk] = []
        self.passages: list[Passage] = []

    def note(self, chunks: list[AudioChunk]) -> None:
        self.chunks += chunks
        known = set(map(id, self.passages))
        self.passages += [passage for passage in self.utterance.passages if id(passage) not in known]

    @property
    def codes(self) -> list[list[int]]:
        return [passage.sentence.codes for passage in self.passages]

    @property
    def texts(self) -> list[str]:
        return [" ".join(word.text for word in passage.words) for passage in self.passages]


def advance(voice: LLMVoXVoice, all_spoken: Sequence[Spoken], buffered: float = 0.0) -> None:
    for spoken in all_spoken:
        spoken.note([])
    while due := [spoken for spoken in all_spoken if spoken.utterance.due(buffered) <= 0]:
        made = voice.engine.advance([spoken.utterance for spoken in due])
        for spoken, chunks in zip(due, made, strict=True):
            spoken.note(chunks)


def feed(utterance: LLMVoXUtterance, text: str, deltas: int = 1) -> None:
    size = max(1, -(-len(text) // deltas))
    for word in spoken_words([text[at : at + size] for at in range(0, len(text), size)]):
        utterance.feed([word])
    utterance.flush()


def say(voice: LLMVoXVoice, text: str, deltas: int = 1) -> Spoken:
    spoken = Spoken(voice)
    feed(spoken.utterance, text, deltas)
    advance(voice, [spoken])
    assert spoken.utterance.backlog == 0 and not spoken.utterance.passages
    return spoken


def test_a_text_is_said_sentence_by_sentence(voice: LLMVoXVoice) -> None:
    spoken = say(voice, TEXT)
    assert spoken.texts == SENTENCES
    for text, codes in zip(SENTENCES, spoken.codes, strict=True):
        assert codes[:40] == voice.codes(text, limit=40)


def test_chunks_follow_each_other_in_time_and_through_the_text(voice: LLMVoXVoice) -> None:
    chunks = say(voice, TEXT).chunks
    at = 0.0
    for chunk in chunks:
        assert chunk.start == pytest.approx(at) and chunk.estimated and len(chunk.samples)
        at += chunk.duration
    begins, ends = zip(*[chunk.text_span for chunk in chunks], strict=True)
    assert list(begins) == sorted(begins) and list(ends) == sorted(ends)
    assert begins[0] == 0 and ends[-1] == len(TEXT)
    assert set(begins) == {word.span[0] for word in spoken_words(TEXT)}  # no word is passed over


@pytest.mark.parametrize("deltas", [2, 7, 60])
def test_codes_do_not_depend_on_how_the_text_was_cut(voice: LLMVoXVoice, deltas: int) -> None:
    assert say(voice, TEXT, deltas).codes == say(voice, TEXT).codes


def test_codes_do_not_depend_on_when_the_words_come(voice: LLMVoXVoice) -> None:
    slowly = Spoken(voice)
    for word in spoken_words(TEXT):
        slowly.utterance.feed([word])
        advance(voice, [slowly], buffered=5.0)
    slowly.utterance.flush()
    advance(voice, [slowly])
    assert slowly.codes == say(voice, TEXT).codes


def test_codes_do_not_depend_on_the_company(voice: LLMVoXVoice) -> None:
    texts = [*SENTENCES, "Hello world.", "Another one, then.", TEXT]
    alone = [say(voice, text).codes for text in texts]
    together = [Spoken(voice) for _ in texts]
    for spoken, text in zip(together, texts, strict=True):
        feed(spoken.utterance, text)
    advance(voice, together)
    ties = 0
    for codes, spoken in zip(alone, together, strict=True):
        for text, first, second in zip(spoken.texts, codes, spoken.codes, strict=True):
            ties += _differs_by_a_near_tie(voice, text, first, second)
    assert ties <= 1


def _differs_by_a_near_tie(voice: LLMVoXVoice, text: str, first: list[int], second: list[int]) -> bool:
    """Whether they differ at all: rounding may turn a near-tie, and then all that follows differs."""
    differs = [at for at, (one, other) in enumerate(zip(first, second, strict=False)) if one != other]
    if not differs:
        assert len(first) == len(second)
        return False
    ids = (sentence_ids(text) + [PAD] * len(first))[: differs[0] + 1]
    codes = torch.tensor([first[: differs[0] + 1]])
    best, second_best = voice._replica.model(torch.tensor([ids]), codes)[0, -1].topk(2).values.tolist()
    assert best - second_best < 1e-4, f"code {differs[0]} of {text!r}"
    return True


def test_the_next_sentence_is_begun_while_the_last_one_is_still_made(voice: LLMVoXVoice) -> None:
    spoken = Spoken(voice)
    feed(spoken.utterance, TEXT)
    first, second, third = spoken.utterance.passages
    while not second.sentence.codes:
        spoken.utterance.due(20.0)  # the listener has plenty
        voice.engine.advance([spoken.utterance])
    assert not first.sentence.ended and first.missing < 40
    assert not third.sentence.codes


def test_devices_take_sentences_in_turn(voice: LLMVoXVoice) -> None:
    two = small_voice(device="cpu,cpu")
    spoken = Spoken(two)
    feed(spoken.utterance, TEXT)
    assert [passage.sentence.replica for passage in spoken.utterance.passages] == [0, 1, 0]
    advance(two, [spoken])
    assert spoken.codes == say(voice, TEXT).codes


@pytest.mark.parametrize("text", ["", "…", "?! — …", "***", "🙂", "\n\n\n"])
def test_what_cannot_be_said_is_silence(voice: LLMVoXVoice, text: str) -> None:
    assert say(voice, text).chunks == []


def test_a_long_text_is_split_where_a_clause_ends_and_nothing_is_lost() -> None:
    voice = small_voice(longest_sentence=400)  # 25 bytes of text
    text = "one two three four, five six seven eight nine ten and " + 70 * "x" + " end."
    spoken = say(voice, text)
    assert spoken.texts[0] == "one two three four,"
    assert all(len(part.encode()) < 25 for part in spoken.texts)
    assert "".join(spoken.texts).replace(" ", "") == text.replace(" ", "")
    assert spoken.chunks[-1].text_span[1] == len(text)


def test_a_sentence_that_does_not_end_is_stopped_faded_and_reported(voice: LLMVoXVoice) -> None:
    spoken = say(voice, "Hello world.")
    (notice,) = spoken.utterance.notices
    assert "a sentence went wrong" in notice.message and notice.span == (0, 12)
    assert len(spoken.codes[0]) <= 10 * 13 + 150
    last = spoken.chunks[-1].samples
    assert abs(last[-1]) < 1e-3 < np.abs(last).max()


def test_a_seed_makes_the_same_draws_alone_and_in_company() -> None:
    voice = small_voice(temperature=0.8, top_k=40, seed=5)
    other = small_voice(temperature=0.8, top_k=40, seed=6)
    alone = say(voice, "Hello world.").codes
    assert say(other, "Hello world.").codes != alone
    both = [Spoken(voice), Spoken(voice)]
    for spoken, text in zip(both, ["Hello world.", TEXT], strict=True):
        feed(spoken.utterance, text)
    advance(voice, both)
    assert both[0].codes == alone


def test_a_sentence_waits_for_a_slow_writer_before_it_begins_not_in_its_middle(voice: LLMVoXVoice) -> None:
    spoken = Spoken(voice)
    words = [Word(text, (0, 1), False) for text in "these are ten bytes".split()]
    spoken.utterance.feed(words[:1])
    time.sleep(0.2)
    spoken.utterance.feed(words[1:3])  # 50 bytes a second
    assert spoken.utterance.due(0.0) == 0
    advance(voice, [spoken])
    assert spoken.passages[0].pending >= 8 and spoken.chunks == []
    spoken.utterance.flush()
    advance(voice, [spoken])
    assert spoken.chunks


def test_words_that_come_after_a_sentence_was_stopped_are_said_none_the_less(voice: LLMVoXVoice) -> None:
    spoken = Spoken(voice)
    words = list(spoken_words("This sentence goes on, and on, and on for ever."))
    spoken.utterance.feed(words[:3])
    spoken.utterance.passages[0].sentence.end(Fault("it is a test", 0))
    spoken.utterance.feed(words[3:])
    spoken.utterance.flush()
    advance(voice, [spoken])
    assert [word for passage in spoken.passages for word in passage.words] == words


def test_streams_on_threads_finish_whatever_others_do(voice: LLMVoXVoice) -> None:
    sinks = [MemorySink() for _ in range(4)]
    streams = [SpeechStream(voice, sink) for sink in sinks]
    silent, abandoned = SpeechStream(voice), SpeechStream(voice)
    silent.write("This text never goes")  # and its reader never reads
    abandoned.write("Nobody reads this one either. And then it is cancelled.")
    for stream, text in zip(streams, [*SENTENCES, "Hi."], strict=True):
        stream.write(text)
        stream.end()
    abandoned.cancel()
    for stream in streams:
        assert stream.wait(60)
        assert stream.state is StreamState.FINISHED and stream.spoken.unheard == ""
    assert all(len(sink.samples) for sink in sinks)
    assert math.isfinite(streams[0].stats.real_time_factor or math.inf)
    assert streams[0].notices
    silent.cancel()
