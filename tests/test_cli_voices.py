"""llmvox voices, where it fetches and converts: in this process where that tells the same."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.hub_server import COMMIT, GPT_FILE, HubServer, hub_server
from support.small_files import write_small
from typer.testing import CliRunner, Result

from llmvox_plugins.cli import app
from llmvox_plugins.core.checkpoints.folder import read_folder


def call(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["voices", *map(str, args)])


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    with hub_server(tmp_path / "served") as server:
        yield server


def command(
    hub: HubServer, tmp_path: Path, *args: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """The command as a process of its own, for huggingface_hub reads its settings once."""
    places = {
        "HF_HOME": str(tmp_path / "hf"),
        "LLMVOX_CACHE": str(tmp_path / "llmvox"),
        "HF_ENDPOINT": hub.url,
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "LLMVOX_"))}
    return subprocess.run(
        [sys.executable, "-m", "llmvox_plugins", "voices", *args],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**kept, **places, **environment},
    )


# --download


def test_a_download_is_kept_for_when_there_is_no_network(hub: HubServer, tmp_path: Path) -> None:
    hub.cuts = 1
    first = command(hub, tmp_path, "--download", "llmvox")
    folder = tmp_path / "llmvox" / "voices" / "llmvox" / COMMIT
    assert first.returncode == 0, first.stderr
    assert first.stdout == f'llmvox is in {folder}\nto hear it: llmvox say --voice llmvox "Hello."\n'
    assert first.stderr.count("CC BY-NC-SA 4.0: not for commercial use") == 1
    assert "llmvox: made a compact copy in" in first.stderr
    assert f"{GPT_FILE}: " in first.stderr  # huggingface_hub's bar
    assert read_folder(folder)[0].heads == 4
    hub.log.clear()
    second = command(hub, tmp_path, "--download", "llmvox", HF_HUB_OFFLINE="1")
    assert (second.returncode, second.stdout, hub.log) == (0, first.stdout, [])
    assert "commercial" not in second.stderr


def test_a_revision_can_be_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str | None, bool]] = []

    def official(revision: str | None, *, update: bool) -> Path:
        asked.append((revision, update))
        return Path("/cache/abc")

    monkeypatch.setattr("llmvox_plugins.core.checkpoints.hub.official", official)
    result = call("--download", "LLMVoX", "--revision", "v0/beta")
    assert asked == [("v0/beta", True)]
    assert result.stdout == 'llmvox is in /cache/abc\nto hear it: llmvox say --voice /cache/abc "Hello."\n'


def test_a_download_that_fails_is_one_line_and_1(hub: HubServer, tmp_path: Path) -> None:
    hub.status = 403
    done = command(hub, tmp_path, "--download", "llmvox")
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("llmvox: cannot download") and "hf auth login" in line


# --convert


def test_a_folder_is_converted_and_said_how_to_use(tmp_path: Path) -> None:
    write_small(tmp_path)
    result = call("--convert", tmp_path)
    assert (result.exit_code, result.stderr) == (0, "")
    compact = tmp_path / "compact"
    assert result.stdout.splitlines() == [
        f"the compact copy is in {compact}",
        f'to hear it: llmvox say --voice {compact} "Hello."',
    ]
    weights, card = read_folder(compact)
    assert (weights.heads, card.language) == (4, "en")
    assert [source.file for source in card.sources] == ["ckpt.pt", "wavtokenizer.ckpt", "pytorch_model.bin"]
    assert call("--convert", tmp_path).exit_code == 0  # once more, in its place


def test_where_to_and_what_it_speaks_can_be_named(tmp_path: Path) -> None:
    write_small(tmp_path / "released")
    out = tmp_path / "a" / "b"
    assert call("--convert", tmp_path / "released", "--output", out, "--language", "ar").exit_code == 0
    assert read_folder(out)[1].language == "ar"


def test_files_that_cannot_be_used_are_1(tmp_path: Path) -> None:
    files = write_small(tmp_path)
    os.truncate(files.llmvox, 1000)
    result = call("--convert", tmp_path)
    assert result.exit_code == 1
    assert result.stderr == f"llmvox: {files.llmvox} is cut short at 1,000 bytes: fetch it again\n"
    assert not (tmp_path / "compact").exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--download", "espeak"], "only the voice 'llmvox' can be downloaded, not 'espeak'"),
        (["--revision", "main"], "--revision goes with --download"),
        (["--output", "x"], "--output goes with --convert"),
        (["--download", "llmvox", "--convert", "x"], "one after the other"),
    ],
)
def test_options_that_do_not_go_together_are_2(args: list[str], said: str) -> None:
    result = call(*args)
    assert result.exit_code == 2
    assert said in result.stderr


def test_what_a_list_needs_to_know_of_the_official_voice_loads_no_torch() -> None:
    code = (
        "import sys, llmvox_plugins.cli.voices, llmvox_plugins.core.checkpoints.shelf as shelf;"
        "shelf.description(); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"torch", "safetensors", "huggingface_hub", "numpy"} & set(loaded.split())
