"""What happens at a process's edges: its exit, and a fork."""

import os
import signal
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pytest

from llmvox_plugins import SpeechStream
from llmvox_plugins.core import lifecycle
from llmvox_plugins.core.sinks.speaker import SharedSpeaker
from llmvox_plugins.core.testing import ScriptedVoice

SETUP = """
import os, sys, time
from llmvox_plugins import SpeechStream, StreamState, WavSink, load_voice
from llmvox_plugins.core.sinks import EncodedSink
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.core import lifecycle

voice = ScriptedVoice(delay=0.02)
"""


def command(code: str, *args: object) -> list[str]:
    warnings = ["-W", "error", "-W", "ignore:This process:DeprecationWarning"]  # of forking among threads
    return [sys.executable, "-X", "dev", *warnings, "-c", SETUP + code, *map(str, args)]


def run(code: str, *args: object, timeout: float = 30) -> str:
    line = command(code, *args)
    done = subprocess.run(line, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.strip()


@contextmanager
def started(code: str, *args: object) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        command(code, *args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        return float(file.getnframes() / file.getframerate())


def seconds_of_any(path: Path) -> float:
    with av.open(str(path)) as file:
        return float(sum(frame.samples / frame.sample_rate for frame in file.decode(audio=0)))


def test_what_is_being_said_at_exit_is_finished(tmp_path: Path) -> None:
    run(
        "stream = SpeechStream(voice, WavSink(sys.argv[1]))\nstream.write('0123456789 ' * 10)",
        tmp_path / "answer.wav",
    )
    assert seconds(tmp_path / "answer.wav") == 10.9 / 10


def test_a_recording_is_complete_at_exit_even_if_nobody_closed_it(tmp_path: Path) -> None:
    run(
        "SpeechStream(voice, EncodedSink(sys.argv[1])).write('0123456789 ' * 10)",
        tmp_path / "answer.flac",
    )
    assert seconds_of_any(tmp_path / "answer.flac") == pytest.approx(10.9 / 10)


def test_the_exit_waits_no_longer_than_its_limit() -> None:
    run(
        "lifecycle.EXIT_LIMIT = 0.2\n"
        "stream = SpeechStream(ScriptedVoice(delay=0.1), lambda chunk: time.sleep(0.1))\n"
        "stream.write('word ' * 1000)",
        timeout=10,
    )


SPEAKS_LONG = "stream = SpeechStream(voice, WavSink(sys.argv[1]))\nstream.write('0123456789 ' * 1000)\n"


def test_an_exit_by_ctrl_c_is_silence_at_once(tmp_path: Path) -> None:
    code = "print('speaks', flush=True)\ntime.sleep(60)"
    with started(SPEAKS_LONG + code, tmp_path / "answer.wav") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "speaks\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == -signal.SIGINT
    assert seconds(tmp_path / "answer.wav") < 20


def test_ctrl_c_while_the_exit_waits_is_silence_and_no_trouble(tmp_path: Path) -> None:
    code = "import atexit\natexit.register(print, 'exits', flush=True)"  # before the speech is finished
    with started(SPEAKS_LONG + code, tmp_path / "answer.wav") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "exits\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert seconds(tmp_path / "answer.wav") < 20


def test_a_stream_that_was_open_at_a_fork_fails_in_the_child_and_goes_on_in_the_parent() -> None:
    said = run("""
sink = MemorySink()
stream = SpeechStream(voice, sink)
stream.write("before ")
child = os.fork()
if child == 0:
    stream.write("in the child")
    assert stream.state is StreamState.FAILED, stream.state
    try:
        stream.wait(5)
    except Exception as error:
        os.write(1, f"{error} ".encode())
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
stream.write("after")
stream.end()
assert stream.wait(5)
print(ScriptedVoice.read(sink.samples))
""")
    assert said == "this stream was opened before the process forked: open one here before after"


def test_a_forked_child_speaks_with_its_parents_voice() -> None:
    said = run("""
with SpeechStream(voice, MemorySink()) as stream:
    stream.write("the parent speaks")
with SpeechStream(voice, MemorySink()) as busy:
    busy.write("0123456789 " * 20)
    child = os.fork()
    if child == 0:
        sink = MemorySink()
        with SpeechStream(voice, sink) as stream:
            stream.write("the child speaks")
        os.write(1, ScriptedVoice.read(sink.samples).encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
""")
    assert said == "the child speaks"


def test_a_forked_child_that_exits_leaves_the_parents_recording_alone(tmp_path: Path) -> None:
    run(
        """
stream = SpeechStream(voice, WavSink(sys.argv[1]))
stream.write("0123456789 " * 5)
time.sleep(0.05)
child = os.fork()
if child == 0:
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
stream.write("0123456789 " * 5)
""",
        tmp_path / "answer.wav",
    )
    assert seconds(tmp_path / "answer.wav") == 10.9 / 10


def test_what_a_handler_is_saying_at_exit_is_finished(tmp_path: Path) -> None:
    for name in ("answer.wav", "answer.flac"):
        run(
            """
from langchain_core.language_models.fake import FakeListLLM
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler

def ask():
    handler = SpeechCallbackHandler(voice=voice, to=sys.argv[1])
    FakeListLLM(responses=["0123456789 " * 10]).invoke("?", config={"callbacks": [handler]})

ask()
""",
            tmp_path / name,
        )
    assert seconds(tmp_path / "answer.wav") == 10.9 / 10
    assert seconds_of_any(tmp_path / "answer.flac") == pytest.approx(10.9 / 10)


def test_a_handler_that_was_made_before_a_fork_speaks_in_the_child() -> None:
    said = run("""
from langchain_core.language_models.fake import FakeListLLM
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler

sink = MemorySink()
handler = SpeechCallbackHandler(voice=voice, to=sink)
config = {"callbacks": [handler]}
FakeListLLM(responses=["in the parent"]).invoke("?", config=config)
handler.wait()
child = os.fork()
if child == 0:
    FakeListLLM(responses=[" and in the child"]).invoke("?", config=config)
    handler.wait()
    os.write(1, ScriptedVoice.read(sink.samples).encode())
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
""")
    assert said == "in the parentand in the child"


def test_importing_the_engine_loads_no_framework_and_no_codec() -> None:
    loaded = run("load_voice\nprint(*sorted({name.partition('.')[0] for name in sys.modules}))").split()
    heavy = {"torch", "transformers", "langchain_core", "av", "soxr", "sounddevice", "espeakng_loader"}
    assert heavy.isdisjoint(loaded)


def test_streams_that_threads_open_meanwhile_spoil_neither_exit_nor_fork() -> None:
    voice, stop = ScriptedVoice(), threading.Event()

    def keep_opening() -> None:
        while not stop.is_set():
            SpeechStream(voice).cancel()

    threads = [threading.Thread(target=keep_opening) for _ in range(2)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            lifecycle._there()
    finally:
        stop.set()
        sys.setswitchinterval(interval)
        for thread in threads:
            thread.join()


def test_a_fork_while_a_thread_takes_the_speaker_leaves_it_free() -> None:
    with SharedSpeaker._taking:
        child = os.fork()
        if not child:
            os._exit(SharedSpeaker._taking.locked())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
