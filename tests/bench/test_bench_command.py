"""llmvox bench, on a compact copy of a small voice."""

import json
from pathlib import Path

import pytest
import torch
import typer
from bench import small
from typer.testing import CliRunner, Result

from llmvox_plugins.cli.bench import bench
from llmvox_plugins.core.checkpoints.card import VoiceCard
from llmvox_plugins.core.checkpoints.compact import write_compact
from llmvox_plugins.core.errors import ConfigurationError

app = typer.Typer()
app.command()(bench)


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench") / "voice"
    write_compact(small.weights(), folder, VoiceCard())
    return folder


def call(*args: str | Path) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def test_json_is_all_that_is_printed(voice: Path, tmp_path: Path) -> None:
    picture = tmp_path / "curves.svg"
    options: list[str | Path] = [
        "--voice",
        voice,
        "--quick",
        "--only",
        "growth",
        "--only",
        "first-audio",
        "--threads",
        "1",
    ]
    threads = torch.get_num_threads()
    done = call(*options, "--precision", "float32", "--json", "--picture", picture)
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert figures["growth"]
    assert figures["first_audio"]
    assert figures["trained"]
    assert figures["machine"]["threads"] == 1
    assert torch.get_num_threads() == threads
    assert "growth" in done.stderr
    assert picture.read_text().startswith("<svg")


def test_a_table_for_people(voice: Path) -> None:
    done = call("--voice", voice, "--quick", "--only", "speed", "--precision", "float32,bfloat16")
    assert done.exit_code == 0
    assert "| bfloat16 " in done.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--only", "sped"], "did you mean 'speed'"),
        (["--precision", "float31"], "did you mean 'float32'"),
        (["--device", "cudo"], "names no device"),
    ],
)
def test_what_is_not_known(options: list[str], said: str) -> None:
    error = call(*options).exception
    assert isinstance(error, ConfigurationError)
    assert said in str(error)


def test_a_picture_that_cannot_be_written(voice: Path, tmp_path: Path) -> None:
    picture = tmp_path / "missing" / "curves.svg"
    error = call("--voice", voice, "--quick", "--only", "speed", "--picture", picture).exception
    assert isinstance(error, ConfigurationError)
    assert "cannot be written" in str(error)
