"""llmvox run: what cannot work is said before the program begins, and all else is the program's."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from llmvox_plugins.cli import app
from llmvox_plugins.integrations.autospeak import launch as launching
from llmvox_plugins.integrations.autospeak.program import resolve
from llmvox_plugins.integrations.autospeak.start import STARTUP, companion_environment, own_place


def call(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["run", *map(str, args)], prog_name="llmvox")


class Became(BaseException):
    """In place of another program."""


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is executed: a file, its arguments, its environment."""
    executed: list[Any] = []

    def execve(*what: Any) -> None:
        executed.extend(what)
        raise SystemExit(0)

    monkeypatch.setattr(os, "execve", execve)
    for name in [name for name in os.environ if name.startswith("LLMVOX_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LLMVOX_TO", "speech.wav")
    return executed


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text("print('app')")
    return Path("app.py")


def test_without_a_program_there_is_usage(became: list[Any]) -> None:
    result = call()
    assert result.exit_code == 2
    assert "Missing argument 'PROGRAM' (see `llmvox run --help`)" in result.stderr
    assert "llmvox run [OPTIONS] PROGRAM [ARGS]..." in call("--help").stdout
    assert became == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--voice", "nobody", "app.py"], "no voice is named 'nobody'"),
        (["--voice", "espeak:xx", "app.py"], "xx"),
        (["--voice", "./no-such-folder", "app.py"], "is not there"),
        (["--to", "speech.txt", "app.py"], "a path that ends in .wav"),
        (["--to", "/nowhere/speech.wav", "app.py"], "cannot write to /nowhere/speech.wav"),
        (["--to", "folder.wav", "app.py"], "cannot write to folder.wav"),
        (["--turns", "last", "app.py"], "turns is one of queue, latest, first, not 'last'"),
        (["--loud", "app.py"], "No such option: --loud"),
        (["--to"], "requires an argument"),
        (["no-such-program"], "there is no no-such-program: neither a Python program nor a command"),
        (["no-such-script.py"], "there is no no-such-script.py"),
    ],
)
def test_what_cannot_work_is_said_before_the_program_begins(
    words: list[str], said: str, script: Path, became: list[Any]
) -> None:
    Path("folder.wav").mkdir()
    result = call(*words)
    assert (result.exit_code, became) == (2, [])
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_machine_without_a_loudspeaker_says_so(
    script: Path, became: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from llmvox_plugins.core.errors import SinkError

    def open_sink(to: Any) -> Any:
        raise SinkError("there is no default output device; this machine has none at all")

    monkeypatch.setattr(launching, "open_sink", open_sink)
    result = call("--to", "speaker", "app.py")
    assert (result.exit_code, became) == (2, [])
    assert result.stderr == "llmvox: there is no default output device; this machine has none at all\n"


def test_settings_that_cannot_be_right_are_said(
    script: Path, became: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMVOX_FORCE_STREAMING", "perhaps")
    result = call("app.py")
    assert result.exit_code == 2
    assert "LLMVOX_FORCE_STREAMING should be 1 or 0" in result.stderr


def test_a_script_becomes_python_s(script: Path, became: list[Any]) -> None:
    options = ["--voice", "espeak:de", "--to", "x.mp3", "--turns", "latest", "--force-streaming"]
    call(*options, "app.py", "--voice", "x", "-h")
    file, arguments, environment = became
    assert file == sys.executable
    assert arguments == [sys.executable, "app.py", "--voice", "x", "-h"]
    own = {name: value for name, value in environment.items() if name.startswith("LLMVOX_")}
    assert own == {
        "LLMVOX_VOICE": "espeak:de",
        "LLMVOX_TO": str(Path("x.mp3").absolute()),
        "LLMVOX_TURNS": "latest",
        "LLMVOX_FORCE_STREAMING": "1",
        "LLMVOX_RUN": str(os.getpid()),
    }


def test_the_environment_is_the_default(
    script: Path, became: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "llmvox.toml").write_text('voice = "espeak:fr"\nturns = "first"\nforce_streaming = true')
    monkeypatch.setenv("LLMVOX_CONFIG", "llmvox.toml")
    call("app.py")
    environment = became[2]
    assert environment["LLMVOX_VOICE"] == "espeak:fr"
    assert environment["LLMVOX_TO"] == str(tmp_path / "speech.wav")
    assert environment["LLMVOX_TURNS"] == "first"
    assert environment["LLMVOX_FORCE_STREAMING"] == "1"
    assert environment["LLMVOX_CONFIG"] == str(tmp_path / "llmvox.toml")  # the program may go elsewhere
    assert not (tmp_path / "speech.wav").exists()


def test_a_folder_of_checkpoints_is_found_from_everywhere(script: Path, became: list[Any]) -> None:
    Path("voice").mkdir()
    Path("voice/ckpt.pt").touch()
    call("--voice", "voice", "app.py")
    assert became[2]["LLMVOX_VOICE"] == str(Path("voice").absolute())


def test_the_official_voice_is_not_downloaded_yet(script: Path, became: list[Any]) -> None:
    call("--voice", "llmvox", "app.py")
    assert became[2]["LLMVOX_VOICE"] == "llmvox"


def test_our_folder_comes_first_and_once(
    script: Path, became: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["theirs", str(STARTUP), "others"]))
    call("app.py")
    assert became[2]["PYTHONPATH"].split(os.pathsep) == [str(STARTUP), "theirs", "others"]


@pytest.mark.parametrize(
    "words",
    [["-m", "package", "--to", "x"], ["-mpackage", "-v"], ["-c", "pass", "--voice"], ["--", "app.py", "-h"]],
)
def test_modules_and_code_are_the_program_s_too(words: list[str], script: Path, became: list[Any]) -> None:
    call("--to=x.wav", *words)
    assert became[1] == [sys.executable, *(word for word in words if word != "--")]


def test_commands_and_other_files_are_found(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = Path.cwd()
    for name in ("tool", "plain"):
        (here / name).write_text("#!/bin/sh\n")
    (here / "tool").chmod(0o755)
    (here / "folder").mkdir()
    (here / "folder" / "__main__.py").touch()
    monkeypatch.setenv("PATH", str(here))
    assert resolve(["tool", "-v"]) == (str(here / "tool"), ["tool", "-v"])
    assert resolve(["./tool"]) == ("./tool", ["./tool"])
    assert resolve(["plain", "a"]) == (sys.executable, [sys.executable, "plain", "a"])
    assert resolve(["folder"]) == (sys.executable, [sys.executable, "folder"])


def test_what_cannot_be_executed_is_said(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMVOX_TO", "speech.wav")
    Path("tool").write_bytes(b"\x00\x01")
    Path("tool").chmod(0o755)
    result = call("./tool")
    assert result.exit_code == 2
    assert "./tool cannot be run: Exec format error" in result.stderr


def test_where_there_is_no_exec_the_exit_code_is_passed_on(
    script: Path, became: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[Any] = []

    def run(arguments: list[str], **options: Any) -> int:
        called.append(arguments)
        return 7

    monkeypatch.setattr(launching, "HAS_EXEC", False)
    monkeypatch.setattr(subprocess, "call", run)
    assert call("app.py", "x").exit_code == 7
    assert called == [[sys.executable, "app.py", "x"]]


# what the program's process passes on to its companion


def test_a_recording_is_the_first_process_s_and_others_lie_beside() -> None:
    me = str(os.getpid())
    assert own_place({"LLMVOX_TO": "/a/answer.wav", "LLMVOX_RUN": me}) == "/a/answer.wav"
    assert own_place({"LLMVOX_TO": "/a/answer.wav", "LLMVOX_RUN": "1"}) == f"/a/answer.{me}.wav"
    assert own_place({"LLMVOX_TO": "speaker", "LLMVOX_RUN": "1"}) == "speaker"
    assert own_place({}) == "speaker"


def test_a_companion_is_an_ordinary_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(STARTUP), "theirs"]))
    monkeypatch.setenv("PYTHONINSPECT", "1")
    monkeypatch.setenv("LLMVOX_RUN", "1")
    environment = companion_environment()
    assert environment["PYTHONPATH"] == "theirs"
    assert environment["LLMVOX_RUN"] == "0"
    assert "PYTHONINSPECT" not in environment


def test_nothing_of_the_check_of_the_loudspeaker_is_left_in_the_program() -> None:
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
