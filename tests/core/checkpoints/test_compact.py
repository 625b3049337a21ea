"""The compact copy: the same tensors, quickly, and never half of them."""

import json
import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from support.small_files import MODEL_ARGS, codec_tensors, write_small
from torch import Tensor

from llmvox_plugins.core.checkpoints.card import Source, VoiceCard
from llmvox_plugins.core.checkpoints.compact import read_compact, write_compact
from llmvox_plugins.core.checkpoints.config import is_compact, is_whole
from llmvox_plugins.core.checkpoints.released import read_released
from llmvox_plugins.core.checkpoints.weights import Weights
from llmvox_plugins.core.errors import CheckpointError

ENCODER = "feature_extractor.encodec.encoder."
CARD = VoiceCard("de", 16_000, "MIT", {"steps": ["numbers"]}, (Source("a.pt", 7, "me/it", "abc"),))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return read_released(write_small(tmp_path_factory.mktemp("released")))


@pytest.fixture(scope="module")
def written(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / "voice"
    write_compact(weights, folder, CARD)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return shutil.copytree(written, tmp_path / "voice")


def change(folder: Path, **entries: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | entries))


def rewrite(folder: Path, tensors: dict[str, Tensor]) -> None:
    save_file(tensors, folder / "model.safetensors")
    change(folder, size=(folder / "model.safetensors").stat().st_size)


def same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> bool:
    return set(found) == set(expected) and all(torch.equal(found[name], expected[name]) for name in expected)


def leftovers(folder: Path) -> list[str]:
    return [entry.name for entry in folder.parent.iterdir() if "unfinished" in entry.name]


def test_what_is_written_is_read(weights: Weights, folder: Path) -> None:
    read, card = read_compact(folder, encoder=True)
    assert (card, read.heads) == (CARD, MODEL_ARGS["n_head"])
    assert same(read.gpt, weights.gpt) and same(read.codec, weights.codec)
    assert torch.equal(read.text, weights.text)


def test_all_may_read_it_who_may_read_anything(written: Path) -> None:
    assert sorted(entry.name for entry in written.iterdir()) == ["config.json", "model.safetensors"]
    assert len({entry.stat().st_mode for entry in written.iterdir()}) == 1
    assert leftovers(written) == []


def test_the_encoder_comes_only_when_asked_for(weights: Weights, folder: Path) -> None:
    read, _ = read_compact(folder)
    decoder = {name: tensor for name, tensor in weights.codec.items() if not name.startswith(ENCODER)}
    assert same(read.codec, decoder)
    assert len(decoder) < len(weights.codec)


def test_tensors_in_one_memory_are_written_apart(weights: Weights, tmp_path: Path) -> None:
    both = dict(weights.gpt)
    both["transformer.h.0.ln_1.weight"] = both["transformer.ln_f.weight"]
    write_compact(replace(weights, gpt=both), tmp_path / "voice", CARD)
    assert same(read_compact(tmp_path / "voice")[0].gpt, both)


def test_a_copy_takes_the_place_of_another(weights: Weights, folder: Path) -> None:
    read, _ = read_compact(folder)
    write_compact(weights, folder, replace(CARD, language="fr"))
    assert read_compact(folder)[1].language == "fr"
    assert same(read.gpt, weights.gpt)  # mapped from files that are gone
    write_compact(weights, folder, replace(CARD, language="it"), keep=True)
    assert read_compact(folder)[1].language == "fr"
    assert leftovers(folder) == []


def test_a_broken_copy_is_not_kept(weights: Weights, folder: Path) -> None:
    os.truncate(folder / "model.safetensors", 1000)
    write_compact(weights, folder, CARD, keep=True)
    assert same(read_compact(folder)[0].gpt, weights.gpt)


def test_a_folder_with_something_else_in_it_is_left_alone(weights: Weights, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("I")
    with pytest.raises(CheckpointError, match="holds no voice: name a new folder"):
        write_compact(weights, tmp_path, CARD)
    assert (tmp_path / "thesis.tex").exists()


def test_an_empty_folder_is_filled(weights: Weights, tmp_path: Path) -> None:
    (tmp_path / "voice").mkdir()
    write_compact(weights, tmp_path / "voice", CARD)
    assert is_whole(tmp_path / "voice")


def test_what_does_not_fit_is_not_written(weights: Weights, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="the text embedding is 3×16"):
        write_compact(replace(weights, text=torch.ones(3, 16)), tmp_path / "voice", CARD)
    assert not (tmp_path / "voice").exists()


def test_a_place_that_cannot_be_written_is_told(weights: Weights, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="cannot be written"):
        write_compact(weights, tmp_path / "file" / "voice", CARD)


def test_an_interrupted_copy_leaves_nothing(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(path: Path) -> None:
        assert path.name == "model.safetensors"
        raise KeyboardInterrupt

    monkeypatch.setattr("llmvox_plugins.core.checkpoints.compact.write_through", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_compact(weights, tmp_path / "voice", CARD)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_after_a_day(weights: Weights, folder: Path) -> None:
    left = folder.with_name(f".{folder.name}.123.unfinished")
    left.mkdir()
    write_compact(weights, folder, CARD)
    assert leftovers(folder) == [left.name]  # somebody may be at work in it
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(left, (long_ago, long_ago))
    write_compact(weights, folder, CARD)
    assert leftovers(folder) == []


def test_several_may_write_one_copy_at_once(weights: Weights, tmp_path: Path) -> None:
    barrier = threading.Barrier(4)

    def write_often(keep: bool) -> None:
        barrier.wait()
        for _ in range(5):
            write_compact(weights, tmp_path / "voice", CARD, keep=keep)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(write_often, keep) for keep in (True, False, False, False)]:
            done.result()
    assert same(read_compact(tmp_path / "voice")[0].gpt, weights.gpt)
    assert leftovers(tmp_path / "voice") == []


# what cannot be read


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"version": 2}, "format 2, and this llmvox-plugins reads 1: upgrade"),
        ({"version": None}, "format None"),
        ({"format": "T5"}, "no compact copy of a voice"),
        ({"heads": "8"}, "as whole numbers, 'heads'"),
        ({"heads": 5}, "cannot be divided among 5 heads"),
        ({"language": 3}, "'language' should be str, not 3"),
        ({"lisence": "MIT"}, "unknown entry 'lisence'; did you mean 'licence'"),
        ({"sources": [{"file": "a"}]}, "'sources' is not a list of files"),
        ({"sources": [3]}, "'sources' is not a list of files"),
        ({"size": 3}, "another file than its config.json says"),
    ],
)
def test_a_config_that_is_wrong_is_told(folder: Path, entries: dict[str, Any], said: str) -> None:
    change(folder, **entries)
    with pytest.raises(CheckpointError, match=said):
        read_compact(folder)
    assert is_compact(folder) == ("format" not in entries)


@pytest.mark.parametrize(
    ("config", "said"),
    [("{", "no JSON"), ("[]", "no compact copy"), (b"\xff", "no JSON"), (None, "No such file")],
)
def test_a_config_that_is_none_is_told(folder: Path, config: str | bytes | None, said: str) -> None:
    path = folder / "config.json"
    if config is None:
        path.unlink()
    else:
        path.write_bytes(config.encode() if isinstance(config, str) else config)
    with pytest.raises(CheckpointError, match=said):
        read_compact(folder)
    assert not is_compact(folder) and not is_whole(folder)


@pytest.mark.parametrize(("size", "said"), [(None, "no such file"), (0, "is empty"), (50_000, "cut short")])
def test_tensors_that_are_not_all_there_are_told(folder: Path, size: int | None, said: str) -> None:
    path = folder / "model.safetensors"
    if size is None:
        path.unlink()
    else:
        os.truncate(path, size)
    assert not is_whole(folder)
    with pytest.raises(CheckpointError, match=f"{path}.*{said}"):
        read_compact(folder)


def test_a_file_of_the_right_size_that_is_damaged_is_told(folder: Path) -> None:
    with (folder / "model.safetensors").open("rb+") as file:
        file.write(b"\xff" * 100)
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        read_compact(folder)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"gpt.lm_head.weight": None}, "missing: lm_head.weight"),
        ({"text": None}, "missing: text"),
        ({"text": torch.ones(384, 16)}, "text embedding is 384×16, not 386 rows"),
        ({"other": torch.ones(1)}, "not expected: other"),
        ({"codec.other": torch.ones(1)}, "not expected: other"),
        ({"codec.head.out.bias": torch.ones(3)}, "head.out.bias is "),
        ({"gpt.transformer.ln_f.weight": torch.ones(48).half()}, "ln_f.weight is of torch.float16"),
    ],
)
def test_tensors_that_do_not_fit_are_named(
    folder: Path, changed: dict[str, Tensor | None], said: str
) -> None:
    tensors = {**load_file(folder / "model.safetensors"), **changed}
    rewrite(folder, {name: tensor for name, tensor in tensors.items() if tensor is not None})
    with pytest.raises(CheckpointError, match=said):
        read_compact(folder)


def test_a_tensor_that_only_the_encoder_needs_is_missed_too(folder: Path) -> None:
    name = next(name for name in codec_tensors() if name.startswith(ENCODER))
    tensors = load_file(folder / "model.safetensors")
    del tensors["codec." + name]
    rewrite(folder, tensors)
    with pytest.raises(CheckpointError, match=f"missing: {name}"):
        read_compact(folder)
