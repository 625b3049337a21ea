"""llmvox serve: the real command, from its options to its exit code."""

import os
import pty
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import openai
import pytest
from support.server_process import command
from typer.testing import CliRunner, Result

from llmvox_plugins.cli import app

ESPEAK = ("--voice", "espeak:en-us")


def call(*args: str) -> Result:
    return CliRunner().invoke(app, ["serve", *args])


def test_openais_client_speaks_with_it_until_it_is_told_to_end(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("sesame\n")
    with command(
        *ESPEAK, "--api-key-file", str(tmp_path / "keys"), "--set", "voices=nova=espeak:de"
    ) as server:
        url = server.ready()
        with openai.OpenAI(base_url=f"{url}/v1", api_key="sesame") as client:
            text = "It is spoken to its end, although the server is told to end. " * 40
            speech = client.audio.speech.with_streaming_response
            with speech.create(model="m", voice="nova", input=text, response_format="pcm") as response:
                parts = response.iter_bytes(2**14)
                audio = len(next(parts))
                server.signal(signal.SIGTERM)
                audio += sum(len(part) for part in parts)  # the reader is what is slow here
        assert server.end() == 0
        line = next(entry for entry in server.log if entry["message"] == "request")
        assert line["voice"].startswith("espeak:de")
        assert audio / 2 / 24_000 == pytest.approx(line["audio_seconds"], abs=0.1)
        assert audio / 2 / 24_000 > 60
        assert "sesame" not in str(server.log)


def test_everything_may_come_from_variables(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[server]\nmax_input = 3\nvoice = "espeak:en-us"\n')
    environment = {"LLMVOX_SERVER_API_KEYS": "sesame", "LLMVOX_CONFIG": str(tmp_path / "a.toml")}
    with command(**environment) as server:
        key = {"Authorization": "Bearer sesame"}
        body = {"model": "m", "voice": "alloy", "input": "Four"}
        response = httpx2.post(f"{server.ready()}/v1/audio/speech", json=body, headers=key)
        assert response.json()["error"]["code"] == "string_too_long"


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = [sys.executable, "-m", "llmvox_plugins", "serve", *ESPEAK, "--port", port]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert f"port {port} is in use; choose another one with --port" in done.stderr
    assert len(done.stderr.splitlines()) == 1


LLM = ("--llm-base-url", "http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("speaker",), 2, "none is configured: llm_base_url, llm_model or llm_local names one"),
        (("louder", *LLM), 2, 'audio goes to "speaker" or to a path'),
        (("/nowhere/said.wav", *LLM), 1, "cannot write to /nowhere/said.wav"),
        (("said.wav", *LLM, "--voice", "nobody"), 2, "no voice is named 'nobody'"),
        (
            ("said.wav", *LLM, "--set", "aloud_turns=all"),
            2,
            "aloud_turns: should be 'queue', 'latest' or 'first'",
        ),
    ],
)
def test_what_cannot_be_spoken_aloud_is_told_at_the_start(
    options: tuple[str, ...], code: int, said: str, tmp_path: Path
) -> None:
    line = [sys.executable, "-m", "llmvox_plugins", "serve", "--port", "0", "--aloud", *options]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--host", "0.0.0.0"), "0.0.0.0 can be reached from other machines, which needs API keys"),
        (("--port", "70000"), "port: should be less than or equal to 65535, not '70000'"),
        (("--set", "max_stream=1"), "max_stream is not known; did you mean 'max_streams'"),
        (("--set", "max_streams"), "--set takes NAME=VALUE"),
        (("--set", "api_keys=sesame"), "set LLMVOX_SERVER_API_KEYS"),
        (("--log-level", "loud"), "log_level: should be 'debug', 'info', 'warning' or 'error'"),
        (("--api-key-file", "/nowhere"), "/nowhere, cannot be read"),
    ],
)
def test_what_cannot_be_carried_out_is_misuse(options: tuple[str, ...], said: str) -> None:
    result = call(*options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "sesame'" not in result.stderr


def test_a_voice_that_does_not_exist_ends_it() -> None:
    with command("--voice", "nobody") as server:
        assert server.process.wait(30) == 2


def test_its_help_is_short() -> None:
    result = call("--help")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) < 35
    assert "--api-key-file" in result.stdout
    assert "--api-keys" not in result.stdout


def test_on_a_terminal_it_says_once_where_it_listens() -> None:
    ours, its = pty.openpty()
    line = [sys.executable, "-m", "llmvox_plugins", "serve", "--port", "0", *ESPEAK]
    with subprocess.Popen(line, stderr=its, stdout=its, start_new_session=True) as process:
        os.close(its)
        said = b""
        try:
            while b"http://" not in said or not said.endswith(b"\n"):
                said += os.read(ours, 2**12)
            process.send_signal(signal.SIGINT)
            said += _rest(ours)
            assert process.wait(30) == 0
        finally:
            process.kill()
            os.close(ours)
    assert said.count(b"http://127.0.0.1:") == 1
    assert b"Traceback" not in said


def _rest(terminal: int) -> bytes:
    said = b""
    try:
        while part := os.read(terminal, 2**12):
            said += part
    except OSError:  # how Linux tells that a terminal has nobody at its other end
        pass
    return said
