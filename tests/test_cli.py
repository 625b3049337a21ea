"""The command line: in this process where that tells the same, else as the real command."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import pytest
from typer.testing import CliRunner, Result

from llmvox_plugins import AudioChunk, list_voices
from llmvox_plugins.cli import app
from llmvox_plugins.core.sinks import CallableSink
from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.core.voices.espeak import data

HANGS = 15.0  # seconds, many times what a command may take


def call(*args: str | Path) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


@contextmanager
def command(*args: str | Path, **streams: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """The command as a process of its own, which is killed if it hangs."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    env = {**os.environ, **streams.pop("env", {})}
    env.pop("PYTHONUNBUFFERED", None)
    line = [sys.executable, "-m", "llmvox_plugins", *map(str, args)]
    with subprocess.Popen(line, bufsize=0, env=env, **streams) as process:
        watchdog = threading.Timer(HANGS, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            process.kill()
            watchdog.cancel()


def pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def ending(process: "subprocess.Popen[bytes]") -> tuple[int, bytes, bytes]:
    """Its exit code, and what it printed that has not been read."""
    out, err = process.communicate()
    return process.returncode, out, err


def wait_for_audio(process: "subprocess.Popen[bytes]", path: Path) -> None:
    while not path.exists() or path.stat().st_size < 1000:
        assert process.poll() is None
        time.sleep(0.01)


def wav_seconds(path: Path) -> float:
    with wave.open(str(path), "rb") as file:
        return len(file.readframes(file.getnframes())) / 2 / file.getframerate()


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """(what its user sees, what a program writes to)"""
    ours, theirs = pty.openpty()
    try:
        yield ours, theirs
    finally:
        os.close(ours)
        os.close(theirs)


def read_until(screen: int, end: bytes) -> bytes:
    seen = b""
    while end not in seen:
        assert select.select([screen], [], [], HANGS)[0], seen
        seen += os.read(screen, 4096)
    return seen


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C reaches the commands, even where the tests themselves run without it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


# say


def test_words_are_joined_and_spoken_into_a_file(tmp_path: Path) -> None:
    result = call("say", "Hello", "big world.", "-o", tmp_path / "a.wav", "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert report["audio_seconds"] == pytest.approx(wav_seconds(tmp_path / "a.wav"))
    assert report["audio_seconds"] > 0.5
    assert report["time_to_first_audio"] > 0
    assert report["real_time_factor"] > 0
    del report["audio_seconds"], report["time_to_first_audio"], report["real_time_factor"]
    assert report == {
        "state": "finished",
        "heard_characters": len("Hello big world."),
        "unheard_characters": 0,
        "underruns": 0,
        "voice": "espeak:en-us",
        "output": str(tmp_path / "a.wav"),
    }


def test_nothing_is_printed_unasked(tmp_path: Path) -> None:
    result = call("say", "Hello.", "-o", tmp_path / "a.flac")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert (tmp_path / "a.flac").read_bytes().startswith(b"fLaC")


def test_rate_and_pitch_reach_the_voice(tmp_path: Path) -> None:
    def spoken(*options: str) -> bytes:
        assert call("say", "Hello world.", "-o", tmp_path / "a.wav", *options).exit_code == 0
        return (tmp_path / "a.wav").read_bytes()

    usual = spoken()
    assert len(spoken("--rate", "350")) < 0.7 * len(usual)
    assert spoken("--pitch", "90") != usual


def test_the_voice_is_the_one_named(tmp_path: Path) -> None:
    result = call("say", "Guten Tag.", "-v", "espeak:de", "-o", tmp_path / "a.wav", "--json")
    assert json.loads(result.stdout)["voice"] == "espeak:de"


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (["-v", "espeak:xx"], "does not speak 'xx'"),
        (["-v", "espeek:de"], "the nearest: espeak:de"),
        (["--rate", "9999"], "from 80 to 450"),
        (["--rate", "fast"], "--rate"),
        (["--frobnicate"], "--frobnicate"),
        (["-o", "a.doc"], ".wav, .mp3"),
        (["-o", "there-is-no-such-folder/a.wav"], "No such file or directory"),
        (["-o", "-", "--format", "doc"], "there is no audio format 'doc'"),
        (["-o", "-", "--json"], "would both write to standard output"),
        (["-o", "a.wav", "--format", "mp3"], "--format is for -o - only"),
    ],
)
def test_wrong_usage_is_one_line_and_2(args: list[str], complaint: str) -> None:
    result = call("say", "Hello.", *args)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith("llmvox: ")
    assert complaint in result.stderr


def test_an_unknown_voice_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"precious")
    call("say", "Hello.", "-v", "espeak:xx", "-o", tmp_path / "a.wav")
    assert (tmp_path / "a.wav").read_bytes() == b"precious"


def test_a_missing_dependency_is_1_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    result = call("say", "Hello.", "-o", "speaker")
    assert result.exit_code == 1
    assert 'pip install "llmvox-plugins[speaker]"' in result.stderr


def test_a_voice_that_breaks_is_1_and_what_was_said_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmvox_plugins.core.voices.load_voice", lambda name: ScriptedVoice(fails_after=2))
    result = call("say", "One two three four.", "-o", tmp_path / "a.wav", "--json")
    assert result.exit_code == 1
    assert result.stderr == "llmvox: the scripted voice fails after 2 words, as it was told to\n"
    assert json.loads(result.stdout)["state"] == "failed"
    assert wav_seconds(tmp_path / "a.wav") == pytest.approx(0.07)


def test_a_sink_that_breaks_is_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def unplug(chunk: AudioChunk) -> None:
        raise OSError("the cable is out")

    monkeypatch.setattr("llmvox_plugins.core.sinks.open_sink", lambda to: CallableSink(unplug))
    result = call("say", "Hello.", "-o", "speaker")
    assert result.exit_code == 1
    assert "the cable is out" in result.stderr


def test_a_failure_is_told_once_by_the_real_command() -> None:
    with (
        Path(os.devnull).open("rb") as unwritable,
        command("say", "Hello.", "-o", "-", "--format", "mp3", stdout=unwritable) as process,
    ):
        code, _, err = ending(process)
    assert (code, err) == (1, b"llmvox: cannot write to <stdout>: Bad file descriptor\n")


# standard input


def test_audio_comes_while_text_is_still_being_written() -> None:
    with command("say", "-", "-o", "-", "--format", "pcm") as process:
        for token in (b"Hel", b"lo wor", b"ld. And"):
            pipe(process.stdin).write(token)
        first = pipe(process.stdout).read(4096)
        assert process.poll() is None
        code, rest, err = ending(process)
    assert any(first)
    assert (code, err) == (0, b"")
    assert len(rest) > 22050


def test_piped_input_is_the_text_whose_characters_may_be_cut_or_broken(tmp_path: Path) -> None:
    with command("say", "-o", tmp_path / "a.wav", "--json") as process:
        pipe(process.stdin).write(b"One. Caf\xc3")
        wait_for_audio(process, tmp_path / "a.wav")
        pipe(process.stdin).write(b"\xa9 \xff au lait.")
        code, out, _ = ending(process)
    assert code == 0
    assert json.loads(out)["heard_characters"] == len("One. Café � au lait.")


def test_input_that_cannot_be_read_is_1(tmp_path: Path) -> None:
    with (
        Path(os.devnull).open("wb") as unreadable,
        command("say", "-", "-o", tmp_path / "a.wav", stdin=unreadable) as process,
    ):
        code, _, err = ending(process)
    assert (code, err) == (1, b"llmvox: cannot read standard input: Bad file descriptor\n")


def test_a_terminal_is_not_waited_for_without_being_asked_to(tmp_path: Path) -> None:
    with terminal() as (_, keyboard), command("say", "-o", tmp_path / "a.wav", stdin=keyboard) as process:
        code, _, err = ending(process)
    assert (code, err) == (2, b"llmvox: there is nothing to say: give a text, or pipe one in\n")


# ends that come early


def test_ctrl_c_falls_silent_and_leaves_a_playable_file(tmp_path: Path, interruptible: None) -> None:
    path = tmp_path / "a.wav"
    with command("say", "-", "-o", path, "--json") as process:
        pipe(process.stdin).write(b"Hello world. And so on, ")
        wait_for_audio(process, path)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert pipe(process.stderr).read() == b""
        assert json.loads(pipe(process.stdout).read())["state"] == "cancelled"
    assert wav_seconds(path) > 0


def test_ctrl_c_completes_a_compressed_file(tmp_path: Path, interruptible: None) -> None:
    with command("say", "-", "-o", tmp_path / "a.opus") as process:
        pipe(process.stdin).write(b"Hello world. And so on, ")
        wait_for_audio(process, tmp_path / "a.opus")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    data = (tmp_path / "a.opus").read_bytes()
    assert data[data.rindex(b"OggS") + 5] & 0x04  # the last page says that it is the last


def test_ctrl_c_is_heard_while_nobody_reads_the_audio(interruptible: None) -> None:
    with command("say", "on and on " * 100, "-o", "-") as process:
        pipe(process.stdout).read(44)
        time.sleep(0.3)  # until the pipe is full
        process.send_signal(signal.SIGINT)
        begin = time.monotonic()
        assert process.wait() == 130
        assert time.monotonic() - begin < 2
        assert pipe(process.stderr).read() == b""


def test_a_reader_who_leaves_ends_speech_quietly_though_more_text_could_come() -> None:
    with command("say", "-", "-o", "-") as process:
        pipe(process.stdin).write(b"on and on " * 1000)
        pipe(process.stdout).read(44)
        pipe(process.stdout).close()
        assert process.wait() == 1
        assert pipe(process.stderr).read() == b""


def test_a_reader_who_leaves_a_list_ends_it_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with command("voices", stdout=writer) as process:
        os.close(writer)
        code, _, err = ending(process)
    assert (code, err) == (1, b"")


# defaults


def test_the_environment_names_the_voice_and_the_place(tmp_path: Path) -> None:
    env = {"LLMVOX_VOICE": "espeak:fr-fr", "LLMVOX_TO": str(tmp_path / "a.mp3")}
    with command("say", "Bonjour.", "--json", env=env) as process:
        code, out, _ = ending(process)
    assert code == 0
    assert json.loads(out)["voice"] == "espeak:fr-fr"
    assert json.loads(out)["output"] == str(tmp_path / "a.mp3")
    assert (tmp_path / "a.mp3").stat().st_size > 1000


def test_options_come_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMVOX_VOICE", "espeak:fr-fr")
    monkeypatch.setenv("LLMVOX_TO", str(tmp_path / "a.mp3"))
    result = call("say", "Hi.", "--json", "-v", "espeak:de", "-o", tmp_path / "b.wav")
    assert json.loads(result.stdout)["voice"] == "espeak:de"
    assert [path.name for path in tmp_path.iterdir()] == ["b.wav"]


# terminals


def test_a_terminal_shows_the_words_as_they_are_heard(tmp_path: Path) -> None:
    with (
        terminal() as (screen, stderr),
        command("say", "-", "-o", tmp_path / "a.wav", stderr=stderr) as process,
    ):
        pipe(process.stdin).write(b"Hello world. ")
        assert b"Hello world." in read_until(screen, b"world.")
        assert process.poll() is None
        pipe(process.stdin).write(b"\x1b[2J\aBye.")
        process.communicate()
        seen = read_until(screen, b"s of audio")
    assert b"[2J Bye.\r\n" in seen
    assert b"\x1b[2J" not in seen
    assert b"first audio after 0." in seen


def test_quiet_shows_nothing(tmp_path: Path) -> None:
    with terminal() as (screen, stderr):
        with command("say", "Hello.", "-q", "-o", tmp_path / "a.wav", stderr=stderr) as process:
            assert ending(process)[0] == 0
        os.write(stderr, b"the end")
        assert os.read(screen, 4096) == b"the end"


def test_audio_is_not_written_to_a_terminal() -> None:
    with terminal() as (_, stdout), command("say", "Hello.", "-o", "-", stdout=stdout) as process:
        code, _, err = ending(process)
    assert code == 2
    assert b"standard output is a terminal" in err


# voices


def test_voices_are_lines_of_three_fields_when_piped() -> None:
    lines = call("voices").stdout.splitlines()
    assert "espeak:de\tde\tGerman" in lines
    assert len(lines) == len(list_voices())


def test_a_terminal_gets_the_voices_as_a_table() -> None:
    with terminal() as (screen, stdout):
        with command("voices", "--language", "de", stdout=stdout, env={"TERM": "dumb"}) as process:
            assert ending(process)[0] == 0
        rows = read_until(screen, b"German").decode().splitlines()
    assert rows[0].split() == ["Voice", "Language", "Description"]
    assert rows[1].split()[:2] == ["espeak:de", "de"]


@pytest.mark.parametrize(
    ("language", "tags"), [("de", {"de"}), ("pt", {"pt", "pt-br"}), ("PT_br", {"pt-br"}), ("p", set())]
)
def test_a_language_picks_its_voices(language: str, tags: set[str]) -> None:
    found = json.loads(call("voices", "--language", language, "--json").stdout)
    assert {voice["language"] for voice in found} == tags


def test_voices_are_an_array_in_json() -> None:
    official, first, *_ = json.loads(call("voices", "--json").stdout)
    assert official["name"] == "llmvox"
    assert first == {"name": "espeak:af", "language": "af", "description": "Afrikaans"}


def test_where_espeak_is_missing_the_list_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    monkeypatch.setattr(data, "_table", data._table.__wrapped__)
    result = call("voices")
    assert result.exit_code == 0 and result.stdout.startswith("llmvox")
    assert 'pip install "llmvox-plugins[espeak]"' in result.stderr


# the command itself


def test_the_version_is_the_package_s() -> None:
    assert call("--version").stdout == f"llmvox {version('llmvox-plugins')}\n"


def test_a_command_alone_shows_the_help() -> None:
    result = call()
    assert result.exit_code == 2
    assert "say" in result.stdout and "voices" in result.stdout


def test_help_loads_nothing_that_only_speech_needs() -> None:
    code = "import sys, llmvox_plugins.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"av", "soxr", "sounddevice", "torch", "pydantic_settings", "rich"} & set(loaded.split())
