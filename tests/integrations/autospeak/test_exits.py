"""However a program ends, it ends as without us; what it says is heard to the end, unless it was stopped."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from support.programs import PROGRAMS, environment, run_alone, run_aloud, said_in, started_aloud
from support.sdk_server import Answer, SDKServer

EXITS = PROGRAMS / "exits.py"
WORDS = [f"word{number:02} " for number in range(30)]
ALL = "".join(WORDS).strip()


@pytest.mark.parametrize(
    "how",
    [
        "returns",
        "with_a_code",
        "with_a_message",
        "with_an_exception",
        "with_an_exception_of_a_thread",
        "with_last_words",
    ],
)
def test_what_is_being_said_is_finished(how: str, server: SDKServer, tmp_path: Path) -> None:
    server.will_say(Answer(WORDS))
    env = environment(server.url, SCRIPTED_DELAY="0.02")
    aloud = run_aloud(EXITS, how, to=tmp_path / "answer.wav", env=env)
    assert aloud == run_alone(EXITS, how, env=env)
    assert said_in(tmp_path / "answer.wav") == ALL


def test_a_program_that_leaves_at_once_is_cut_off(server: SDKServer, tmp_path: Path) -> None:
    server.will_say(Answer(WORDS))
    env = environment(server.url, SCRIPTED_DELAY="0.1")
    aloud = run_aloud(EXITS, "at_once", to=tmp_path / "answer.wav", env=env)
    assert aloud == run_alone(EXITS, "at_once", env=env)
    assert said_in(tmp_path / "answer.wav") != ALL


def read_until(process: "subprocess.Popen[str]", text: str) -> str:
    """What it prints, up to this."""
    assert process.stdout is not None
    read = ""
    while text not in read:
        more = process.stdout.read(1)
        assert more, f"it ended after {read!r}"
        read += more
    return read


def rest_of(process: "subprocess.Popen[str]") -> tuple[str, str]:
    out, err = process.communicate(timeout=10)
    return out, err


def until_it_speaks(recording: Path) -> None:
    deadline = time.monotonic() + 30
    while not said_in(recording):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("to_all", [True, False], ids=["from the terminal", "to the program"])
def test_ctrl_c_in_the_middle_is_the_program_s_and_silence(
    to_all: bool, server: SDKServer, tmp_path: Path
) -> None:
    server.will_say(Answer([*WORDS, *WORDS], pause=0.1))
    env = environment(server.url, SCRIPTED_DELAY="0.1")
    with started_aloud(EXITS, "returns", to=tmp_path / "answer.wav", env=env) as process:
        until_it_speaks(tmp_path / "answer.wav")
        began = time.monotonic()
        (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
        _, err = rest_of(process)
        assert time.monotonic() - began < 2
    assert process.returncode == -signal.SIGINT
    assert err.startswith("Traceback") and err.endswith("KeyboardInterrupt\n")
    assert "llmvox" not in err
    assert 0 < len(said_in(tmp_path / "answer.wav")) < len(ALL)


def test_ctrl_c_while_it_finishes_is_silence_and_an_end_by_ctrl_c(server: SDKServer, tmp_path: Path) -> None:
    server.will_say(Answer(WORDS))
    env = environment(server.url, SCRIPTED_DELAY="0.2")
    with started_aloud(EXITS, "with_last_words", to=tmp_path / "answer.wav", env=env) as process:
        read_until(process, "last words")
        until_it_speaks(tmp_path / "answer.wav")
        os.killpg(process.pid, signal.SIGINT)
        out, err = rest_of(process)
    assert (out.strip(), err) == ("", "")
    assert process.returncode == -signal.SIGINT
    assert 0 < len(said_in(tmp_path / "answer.wav")) < len(ALL)


def test_a_program_that_goes_on_after_ctrl_c_is_silent_at_once_and_speaks_again(
    server: SDKServer, tmp_path: Path
) -> None:
    server.will_say(Answer(WORDS, pause=0.05), Answer(["Once more."]))
    env = environment(server.url, SCRIPTED_DELAY="0.05")
    with started_aloud(EXITS, "not_at_ctrl_c", to=tmp_path / "answer.wav", env=env) as process:
        until_it_speaks(tmp_path / "answer.wav")
        os.killpg(process.pid, signal.SIGINT)
        out, err = rest_of(process)
    assert out.endswith("go on\nOnce more.\n")
    assert (process.returncode, err) == (0, "")
    said = said_in(tmp_path / "answer.wav")
    assert said.endswith("Once more.")
    assert len(said) < len(ALL)


def test_sigterm_kills_and_is_silence(server: SDKServer, tmp_path: Path) -> None:
    server.will_say(Answer(WORDS))
    env = environment(server.url, SCRIPTED_DELAY="0.2")
    with started_aloud(EXITS, "returns", to=tmp_path / "answer.wav", env=env) as process:
        until_it_speaks(tmp_path / "answer.wav")
        process.terminate()
        assert process.wait(2) == -signal.SIGTERM
        rest_of(process)  # which the companion would keep open
    time.sleep(0.5)
    said = said_in(tmp_path / "answer.wav")
    time.sleep(0.5)
    assert said == said_in(tmp_path / "answer.wav")
    assert len(said) < len(ALL)
