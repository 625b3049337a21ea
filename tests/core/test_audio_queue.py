import asyncio
import threading

import numpy as np
import pytest

from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.audio_queue import AudioQueue


def second(start: float = 0.0) -> AudioChunk:
    return AudioChunk(np.zeros(1000, np.float32), 1000, start, (0, 1))


def queue(limit: float = 3.0) -> tuple[AudioQueue, list[bool]]:
    called: list[bool] = []
    return AudioQueue(limit, lambda: called.append(True)), called


def test_chunks_come_out_in_order_and_the_end_comes_last() -> None:
    audio, _ = queue()
    first, last = second(0), second(1)
    audio.put(first)
    audio.put(last)
    audio.close()
    assert [audio.get(), audio.get(), audio.get()] == [first, last, None]


def test_an_error_comes_after_the_audio_that_was_made_before_it() -> None:
    audio, _ = queue()
    audio.put(second())
    audio.close(ValueError("broken"))
    assert audio.get() is not None
    with pytest.raises(ValueError, match="broken"):
        audio.get()


def test_the_maker_is_called_once_when_a_full_queue_is_half_empty() -> None:
    audio, called = queue(limit=4.0)
    for start in range(4):
        assert audio.room
        audio.put(second(start))
    assert not audio.room
    audio.get()
    assert called == []
    audio.get()
    assert called == [True]
    audio.get()
    assert called == [True]


def test_a_queue_that_was_never_full_calls_nobody() -> None:
    audio, called = queue(limit=4.0)
    assert audio.room
    audio.put(second())
    audio.get()
    assert called == []


def test_clear_leaves_nothing_but_the_end() -> None:
    audio, _ = queue()
    audio.put(second())
    audio.clear()
    audio.put(second())
    assert audio.get() is None


def test_a_thread_that_waits_is_woken() -> None:
    audio, _ = queue()
    got: list[AudioChunk | None] = []
    reader = threading.Thread(target=lambda: got.append(audio.get()))
    reader.start()
    chunk = second()
    audio.put(chunk)
    reader.join(5)
    assert got == [chunk]


async def test_a_loop_that_waits_is_woken_from_another_thread() -> None:
    audio, _ = queue()
    chunk = second()
    threading.Timer(0.02, audio.put, [chunk]).start()
    assert await asyncio.wait_for(audio.get_async(), 5) is chunk


async def test_a_read_that_was_cancelled_loses_no_audio() -> None:
    audio, _ = queue()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(audio.get_async(), 0.01)
    chunk = second()
    assert audio.put(chunk)
    assert await audio.get_async() is chunk


def test_the_maker_learns_that_the_listeners_loop_is_closed() -> None:
    audio, _ = queue()
    loop = asyncio.new_event_loop()
    reading = loop.create_task(audio.get_async())
    loop.run_until_complete(asyncio.sleep(0))
    reading.cancel()
    loop.run_until_complete(asyncio.gather(reading, return_exceptions=True))
    loop.close()
    assert not audio.put(second())
