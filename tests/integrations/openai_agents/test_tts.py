"""The SDK's real voice pipeline; only who recognises speech, and the voice, are scripted."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

import numpy as np
import pytest
from agents.voice import (
    AudioInput,
    SingleAgentVoiceWorkflow,
    StreamedAudioInput,
    TTSModelSettings,
    VoicePipeline,
    VoicePipelineConfig,
)
from agents.voice.testing import ScriptedSTTModel, ScriptedVoiceWorkflow
from support.agents_script import streams
from support.hearing import heard_in_pcm

from llmvox_plugins.core.errors import ConfigurationError, UnknownVoiceError, VoiceError
from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.openai_agents import LLMVoxTTSModel, LLMVoxVoiceModelProvider

SPOKEN = AudioInput(buffer=np.zeros(2400, np.int16))


async def made(model: LLMVoxTTSModel, text: str, **settings: Any) -> bytes:
    return b"".join([part async for part in model.run(text, TTSModelSettings(**settings))])


def pipeline(model: Any, *said: str, **settings: Any) -> VoicePipeline:
    config = VoicePipelineConfig(tracing_disabled=True, tts_settings=TTSModelSettings(**settings))
    return VoicePipeline(
        workflow=ScriptedVoiceWorkflow([said]),
        stt_model=ScriptedSTTModel(["Hello?"]),
        tts_model=model,
        config=config,
    )


async def played(pipeline: VoicePipeline) -> list[Any]:
    result = await pipeline.run(SPOKEN)
    return [event.data async for event in result.stream() if event.type == "voice_stream_event_audio"]


async def test_a_text_becomes_16_bit_samples_at_24_khz() -> None:
    model = LLMVoxTTSModel(ScriptedVoice())
    assert model.model_name == "scripted"
    assert heard_in_pcm(await made(model, "Hello world.")) == "Hello world."


async def test_what_has_nothing_to_say_is_no_audio() -> None:
    assert await made(LLMVoxTTSModel(ScriptedVoice()), "``` \n---\n") == b""


async def test_the_pipeline_plays_the_sentences_in_order() -> None:
    text = ["This is the first sentence. ", "And here is a second one. ", "The third one follows. ", "End."]
    data = np.concatenate(await played(pipeline(LLMVoxTTSModel(ScriptedVoice(delay=0.01)), *text)))
    assert data.dtype == np.int16
    heard = heard_in_pcm(data.tobytes())
    assert heard == "This is the first sentence.And here is a second one.The third one follows.End."


async def test_an_agent_speaks_through_the_pipeline() -> None:
    from agents import Agent
    from agents.testing import ScriptedModel

    agent = Agent(name="a", model=ScriptedModel([streams("Blue light ", "scatters most, ", "they say.")]))
    speaking = VoicePipeline(
        workflow=SingleAgentVoiceWorkflow(agent),
        stt_model=ScriptedSTTModel(["Why?"]),
        config={"tracing_disabled": True, "model_provider": LLMVoxVoiceModelProvider(ScriptedVoice())},
    )
    data = np.concatenate(await played(speaking))
    assert heard_in_pcm(data.tobytes()) == "Blue light scatters most, they say."


async def test_streamed_audio_is_answered_turn_by_turn() -> None:
    speaking = VoicePipeline(
        workflow=ScriptedVoiceWorkflow(["One.", "Two."]),
        stt_model=ScriptedSTTModel(sessions=[["a", "b"]]),
        tts_model=LLMVoxTTSModel(ScriptedVoice()),
        config=VoicePipelineConfig(tracing_disabled=True),
    )
    result = await speaking.run(StreamedAudioInput())  # type: ignore[no-untyped-call]
    data: list[Any] = [
        event.data async for event in result.stream() if event.type == "voice_stream_event_audio"
    ]
    assert heard_in_pcm(np.concatenate(data).tobytes()) == "One.Two."


async def test_the_dtype_and_the_transformation_are_the_pipeline_s() -> None:
    data = await played(
        pipeline(
            LLMVoxTTSModel(ScriptedVoice()), "Hi.", dtype=np.float32, transform_data=lambda some: some * 0
        )
    )
    assert all(part.dtype == np.float32 for part in data)
    assert not np.concatenate(data).any()


# how early


@pytest.mark.parametrize("buffer_size", [1, 7, 120])
async def test_audio_is_played_as_soon_as_it_is_made(buffer_size: int) -> None:
    """The pipeline waits for `buffer_size` parts: there are as many in each piece of audio."""
    model = LLMVoxTTSModel(ScriptedVoice(delay=0.05))
    speaking = pipeline(model, "One two three four five six seven eight nine ten.", buffer_size=buffer_size)
    result = await speaking.run(SPOKEN)
    began, times = time.monotonic(), []
    async for event in result.stream():
        if event.type == "voice_stream_event_audio":
            times.append(time.monotonic() - began)
    assert len(times) >= 9
    assert times[0] < times[-1] / 3


async def test_a_very_large_buffer_is_one_piece_a_sentence() -> None:
    data = await played(pipeline(LLMVoxTTSModel(ScriptedVoice()), "One two three four.", buffer_size=10**6))
    assert len(data) == 1
    assert heard_in_pcm(data[0].tobytes()) == "One two three four."


async def test_the_loop_is_never_blocked() -> None:
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.001)
            longest = max(longest, time.monotonic() - began)

    ticking = asyncio.create_task(tick())
    model = LLMVoxTTSModel(ScriptedVoice(delay=0.8))
    await asyncio.gather(*(made(model, "one.", speed=speed) for speed in (1.0, 1.5)))
    ticking.cancel()
    assert longest < 0.5


# the settings


async def test_speed_changes_how_long_it_takes() -> None:
    model = LLMVoxTTSModel("espeak:en-us")
    text = "This is how long it takes to say a sentence."
    plain, fast = [len(await made(model, text, speed=speed)) for speed in (None, 2.0)]
    assert fast / plain == pytest.approx(0.5, abs=0.05)


async def test_an_impossible_speed_is_told() -> None:
    with pytest.raises(ConfigurationError, match="speed"):
        await made(LLMVoxTTSModel(ScriptedVoice()), "Hi.", speed=9.0)


async def test_voices_are_called_by_name() -> None:
    one, two = ScriptedVoice(), ScriptedVoice()
    model = LLMVoxTTSModel(one, voices={"nova": two})
    await made(model, "Alloy.", voice="alloy")
    await made(model, "Nova.", voice="nova")
    await made(model, "None.")
    await made(model, "Custom.", voice={"id": "nova"})
    assert (one.voiced, two.voiced) == ("Alloy. None.", "Nova. Custom.")
    assert len(await made(model, "Guten Tag.", voice={"id": "espeak:de"})) > 10_000
    with pytest.raises(UnknownVoiceError):
        await made(model, "Hi.", voice={"id": "espeak:martian"})


# what goes wrong


async def test_a_voice_that_breaks_is_an_error_of_the_pipeline() -> None:
    with pytest.raises(VoiceError):
        await played(pipeline(LLMVoxTTSModel(ScriptedVoice(fails_after=2)), "One two three four."))


async def test_closing_early_cancels_at_once() -> None:
    voice = ScriptedVoice(delay=0.02)
    generator = cast(
        AsyncGenerator[bytes, None], LLMVoxTTSModel(voice).run("word " * 200, TTSModelSettings())
    )
    async with aclosing(generator):
        await anext(generator)
    said = len(voice.words)
    await asyncio.sleep(0.2)
    assert len(voice.words) <= said + 1


async def test_cancelling_the_task_cancels_at_once() -> None:
    voice = ScriptedVoice(delay=0.02)
    task = asyncio.create_task(made(LLMVoxTTSModel(voice), "word " * 200))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    said = len(voice.words)
    assert said > 0
    await asyncio.sleep(0.2)
    assert len(voice.words) <= said + 1


async def test_a_listener_who_leaves_the_pipeline_ends_the_synthesis() -> None:
    voice = ScriptedVoice(delay=0.02)
    result = await pipeline(LLMVoxTTSModel(voice), "word " * 200).run(SPOKEN)
    async with aclosing(cast(AsyncGenerator[Any, None], result.stream())) as events:
        async for event in events:
            if event.type == "voice_stream_event_audio":
                break
    said = len(voice.words)
    await asyncio.sleep(0.2)
    assert len(voice.words) <= said + 1


# the provider


def test_a_provider_s_models_are_voices() -> None:
    provider = LLMVoxVoiceModelProvider(ScriptedVoice())
    assert provider.get_tts_model(None).model_name == "scripted"
    assert provider.get_tts_model("gpt-4o-mini-tts").model_name == "scripted"
    assert provider.get_tts_model("espeak:de").model_name.startswith("espeak:de")
    with pytest.raises(UnknownVoiceError):
        provider.get_tts_model("espeak:martian")


def test_who_recognises_speech_is_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    recogniser = ScriptedSTTModel(["Hi."])
    assert LLMVoxVoiceModelProvider(ScriptedVoice(), stt=recogniser).get_stt_model(None) is recogniser
    other = LLMVoxVoiceModelProvider(ScriptedVoice(), stt=recogniser)
    assert LLMVoxVoiceModelProvider(ScriptedVoice(), stt=other).get_stt_model(None) is recogniser
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    provider = LLMVoxVoiceModelProvider(ScriptedVoice())
    with pytest.raises(ConfigurationError, match="stt="):
        provider.get_stt_model(None)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    assert provider.get_stt_model("whisper-1").model_name == "whisper-1"
