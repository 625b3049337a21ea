"""Any directory of checkpoints: what is found in it, and what is said where it is not clear."""

from pathlib import Path

import pytest
import torch
from support.small_files import text_table, write_small

from llmvox_plugins.core.checkpoints.card import Source, VoiceCard
from llmvox_plugins.core.checkpoints.convert import convert
from llmvox_plugins.core.checkpoints.folder import find_released, read_folder, sources_of
from llmvox_plugins.core.errors import CheckpointError


def test_released_files_that_lie_together_are_a_voice(tmp_path: Path) -> None:
    files = write_small(tmp_path)
    weights, card = read_folder(tmp_path)
    assert weights.heads == 4
    assert card == VoiceCard(sources=sources_of(files))
    assert card.sources[0] == Source("ckpt.pt", files.llmvox.stat().st_size)


def test_a_compact_copy_is_a_voice_and_does_not_disturb_the_files_beside_it(tmp_path: Path) -> None:
    convert(write_small(tmp_path), tmp_path / "compact", VoiceCard("fr"))
    weights, card = read_folder(tmp_path / "compact")
    assert card.language == "fr"
    assert torch.equal(weights.text, read_folder(tmp_path)[0].text)


def test_the_text_encoder_may_be_a_folder(tmp_path: Path) -> None:
    files = write_small(tmp_path)
    (tmp_path / "t5").mkdir()
    (tmp_path / "t5" / "config.json").write_text('{"model_type": "t5"}')
    files.text_encoder.rename(tmp_path / "t5" / "pytorch_model.bin")
    assert find_released(tmp_path).text_encoder == tmp_path / "t5"
    assert len(read_folder(tmp_path)[1].sources) == 3


def test_the_text_encoder_may_be_a_file_of_any_name(tmp_path: Path) -> None:
    files = write_small(tmp_path)
    files.text_encoder.rename(tmp_path / "t5.bin")
    (tmp_path / ".hidden.bin").touch()
    assert find_released(tmp_path).text_encoder == tmp_path / "t5.bin"


def test_two_files_of_one_text_encoder_are_one(tmp_path: Path) -> None:
    write_small(tmp_path)
    torch.save({"shared.weight": text_table()}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text('{"model_type": "t5"}')
    assert find_released(tmp_path).text_encoder.name == "model.safetensors"


@pytest.mark.parametrize(
    ("removed", "said"),
    [
        (
            "ckpt.pt",
            r"nothing that could be LLMVoX, a \.pt file; it holds pytorch_model\.bin, wavtokenizer\.ckpt",
        ),
        ("wavtokenizer.ckpt", "nothing that could be WavTokenizer"),
        ("pytorch_model.bin", "nothing that could be a text encoder"),
    ],
)
def test_a_file_that_is_not_there_is_told_with_what_is(tmp_path: Path, removed: str, said: str) -> None:
    write_small(tmp_path)
    (tmp_path / removed).unlink()
    with pytest.raises(CheckpointError, match=f"{said}.*Wanted is a folder with one .pt file"):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("other.pt", r"2 that could be LLMVoX, a \.pt file: ckpt\.pt, other\.pt"),
        ("other.ckpt", "2 that could be WavTokenizer"),
        ("a/model.safetensors b/pytorch_model.bin", "2 that could be a text encoder: a, b"),
    ],
)
def test_several_of_a_kind_are_told(tmp_path: Path, added: str, said: str) -> None:
    write_small(tmp_path)
    for name in added.split():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(CheckpointError, match=said):
        read_folder(tmp_path)


def test_what_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match=r"file is a file\. Wanted is"):
        read_folder(tmp_path / "file")
    with pytest.raises(CheckpointError, match=r"nowhere is not there\. Wanted is"):
        read_folder(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match="it holds nothing"):
        read_folder(tmp_path / "empty")


def test_a_compact_copy_is_not_converted_again(tmp_path: Path) -> None:
    convert(write_small(tmp_path), tmp_path / "compact", VoiceCard())
    with pytest.raises(CheckpointError, match="is a compact copy already"):
        find_released(tmp_path / "compact")
