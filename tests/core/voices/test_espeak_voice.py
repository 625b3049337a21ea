import logging
import re
import time
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmvox_plugins.core.audio import AudioChunk, Samples
from llmvox_plugins.core.text import Word
from llmvox_plugins.core.voices.base import Utterance, Voice
from llmvox_plugins.core.voices.espeak import EspeakVoice, process

RATE = 22050


def words(text: str) -> list[Word]:
    """The words of a text; those with a terminal mark end a sentence."""
    found = re.finditer(r"\S+", text)
    return [Word(match[0], match.span(), match[0].endswith((".", "?", "!"))) for match in found]


def advance(utterance: Utterance) -> list[AudioChunk]:
    [chunks] = EspeakVoice().engine.advance([utterance])
    return chunks


def spoken(text: str, voice: Voice | None = None) -> list[AudioChunk]:
    utterance = (voice or EspeakVoice()).utterance()
    utterance.feed(words(text))
    utterance.flush()
    chunks = []
    while utterance.backlog:
        chunks += advance(utterance)
    return chunks


def joined(chunks: list[AudioChunk]) -> Samples:
    return np.concatenate([chunk.samples for chunk in chunks])


def spectrum(samples: Samples) -> Samples:
    """The mean magnitude in bands of 43 Hz, of norm 1."""
    frames = samples[: len(samples) // 512 * 512].reshape(-1, 512)
    magnitude = np.abs(np.fft.rfft(frames)).mean(axis=0)
    return np.asarray(magnitude / np.linalg.norm(magnitude), np.float32)


def fundamental(samples: Samples) -> float:
    """The median pitch of the voiced parts, Hz."""
    found = []
    for frame in samples[: len(samples) // 1024 * 1024].reshape(-1, 1024):
        correlation = np.correlate(frame, frame, "full")[1023:]
        lag = 60 + int(np.argmax(correlation[60:400]))
        if correlation[0] > 5 and correlation[lag] > 0.5 * correlation[0]:
            found.append(RATE / lag)
    return float(np.median(found))


def test_it_is_a_voice_and_a_value() -> None:
    voice: Voice = EspeakVoice("de", rate=200, pitch=60)
    assert (voice.name, voice.sample_rate, voice.text.language) == ("espeak:de", RATE, "de")
    assert voice == EspeakVoice("DE", rate=200, pitch=60) != EspeakVoice("de")
    assert voice.engine is EspeakVoice("fr").engine
    assert voice.engine.batch_size == 1


def test_spans_are_exact_though_words_repeat_and_gaps_are_wide() -> None:
    text = "Well,  well \n\n well! You  said\t“well”,   well."
    chunks = spoken(text)
    assert [chunk.text_span for chunk in chunks] == [word.span for word in words(text)]
    assert not any(chunk.estimated for chunk in chunks)


def test_chunks_follow_one_another_without_a_gap() -> None:
    now = 0.0
    for chunk in spoken("One, two, three. Four five six seven? Eight"):
        assert chunk.start == pytest.approx(now)
        assert len(chunk.samples) > 0
        now = chunk.end


def test_a_chunk_begins_where_its_word_is_heard() -> None:
    text = "mama see mama see mama see mama"
    chunks = spoken(text)
    samples = joined(chunks)
    frames = samples[: len(samples) // 128 * 128].reshape(-1, 128)
    energy = np.abs(np.fft.rfft(frames)) ** 2
    hissing = energy[:, 24:].sum(axis=1) > 2 * energy[:, :24].sum(axis=1) + 0.1  # above 4 kHz
    onsets = np.flatnonzero(hissing[1:] & ~hissing[:-1]) + 1
    heard = [frame * 128 / RATE for i, frame in enumerate(onsets) if i == 0 or frame - onsets[i - 1] > 35]
    begun = [chunk.start for chunk in chunks if text[slice(*chunk.text_span)] == "see"]
    assert len(begun) == 3
    assert heard == pytest.approx(begun, abs=0.04)


def test_words_that_espeak_reads_as_one_share_a_chunk() -> None:
    chunks = spoken("there are two of them.")
    assert [chunk.text_span for chunk in chunks] == [(0, 9), (10, 13), (14, 16), (17, 22)]


def test_words_of_a_rewritten_group_keep_its_span() -> None:
    utterance = EspeakVoice().utterance()
    utterance.feed([Word(word, (0, 10), word == "dollars.") for word in ("five", "million", "dollars.")])
    assert [chunk.text_span for chunk in advance(utterance)] == [(0, 10)] * 3


def test_rate_is_speed() -> None:
    text = "This is a sentence of some length, and it is read aloud."
    slow, usual, fast = (len(joined(spoken(text, EspeakVoice(rate=rate)))) for rate in (80, None, 350))
    assert slow > 1.7 * usual
    assert fast < 0.6 * usual


def test_pitch_is_pitch() -> None:
    low, usual, high = (
        fundamental(joined(spoken("Now we are alone.", EspeakVoice(pitch=p)))) for p in (0, None, 99)
    )
    assert low < 0.8 * usual < usual < 0.8 * high


def test_a_variant_is_another_voice() -> None:
    text = "Now we are alone."
    assert fundamental(joined(spoken(text, EspeakVoice("en-us+f3")))) > 1.3 * fundamental(
        joined(spoken(text))
    )


def test_interleaved_languages_sound_as_they_do_alone() -> None:
    texts = {
        "en-us": "One two three, four five six, seven eight nine.",
        "de": "Eins zwei drei, vier fünf, sechs sieben.",
    }
    voices = {"en-us": EspeakVoice(rate=220, pitch=70), "de": EspeakVoice("de+f2")}
    utterances = {language: voice.utterance() for language, voice in voices.items()}
    mixed: dict[str, list[AudioChunk]] = {language: [] for language in texts}
    for language, utterance in utterances.items():
        utterance.feed(words(texts[language]))
    while any(utterance.backlog for utterance in utterances.values()):
        for language, utterance in utterances.items():
            mixed[language] += advance(utterance)
    for language, voice in voices.items():
        alone = spoken(texts[language], voice)
        # espeak-ng's pitch flutters on from clause to clause, which makes words shorter or longer by samples.
        assert [c.duration for c in mixed[language]] == pytest.approx([c.duration for c in alone], abs=0.02)
        assert spectrum(joined(mixed[language])) @ spectrum(joined(alone)) > 0.98
    assert spectrum(joined(mixed["de"])) @ spectrum(joined(mixed["en-us"])) < 0.95


def test_a_complete_clause_is_due_at_once() -> None:
    utterance = EspeakVoice().utterance()
    assert utterance.due(0) == inf
    utterance.feed(words("Yes,"))
    assert utterance.due(9) == 0
    advance(utterance)
    assert utterance.due(0) == inf


def test_three_words_are_due_when_the_listener_would_run_dry() -> None:
    utterance = EspeakVoice().utterance()
    utterance.feed(words("The capital"))
    assert utterance.due(0) == inf
    utterance.feed(words("of"))
    assert utterance.due(0) == 0
    assert utterance.due(1.0) == 0.75


def test_flushed_words_are_due_until_more_come() -> None:
    utterance = EspeakVoice().utterance()
    utterance.flush()
    assert utterance.due(0) == inf
    utterance.feed(words("The"))
    utterance.flush()
    utterance.feed([])
    assert utterance.due(9) == 0
    utterance.feed(words("capital"))
    assert utterance.due(0) == inf


def test_a_fragment_sounds_as_it_does_in_the_whole_clause() -> None:
    [the, capital, of, *_] = spoken("The capital of Norway is Oslo.")
    utterance = EspeakVoice().utterance()
    utterance.feed(words("The capital of Norway"))
    fragment = advance(utterance)
    assert utterance.backlog == 1
    assert [c.duration for c in fragment] == pytest.approx(
        [the.duration, capital.duration, of.duration], abs=0.02
    )
    assert fundamental(fragment[1].samples) == pytest.approx(fundamental(capital.samples), rel=0.05)
    assert abs(fragment[-1].samples[-1]) < 0.001


@pytest.mark.parametrize(
    "text", ["The capital of Norway, as we all know, is Oslo", "there are there are there are three"]
)
def test_words_that_come_singly_are_each_spoken_once(text: str) -> None:
    utterance = EspeakVoice().utterance()
    chunks = []
    for word in words(text):
        utterance.feed([word])
        if utterance.due(0) == 0:
            chunks += advance(utterance)
    utterance.flush()
    while utterance.backlog:
        chunks += advance(utterance)
    covered = "".join(text[slice(*chunk.text_span)] for chunk in chunks)
    assert covered.replace(" ", "") == text.replace(" ", "")
    assert len(chunks) > 3


def test_a_sentence_ends_in_a_pause_that_belongs_to_its_last_word() -> None:
    chunks = spoken("First we go, then we see. Good")
    trailing = [len(c.samples) - 1 - int(np.flatnonzero(np.abs(c.samples) > 0.003)[-1]) for c in chunks]
    assert [round(samples / RATE, 1) for samples in trailing] == [0, 0, 0.1, 0, 0, 0.3, 0.3]


def test_a_heading_is_read_as_a_sentence() -> None:
    utterance = EspeakVoice().utterance()
    utterance.feed([Word("A", (0, 1), False), Word("heading", (2, 9), True)])
    heading = joined(advance(utterance))
    assert len(heading) == pytest.approx(len(joined(spoken("A heading."))), abs=600)


@pytest.mark.parametrize("text", ["…", "— —", "( )", "."])
def test_text_with_nothing_to_say_is_no_chunk(text: str) -> None:
    assert spoken(text) == []


def test_a_cancelled_utterance_makes_no_more() -> None:
    utterance = EspeakVoice().utterance()
    utterance.feed(words("One two three four five six seven."))
    utterance.cancelled = True
    assert advance(utterance) == []
    assert spoken("One")


def test_a_clause_on_which_espeak_crashes_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    utterance = EspeakVoice().utterance()
    utterance.feed(words("One, two."))
    assert process._idle is not None
    process._idle._process.kill()
    process._idle._process.wait()
    with caplog.at_level(logging.WARNING):
        assert advance(utterance) == []
    assert "crashed on a word, which is left out" in caplog.text
    assert "One" not in caplog.text
    [chunk] = advance(utterance)
    assert (chunk.text_span, chunk.start) == ((5, 9), 0.0)


@pytest.mark.parametrize(
    ("language", "text"), [("mr", "ⓜ"), ("vi-vn-x-south", "\u0960"), ("en-us", "s'" * 220)]
)
def test_text_that_crashes_espeak_does_not_end_the_stream(language: str, text: str) -> None:
    chunks = spoken(f"{text}, 1 2 3.", EspeakVoice(language))
    assert [chunk.text_span[1] - chunk.text_span[0] for chunk in chunks[-3:]] == [1, 1, 2]


def test_only_the_word_that_crashes_espeak_is_left_out() -> None:
    before, after = "one two three four five six seven", "eight nine ten eleven"
    chunks = spoken(f"{before} ⓜ {after}.", EspeakVoice("mr"))
    said = [chunk.text_span for chunk in chunks]
    assert said[0][0] == 0
    assert said[-1][1] == len(f"{before} ⓜ {after}.")
    assert len(before) in {end for _, end in said}
    assert len(before) + 3 in {begin for begin, _ in said}


def test_a_word_of_a_hundred_thousand_letters_holds_up_nobody() -> None:
    utterance = EspeakVoice().utterance()
    utterance.feed([Word("f" * 100_000, (3, 100_003), True)])
    for _ in range(3):
        begun = time.perf_counter()
        chunks = advance(utterance)
        assert time.perf_counter() - begun < 1
        assert {chunk.text_span for chunk in chunks} == {(3, 100_003)}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.text(st.characters(), max_size=12), st.booleans()), max_size=8),
    st.sampled_from(["en-us", "hi", "ar", "cmn", "vi"]),
)
def test_any_text_is_safe(texts: list[tuple[str, bool]], language: str) -> None:
    utterance = EspeakVoice(language, rate=450).utterance()
    utterance.feed([Word(text, (i, i + 1), ends) for i, (text, ends) in enumerate(texts)])
    utterance.flush()
    begun, now = 0, 0.0
    while utterance.backlog:
        for chunk in advance(utterance):
            assert begun <= chunk.text_span[0] < chunk.text_span[1] <= len(texts)
            assert chunk.start == pytest.approx(now)
            begun, now = chunk.text_span[0], chunk.end
