"""The released layout: what loads, and how each thing that does not fit is named."""

import logging
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from support.golden_files import llmvox_shapes, official_shapes, wavtokenizer_shapes, write_checkpoints
from support.small_files import (
    CODE_WIDTH,
    CODES,
    MODEL_ARGS,
    NEW_NORM,
    TEXT_WIDTH,
    WIDTH,
    codec_tensors,
    gpt_tensors,
    released_codec,
    released_gpt,
    text_table,
    write_small,
)
from torch import Tensor

from llmvox_plugins.core.checkpoints.fit import CODEBOOK, check_codec, check_fit, check_gpt, shapes_of
from llmvox_plugins.core.checkpoints.released import Released, read_released
from llmvox_plugins.core.checkpoints.text_encoder import read_text_embedding
from llmvox_plugins.core.errors import CheckpointError

ENCODER = "feature_extractor.encodec.encoder."
TELLING = [
    CODEBOOK,
    *(f"{ENCODER}model.{place}.conv.conv.weight" for place in (0, 3, 12, 15)),
    f"{ENCODER}model.4.shortcut.conv.conv.weight",
    f"{ENCODER}model.4.block.1.conv.conv.bias",
    f"{ENCODER}model.13.lstm.weight_ih_l0",
    f"{ENCODER}model.13.lstm.bias_hh_l0",
    *(f"backbone.{name}" for name in ("embed.weight", "norm.scale.weight", "pos_net.2.q.weight")),
    *(f"backbone.convnext.{name}" for name in ("0.gamma", "0.pwconv1.weight", "1.gamma", "1.pwconv1.weight")),
    "head.out.weight",
]
"""Tensors of the codec that its sizes are read off, and some others."""


@pytest.fixture
def files(tmp_path: Path) -> Released:
    return write_small(tmp_path)


def save_gpt(files: Released, **changed: Any) -> None:
    torch.save(released_gpt(**changed), files.llmvox)


def assert_equal(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert set(found) == set(expected)
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, msg=name)


# what loads


def test_released_files_load_under_official_names_and_nothing_else_does(files: Released) -> None:
    weights = read_released(files)
    assert weights.heads == 4
    assert_equal(weights.gpt, gpt_tensors())
    assert_equal(weights.codec, codec_tensors())
    tensors = [*weights.gpt.values(), *weights.codec.values(), weights.text]
    assert all(tensor.dtype == torch.float32 and tensor.is_contiguous() for tensor in tensors)


def test_the_official_names_load(tmp_path: Path) -> None:
    golden = write_checkpoints(tmp_path)
    weights = read_released(Released(golden.llmvox, golden.wavtokenizer, golden.text_encoder))
    assert set(weights.gpt) == set(llmvox_shapes())
    ours = {
        name.replace("weight_g", "weight").replace("weight_v", "weight") for name in wavtokenizer_shapes()
    }
    extra = {name for name in ours if "decoder" in name or name.endswith(("inited", "size", "avg", "window"))}
    assert set(weights.codec) == ours - extra
    assert weights.text.shape == (386, 256)


def test_the_official_sizes_fit() -> None:
    shapes = official_shapes()
    check_gpt(shapes["llmvox"], 8, "LLMVoX")
    with pytest.raises(CheckpointError, match="weight_g"):
        check_codec(shapes["wavtokenizer"], "WavTokenizer, its weight norm not folded")


@pytest.mark.parametrize("prefix", ["", "module.", "module._orig_mod."])
def test_what_compiling_and_spreading_put_before_names_goes(files: Released, prefix: str) -> None:
    save_gpt(files, model={prefix + name: tensor for name, tensor in gpt_tensors().items()})
    assert_equal(read_released(files).gpt, gpt_tensors())


def test_new_weight_norm_is_the_same_as_old(files: Released) -> None:
    old = read_released(files)
    torch.save(released_codec(norm=NEW_NORM), files.wavtokenizer)
    assert_equal(read_released(files).codec, old.codec)


def test_tensors_without_anything_around_them_load(files: Released, tmp_path: Path) -> None:
    save_file(gpt_tensors() | {"lm_head.weight": torch.ones(CODES, WIDTH)}, tmp_path / "gpt.safetensors")
    save_file(codec_tensors(), tmp_path / "codec.safetensors")
    bare = Released(tmp_path / "gpt.safetensors", tmp_path / "codec.safetensors", files.text_encoder)
    assert_equal(read_released(bare).codec, codec_tensors())


def test_without_model_args_the_heads_are_taken_to_be_8(
    files: Released, caplog: pytest.LogCaptureFixture
) -> None:
    save_gpt(files, model_args=None)
    with caplog.at_level(logging.DEBUG):
        assert read_released(files).heads == 8
    assert "taken to be 8" in caplog.text


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_becomes_float32(files: Released, dtype: torch.dtype) -> None:
    halves = {name: tensor.to(dtype) for name, tensor in gpt_tensors().items()}
    save_gpt(files, tensors=halves)
    assert_equal(read_released(files).gpt, {name: tensor.float() for name, tensor in halves.items()})


def test_a_codec_without_its_encoder_loads(files: Released) -> None:
    decoder = {name: tensor for name, tensor in codec_tensors().items() if not name.startswith(ENCODER)}
    torch.save({"state_dict": decoder}, files.wavtokenizer)
    assert_equal(read_released(files).codec, decoder)


# what does not fit


def spoilt_gpt(name: str, tensor: Tensor | None) -> dict[str, Tensor]:
    tensors: dict[str, Any] = {**gpt_tensors(), name: tensor}
    return {name: tensor for name, tensor in tensors.items() if tensor is not None}


@pytest.mark.parametrize(
    ("name", "tensor", "said"),
    [
        ("transformer.h.1.mlp.c_fc.weight", None, "missing: transformer.h.1.mlp.c_fc.weight"),
        ("transformer.wpe.weight", None, "missing: transformer.wpe.weight"),
        ("lm_head.weight", None, "missing: lm_head.weight"),
        ("transformer.ln_f.bias", torch.zeros(WIDTH), "not expected: transformer.ln_f.bias"),
        (
            "transformer.ln_f.weight",
            torch.ones(7),
            f"of another shape: transformer.ln_f.weight is 7, not {WIDTH}",
        ),
        ("lm_head.weight", torch.ones(CODES, 7), "lm_head.weight is 7 wide"),
        ("lm_head.weight", torch.ones(7), "lm_head.weight is 7, not"),
        ("lm_head.weight", torch.ones(7, WIDTH), "vocab_size=512, its tensors say 7"),
        ("transformer.ln_f.weight", torch.full([WIDTH], torch.nan), "transformer.ln_f.weight holds NaN"),
        (
            "transformer.ln_f.weight",
            torch.full([WIDTH], torch.inf),
            "transformer.ln_f.weight holds NaN or inf",
        ),
        ("transformer.ln_f.weight", torch.ones(WIDTH, dtype=torch.int64), "ln_f.weight is of int64"),
        ("transformer.ln_f.weight", torch.ones(WIDTH).to_sparse(), "ln_f.weight is of sparse"),
        ("transformer.ln_f.weight", "text", "ln_f.weight is a str, not a tensor"),
    ],
)
def test_a_tensor_of_llmvox_that_does_not_fit_is_named(
    files: Released, name: str, tensor: Tensor | None, said: str
) -> None:
    save_gpt(files, tensors=spoilt_gpt(name, tensor))
    with pytest.raises(CheckpointError, match=f"{files.llmvox}.*{said}"):
        read_released(files)


@pytest.mark.parametrize("name", TELLING)
def test_each_tensor_of_the_codec_is_missed_by_name(name: str) -> None:
    shapes = shapes_of(codec_tensors())
    del shapes[name]
    with pytest.raises(CheckpointError, match=f"the codec does not fit: missing: {name}$"):
        check_codec(shapes, "the codec")


@pytest.mark.parametrize("name", TELLING)
def test_each_tensor_of_the_codec_that_is_misshapen_is_named(name: str) -> None:
    shapes = shapes_of(codec_tensors()) | {name: (3, 1, 4, 1)}
    with pytest.raises(CheckpointError, match=f"{name} is "):
        check_codec(shapes, "the codec")


@pytest.mark.parametrize(
    ("name", "shape"), [("head.out.weight", (100, 64)), ("backbone.embed.weight", (65, CODE_WIDTH, 7))]
)
def test_sizes_that_cannot_be_are_told_with_the_tensors_that_they_come_from(
    name: str, shape: tuple[int, ...]
) -> None:
    with pytest.raises(CheckpointError, match=rf"{name} \({'×'.join(map(str, shape))}\)"):
        check_codec(shapes_of(codec_tensors()) | {name: shape}, "the codec")


def test_many_troubles_are_counted() -> None:
    with pytest.raises(
        CheckpointError,
        match="x does not fit: missing: a, b, c and 2 more; not expected: f; of another shape",
    ):
        check_fit(dict.fromkeys("abcdeg", (1,)), {"f": (1,), "g": (2, 3)}, "x")


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"n_layer": 4}, "model_args says n_layer=4, its tensors say 2"),
        ({"n_embd": 768}, f"n_embd=768, its tensors say {WIDTH}"),
        ({"block_size": 8192}, "block_size=8192, its tensors say 2048"),
        ({"vocab_size": 4096}, "vocab_size=4096, its tensors say 512"),
        ({"bias": True}, "bias=True, its tensors say False"),
        ({"n_head": 5}, "cannot be divided among 5 heads"),
        ({"n_head": "8"}, "n_head among them"),
    ],
)
def test_sizes_on_record_that_contradict_the_tensors_are_told_with_both(
    files: Released, sizes: dict[str, Any], said: str
) -> None:
    save_gpt(files, model_args=MODEL_ARGS | sizes)
    with pytest.raises(CheckpointError, match=f"{files.llmvox}.*{said}"):
        read_released(files)


def test_codes_that_the_codec_does_not_have_are_refused(files: Released) -> None:
    more = codec_tensors() | {CODEBOOK: torch.ones(CODES + 1, CODE_WIDTH)}
    torch.save(released_codec(more), files.wavtokenizer)
    with pytest.raises(CheckpointError, match="LLMVoX knows 512 codes, WavTokenizer's codebook 513"):
        read_released(files)


def test_the_end_of_audio_must_be_a_code(files: Released) -> None:
    save_gpt(files, tensors=spoilt_gpt("lm_head.weight", torch.ones(453, WIDTH)), model_args=None)
    torch.save(released_codec(codec_tensors() | {CODEBOOK: torch.ones(453, CODE_WIDTH)}), files.wavtokenizer)
    with pytest.raises(CheckpointError, match="end of audio is code 453, but there are only 453 codes"):
        read_released(files)


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ({"llmvox": "wavtokenizer"}, "no checkpoint of LLMVoX: it holds only"),
        ({"llmvox": "text_encoder"}, "no checkpoint of LLMVoX: it holds only 'shared.weight'"),
        ({"wavtokenizer": "llmvox"}, "no checkpoint of WavTokenizer: it holds only"),
        ({"text_encoder": "llmvox"}, "no text encoder: it has no tensor named shared.weight"),
    ],
)
def test_files_in_each_other_s_place_are_told(files: Released, spoilt: dict[str, str], said: str) -> None:
    [(place, other)] = spoilt.items()
    paths = {name: getattr(files, name) for name in Released.__slots__} | {place: getattr(files, other)}
    with pytest.raises(CheckpointError, match=said):
        read_released(Released(**paths))


@pytest.mark.parametrize(
    ("gpt", "said"), [({"model": [1]}, "'model' is a list"), ({"model_args": 3}, "'model_args' should be")]
)
def test_containers_of_the_wrong_kind_are_told(files: Released, gpt: dict[str, Any], said: str) -> None:
    save_gpt(files, **gpt)
    with pytest.raises(CheckpointError, match=said):
        read_released(files)


def test_one_name_twice_is_refused(files: Released) -> None:
    save_gpt(files, model=gpt_tensors() | {"_orig_mod.lm_head.weight": torch.zeros(1)})
    with pytest.raises(CheckpointError, match=r"lm_head\.weight twice"):
        read_released(files)


# the text encoder


@pytest.mark.parametrize("name", ["shared.weight", "encoder.embed_tokens.weight", "text_embedding", None])
@pytest.mark.parametrize("rows", [384, 386, 400])
def test_the_embedding_is_found_and_its_last_rows_are_the_mean(
    tmp_path: Path, name: str | None, rows: int
) -> None:
    table = text_table(rows)
    torch.save(table if name is None else {name: table, "other": torch.zeros(3)}, tmp_path / "x.bin")
    text = read_text_embedding(tmp_path / "x.bin")
    assert text.shape == (386, TEXT_WIDTH)
    torch.testing.assert_close(text[:384], table[:384])
    for row in (384, 385):
        torch.testing.assert_close(text[row], table[:384].mean(0))


def test_a_directory_of_hugging_face_s_is_a_text_encoder(tmp_path: Path) -> None:
    torch.save({"shared.weight": text_table()}, tmp_path / "pytorch_model.bin")
    assert torch.equal(read_text_embedding(tmp_path)[:384], text_table()[:384])
    save_file({"shared.weight": text_table() + 1}, tmp_path / "model.safetensors")
    assert torch.equal(read_text_embedding(tmp_path)[:384], text_table()[:384] + 1)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (text_table(383), r"\(383, 16\); a table of 384 rows"),
        (torch.ones(400), r"\(400,\); a table"),
        (text_table() * torch.nan, "embedding holds NaN"),
        (text_table().int(), "embedding is of int32"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, table: Tensor, said: str) -> None:
    torch.save({"shared.weight": table}, tmp_path / "x.bin")
    with pytest.raises(CheckpointError, match=said):
        read_text_embedding(tmp_path / "x.bin")


def test_a_folder_without_a_model_is_no_text_encoder(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no model\.safetensors and no pytorch_model\.bin"):
        read_text_embedding(tmp_path)


def test_a_text_encoder_of_another_width_is_told_with_both(files: Released) -> None:
    torch.save({"shared.weight": text_table(width=24)}, files.text_encoder)
    with pytest.raises(
        CheckpointError,
        match=r"is 24 wide, but LLMVoX wants 16 \(its own width of 48 less the codebook's 32\)",
    ):
        read_released(files)
