"""A voice for the SDK's voice pipeline.

    VoicePipeline(workflow=SingleAgentVoiceWorkflow(agent), tts_model=LLMVoxTTSModel("espeak:en-us"))

The pipeline cuts the text into sentences, asks for the audio of several at once, and puts it in order: here
each is a stream of its own. It plays what it gets at 24 kHz, 16 bits, mono.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import numpy as np
from agents.voice import OpenAIVoiceModelProvider, STTModel, TTSModel, TTSModelSettings, VoiceModelProvider
from openai import OpenAIError

from ...core.audio import Resampler, Samples, to_pcm16
from ...core.errors import ConfigurationError
from ...core.stream import SpeechStream
from ...core.tempo import Tempo
from ...core.voices import load_voice
from ...core.voices.base import Voice

__all__ = ["LLMVoxTTSModel", "LLMVoxVoiceModelProvider"]

SAMPLE_RATE = 24_000
OPENAI_VOICES = frozenset(
    "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse".split()
)
OPENAI_MODELS = ("tts-", "gpt-")


class LLMVoxTTSModel(TTSModel):
    """voice: a voice, its name, or None for LLMVOX_VOICE or the best there is.
    voices: what names in `TTSModelSettings.voice` mean. Any other name there is that of a voice, as
        load_voice() takes it, but OpenAI's names, "alloy" for one, which mean `voice`.

    Of the settings it heeds `voice` and `speed`, at the same pitch. Nobody here takes `instructions`. The
    pipeline itself sees to the rest; but each piece of audio reaches the listener when it is made, whatever
    `buffer_size` says: it comes in as many parts as the pipeline waits for.

    Raises what load_voice() raises. A failing voice raises into the pipeline.
    """

    def __init__(
        self, voice: Voice | str | None = None, *, voices: Mapping[str, Voice | str] | None = None
    ) -> None:
        self._default = _loaded(voice)
        self._voices = {name: _loaded(given) for name, given in (voices or {}).items()}

    @property
    def model_name(self) -> str:
        return self._default.name

    async def run(self, text: str, settings: TTSModelSettings) -> AsyncIterator[bytes]:
        voice = await self._voice(settings.voice)
        press = _Press(voice.sample_rate, 1.0 if settings.speed is None else settings.speed)
        stream = SpeechStream(voice)
        try:
            stream.write(text)
            stream.end()
            async for chunk in stream:
                for part in _parts(await press.feed(chunk.samples), settings.buffer_size):
                    yield part
            for part in _parts(await press.flush(), settings.buffer_size):
                yield part
        finally:
            stream.cancel()

    async def _voice(self, wanted: Any) -> Voice:
        name = wanted.get("id") if isinstance(wanted, Mapping) else wanted
        if name in self._voices:
            return self._voices[name]
        if name is None or name in OPENAI_VOICES:
            return self._default
        self._voices[name] = await asyncio.to_thread(load_voice, name)
        return self._voices[name]


class LLMVoxVoiceModelProvider(VoiceModelProvider):
    """A provider whose speech is ours: `VoicePipelineConfig(model_provider=LLMVoxVoiceModelProvider())`.

    voice, voices: as for LLMVoxTTSModel. A model's name is that of a voice; OpenAI's mean `voice`.
    stt: who recognises speech: a model, or a provider of models; None for OpenAI's.
    """

    def __init__(
        self,
        voice: Voice | str | None = None,
        *,
        voices: Mapping[str, Voice | str] | None = None,
        stt: STTModel | VoiceModelProvider | None = None,
    ) -> None:
        self._model = LLMVoxTTSModel(voice, voices=voices)
        self._named = voices
        self._stt = stt

    def get_tts_model(self, model_name: str | None) -> TTSModel:
        if model_name is None or model_name.startswith(OPENAI_MODELS):
            return self._model
        return LLMVoxTTSModel(model_name, voices=self._named)

    def get_stt_model(self, model_name: str | None) -> STTModel:
        if isinstance(self._stt, STTModel):
            return self._stt
        if self._stt is not None:
            return self._stt.get_stt_model(model_name)
        try:
            return OpenAIVoiceModelProvider().get_stt_model(model_name)
        except OpenAIError as error:
            raise ConfigurationError(
                "this provider speaks; who recognises speech is OpenAI, for which OPENAI_API_KEY is not set: "
                "set it, or give LLMVoxVoiceModelProvider(stt=…) another provider or model"
            ) from error


class _Press:
    """Samples → bytes as the pipeline plays them."""

    def __init__(self, sample_rate: int, speed: float) -> None:
        self._tempo = None if speed == 1 else Tempo(sample_rate, speed)
        self._resampler = None if sample_rate == SAMPLE_RATE else Resampler(sample_rate, SAMPLE_RATE)

    async def feed(self, samples: Samples) -> bytes:
        if self._tempo is None:  # microseconds
            return self._pressed(samples)
        return await asyncio.to_thread(lambda tempo: self._pressed(tempo.feed(samples)), self._tempo)

    async def flush(self) -> bytes:
        if self._tempo is None:
            return self._flushed(np.zeros(0, np.float32))
        return await asyncio.to_thread(lambda tempo: self._flushed(tempo.flush()), self._tempo)

    def _pressed(self, samples: Samples) -> bytes:
        return to_pcm16(samples if self._resampler is None else self._resampler.feed(samples))

    def _flushed(self, samples: Samples) -> bytes:
        rest = self._pressed(samples)
        return rest if self._resampler is None else rest + to_pcm16(self._resampler.flush())


def _parts(pcm: bytes, count: int) -> Iterator[bytes]:
    """In so many parts, as long as there are samples for it; nothing in none."""
    size = 2 * (len(pcm) // 2 // max(1, count))
    if size:
        for at in range(count - 1):
            yield pcm[at * size : (at + 1) * size]
        yield pcm[(count - 1) * size :]
    elif pcm:
        yield pcm


def _loaded(voice: Voice | str | None) -> Voice:
    return load_voice(voice) if voice is None or isinstance(voice, str) else voice
