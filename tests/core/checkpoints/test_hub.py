"""The official checkpoints, from a small real hub on this machine."""

import errno
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import huggingface_hub
import pytest
from huggingface_hub import constants
from support.hub_server import (
    CODEC_FILE,
    COMMIT,
    GPT_FILE,
    LLMVOX,
    OTHER_COMMIT,
    TEXT_COMMIT,
    TEXT_ENCODER,
    HubServer,
    hub_server,
)

from llmvox_plugins.core.checkpoints import fetch, shelf
from llmvox_plugins.core.checkpoints.card import Source
from llmvox_plugins.core.checkpoints.compact import read_compact
from llmvox_plugins.core.checkpoints.hub import official
from llmvox_plugins.core.errors import CheckpointError, DownloadError

FILES = [GPT_FILE, CODEC_FILE, "pytorch_model.bin"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubServer]:
    with hub_server(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture
def hub(served: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """Where the hub is, for huggingface_hub, which looks into the environment only when it is imported."""
    for name in ("LLMVOX_REVISION", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LLMVOX_CACHE", str(tmp_path / "llmvox"))
    monkeypatch.setattr(constants, "ENDPOINT", served.url)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", served.url + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "AGENT_HARNESSES_PATH", str(tmp_path / "agents"), raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    served.begin_anew()
    yield served
    huggingface_hub.close_session()


@pytest.fixture
def offline(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


def unplug(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nobody listens where the hub was."""
    nowhere = "http://127.0.0.1:9"
    monkeypatch.setattr(constants, "ENDPOINT", nowhere)
    template = nowhere + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    huggingface_hub.close_session()


def cached(tmp_path: Path, repository: str, name: str) -> Path:
    [found] = (tmp_path / "hf").glob(f"models--{repository.replace('/', '--')}/snapshots/*/{name}")
    return found


# what is fetched, and what is not


def test_the_first_time_downloads_and_later_times_ask_nobody(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = official()
    assert folder == tmp_path / "llmvox" / "voices" / "llmvox" / COMMIT
    assert hub.downloads() == FILES
    weights, card = read_compact(folder)
    assert weights.heads == 4
    assert (card.language, card.licence, card.sample_rate) == ("en", "CC BY-NC-SA 4.0", 24_000)
    sizes = [len(content) for content in hub.files.values()]
    assert card.sources == (
        Source(GPT_FILE, sizes[0], LLMVOX, COMMIT),
        Source(CODEC_FILE, sizes[1], LLMVOX, COMMIT),
        Source("pytorch_model.bin", sizes[2], TEXT_ENCODER, TEXT_COMMIT),
    )
    assert "CC BY-NC-SA 4.0: not for commercial use" in caplog.text
    assert f"hf cache rm model/{LLMVOX} model/{TEXT_ENCODER}" in caplog.text
    caplog.clear()
    hub.log.clear()
    for file in (tmp_path / "hf").rglob("*"):
        if file.is_symlink():
            file.unlink()  # the originals are not needed
    unplug(monkeypatch)
    assert official() == official(COMMIT) == folder
    assert (hub.log, caplog.text) == ([], "")


def test_what_a_voice_is_called_says_whether_it_is_here(hub: HubServer) -> None:
    assert shelf.description() == (
        "LLMVoX, official English checkpoints, CC BY-NC-SA 4.0, not downloaded yet"
    )
    official()
    assert shelf.description() == "LLMVoX, official English checkpoints, CC BY-NC-SA 4.0"


def test_the_notice_is_shown_once(hub: HubServer, caplog: pytest.LogCaptureFixture) -> None:
    official()
    official("v0/beta")
    assert caplog.text.count("not for commercial use") == 1


@pytest.mark.parametrize("by_environment", [True, False])
def test_a_revision_is_kept_apart(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, by_environment: bool
) -> None:
    main = official()
    if by_environment:
        monkeypatch.setenv("LLMVOX_REVISION", "v0/beta")
    beta = official() if by_environment else official("v0/beta")
    assert (main.name, beta.name) == (COMMIT, OTHER_COMMIT)
    assert official("main") == main
    assert read_compact(beta)[1].sources[0].revision == OTHER_COMMIT


def test_another_name_of_a_known_commit_needs_no_download(hub: HubServer) -> None:
    main = official()
    hub.revisions[LLMVOX]["v1"] = COMMIT
    hub.log.clear()
    assert official("v1") == official("v1") == main
    assert hub.log == [f"HEAD {LLMVOX}/{GPT_FILE}"]


def test_an_update_asks_what_is_newest(hub: HubServer, caplog: pytest.LogCaptureFixture) -> None:
    old = official()
    hub.log.clear()
    assert official(update=True) == old
    assert hub.downloads() == []
    hub.revisions[LLMVOX]["main"] = OTHER_COMMIT
    assert official() == old
    new = official(update=True)
    assert new.name == OTHER_COMMIT
    assert official() == new
    hub.status = 404
    caplog.clear()
    assert official(update=True) == new
    assert "the copy of before is still good" in caplog.text


def test_the_safer_file_of_the_text_encoder_is_taken_where_there_is_one(hub: HubServer) -> None:
    # What a file is, is told by its first bytes.
    hub.files[TEXT_ENCODER, "model.safetensors"] = hub.files[TEXT_ENCODER, "pytorch_model.bin"]
    assert read_compact(official())[1].sources[2].file == "model.safetensors"


def test_what_lies_in_the_cache_is_enough_without_a_network(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    official()
    monkeypatch.setenv("LLMVOX_CACHE", str(tmp_path / "another"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    caplog.clear()
    assert official().is_relative_to(tmp_path / "another")
    monkeypatch.setenv("LLMVOX_CACHE", str(tmp_path / "third"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    unplug(monkeypatch)
    assert official().is_relative_to(tmp_path / "third")
    assert "commercial" not in caplog.text  # nothing has been downloaded


# what goes wrong and is put right


@pytest.mark.parametrize("trouble", ["cuts", "resets"])
def test_a_connection_that_is_cut_is_taken_up_again(hub: HubServer, trouble: str) -> None:
    setattr(hub, trouble, 2)
    read_compact(official())
    gets = [line for line in hub.log if line.startswith(f"GET {LLMVOX}/{GPT_FILE}")]
    assert len(gets) == 3
    if trouble == "cuts":
        whole = len(hub.files[LLMVOX, GPT_FILE])
        begins = [int(line.partition("bytes=")[2].rstrip("-") or 0) for line in gets]
        assert begins == pytest.approx([0, whole / 2, whole * 3 / 4], abs=2000)


def test_a_busy_hub_is_asked_again(hub: HubServer) -> None:
    hub.busy = 2
    read_compact(official())


def test_a_file_that_arrives_damaged_is_fetched_again(
    hub: HubServer, caplog: pytest.LogCaptureFixture
) -> None:
    hub.served[LLMVOX, CODEC_FILE] = [spoilt(hub.files[LLMVOX, CODEC_FILE])]
    read_compact(official())
    assert f"{CODEC_FILE} is damaged; it is fetched again" in caplog.text
    assert hub.downloads() == [GPT_FILE, CODEC_FILE, CODEC_FILE, "pytorch_model.bin"]


def test_a_damaged_file_in_the_cache_is_fetched_again(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    official()
    blob = cached(tmp_path, LLMVOX, GPT_FILE).resolve()
    blob.write_bytes(spoilt(blob.read_bytes()))
    monkeypatch.setenv("LLMVOX_CACHE", str(tmp_path / "another"))
    hub.log.clear()
    read_compact(official())
    assert hub.downloads() == [GPT_FILE]
    assert hashlib.sha256(cached(tmp_path, LLMVOX, GPT_FILE).read_bytes()).hexdigest() == blob.name


def test_a_cache_with_a_part_of_the_files_is_completed(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    official()
    monkeypatch.setenv("LLMVOX_CACHE", str(tmp_path / "another"))
    part = cached(tmp_path, LLMVOX, CODEC_FILE)
    part.resolve().unlink()
    part.unlink()
    hub.log.clear()
    read_compact(official())
    assert hub.downloads() == [CODEC_FILE]


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_a_copy_that_is_not_whole_is_made_again(hub: HubServer, file: str) -> None:
    folder = official()
    (folder / file).write_text("{}")
    assert official() == folder
    read_compact(folder)
    assert len(hub.downloads()) == 3


def test_a_copy_of_another_format_is_made_again(hub: HubServer) -> None:
    folder = official()
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"version": 0}))
    read_compact(official())


def test_several_may_be_the_first(hub: HubServer) -> None:
    with ThreadPoolExecutor(3) as pool:
        [folder] = {done.result() for done in [pool.submit(official) for _ in range(3)]}
    read_compact(folder)
    assert [entry.name for entry in folder.parent.iterdir() if "unfinished" in entry.name] == []


def spoilt(content: bytes) -> bytes:
    """Of the same length, with another byte in the middle."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


# what goes wrong and is told


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, r"access is refused \(401\)\. Log in by `hf auth login`"),
        (403, r"access is refused \(403\)\. Log in"),
        (404, r"there is nothing at http://127.*LLMVoX \(404\)\. Is HF_ENDPOINT right"),
        (429, "wants fewer requests"),
        (500, r"answered with an error \(500\)\. Try again later"),
    ],
)
def test_a_hub_that_refuses_is_told_with_what_to_do(hub: HubServer, status: int, said: str) -> None:
    hub.status = status
    with pytest.raises(DownloadError, match=f"cannot download {GPT_FILE} of {LLMVOX} at main: .*{said}"):
        official()


def test_a_repository_that_asks_for_consent_is_told(hub: HubServer) -> None:
    hub.status, hub.code = 403, "GatedRepo"
    with pytest.raises(DownloadError, match=r"owners want to be asked.*hf auth login"):
        official()


def test_a_revision_that_there_is_not_is_told(hub: HubServer) -> None:
    with pytest.raises(DownloadError, match=r"at v9: there is no such revision\..*/commits/main lists them"):
        official("v9")


@pytest.mark.parametrize("revision", ["../../x", "x\x00y"])
def test_a_revision_that_is_none_harms_nothing(hub: HubServer, tmp_path: Path, revision: str) -> None:
    with pytest.raises(DownloadError, match="cannot download"):
        official(revision)
    assert not (tmp_path / "llmvox").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ((LLMVOX, GPT_FILE), f"{GPT_FILE} of {LLMVOX} at main: that revision has no such file"),
        ((LLMVOX, CODEC_FILE), f"{CODEC_FILE} of {LLMVOX} at {COMMIT}: that revision has no such file"),
        (
            (TEXT_ENCODER, "pytorch_model.bin"),
            f"model.safetensors or pytorch_model.bin of {TEXT_ENCODER} at main: .* no such file",
        ),
    ],
)
def test_a_file_that_there_is_not_is_told(hub: HubServer, name: tuple[str, str], said: str) -> None:
    del hub.files[name]
    with pytest.raises(DownloadError, match=said):
        official()


@pytest.mark.usefixtures("offline")
def test_offline_without_a_cache_is_told(hub: HubServer) -> None:
    with pytest.raises(DownloadError, match=r"network is switched off \(HF_HUB_OFFLINE\)\. Unset that"):
        official()
    assert hub.log == []


def test_no_network_is_told(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    unplug(monkeypatch)
    with pytest.raises(DownloadError, match=r"connection to http://127\.0\.0\.1:9 failed.*HTTPS_PROXY"):
        official()


def test_a_connection_that_always_breaks_is_told(hub: HubServer) -> None:
    hub.resets = 99
    with pytest.raises(DownloadError, match=f"{GPT_FILE}.*connection to .* failed"):
        official()


def test_a_file_that_always_arrives_damaged_is_told(hub: HubServer) -> None:
    hub.served[LLMVOX, CODEC_FILE] = [spoilt(hub.files[LLMVOX, CODEC_FILE])] * 2
    with pytest.raises(DownloadError, match=f"{CODEC_FILE} .* arrives damaged each time"):
        official()


def test_a_damaged_file_without_a_network_is_told(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    official()
    blob = cached(tmp_path, LLMVOX, GPT_FILE).resolve()
    blob.write_bytes(b"")
    monkeypatch.setenv("LLMVOX_CACHE", str(tmp_path / "another"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadError, match=f"{GPT_FILE} is damaged, and cannot download .* switched off"):
        official()


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "disk is full.*HF_HOME"), (errno.EACCES, "cache cannot be written.*HF_HOME")],
)
def test_a_disk_that_takes_nothing_is_told(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def refuse(*args: object, **options: object) -> NoReturn:
        raise OSError(number, "refused")

    monkeypatch.setattr(fetch, "hf_hub_download", refuse)
    with pytest.raises(DownloadError, match=said):
        official()


def test_files_that_are_something_else_are_told(hub: HubServer, tmp_path: Path) -> None:
    hub.files[LLMVOX, CODEC_FILE] = b"<!DOCTYPE html><html>Welcome to the hotel's network</html>"
    with pytest.raises(CheckpointError, match=f"{CODEC_FILE} is a web page"):
        official()
    assert list((tmp_path / "llmvox").rglob("*.safetensors")) == []
