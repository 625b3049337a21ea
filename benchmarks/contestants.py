"""The ways from an LLM's tokens to audio that are compared: tokens in, chunks out.

All of them speak with the same engine, and what they give it goes through the same text rooms, so that nobody
has to read asterisks aloud. Only what is waited for differs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any, NamedTuple, TypeAlias

from scripted_llm import ScriptedLLM

from llmvox_plugins import AudioChunk, SpeechStream
from llmvox_plugins.core.text import spoken_words
from llmvox_plugins.core.voices.base import Voice

__all__ = ["CONTESTANTS", "OURS", "Contestant", "Said", "missing"]


class Said(NamedTuple):
    """A chunk, and the text that its span is of."""

    chunk: AudioChunk
    text: str


Contestant: TypeAlias = "Callable[[ScriptedLLM, Voice], Iterator[Said]]"


def speech_stream(llm: ScriptedLLM, voice: Voice) -> Iterator[Said]:
    """Ours: the LLM's thread writes, this one reads."""
    with SpeechStream(voice) as stream:
        threading.Thread(target=_write, args=(llm, stream), daemon=True).start()
        for chunk in stream:
            yield Said(chunk, llm.text)


def _write(llm: ScriptedLLM, stream: SpeechStream) -> None:
    for token in llm:
        stream.write(token)
    stream.end()


def whole_answer(llm: ScriptedLLM, voice: Voice) -> Iterator[Said]:
    """Wait until the answer is complete."""
    return _synthesize("".join(llm), voice)


def sentence_splitter(**options: Any) -> Contestant:
    """Wait for what stream2sentence takes for a sentence, or for a part of one worth speaking."""

    def speak_fragments(llm: ScriptedLLM, voice: Voice) -> Iterator[Said]:
        from stream2sentence import generate_sentences

        for fragment in generate_sentences(llm, **options):
            yield from _synthesize(fragment, voice)

    return speak_fragments


def _synthesize(text: str, voice: Voice) -> Iterator[Said]:
    """The audio of a text that is complete, each clause as soon as it is made."""
    utterance = voice.utterance()
    utterance.feed(list(spoken_words(text, voice.text.language)))
    utterance.flush()
    while utterance.backlog:
        for chunk in voice.engine.advance([utterance])[0]:
            yield Said(chunk, text)


OURS = "SpeechStream"
_REALTIME_TTS = {
    "quick_yield_single_sentence_fragment": True,
    "sentence_fragment_delimiters": ".?!;:,\n…)]}。-",
    "force_first_fragment_after_words": 15,
    "cleanup_text_links": True,
    "cleanup_text_emojis": True,
}
"""What RealtimeTTS's play() hands to generate_sentences() by default: the first fragment comes early."""
_THREE_WORDS = _REALTIME_TTS | {"force_first_fragment_after_words": 3, "minimum_first_fragment_length": 1}

CONTESTANTS: dict[str, Contestant] = {
    OURS: speech_stream,
    "whole answer, then speech": whole_answer,
    "stream2sentence: defaults": sentence_splitter(),
    "stream2sentence: as RealtimeTTS": sentence_splitter(**_REALTIME_TTS),
    "stream2sentence: every fragment": sentence_splitter(**_REALTIME_TTS, quick_yield_every_fragment=True),
    "stream2sentence: first 3 words": sentence_splitter(**_THREE_WORDS),
    "stream2sentence: every 3 words": sentence_splitter(**_THREE_WORDS, quick_yield_every_fragment=True),
}
"""By their names in the tables. The last two are set to begin as early as ours."""


def missing(name: str) -> str | None:
    """How to install what a contestant needs and is not there."""
    if name.startswith("stream2sentence") and find_spec("stream2sentence") is None:
        return "pip install stream2sentence"
    return None
