"""Checkpoints in the released layout that are small in every way, so that tests of files take no time."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from llmvox_plugins.core.checkpoints.fit import Shape, shapes_of
from llmvox_plugins.core.checkpoints.released import Released
from llmvox_plugins.core.model.gpt import GPT, GPTConfig
from llmvox_plugins.core.model.untrained import untrained
from llmvox_plugins.core.model.wavtokenizer import CodecConfig, WavTokenizer

CODES, TEXT_WIDTH, CODE_WIDTH = 512, 16, 32
POSITIONS = 2048
WIDTH = TEXT_WIDTH + CODE_WIDTH
GPT_CONFIG = GPTConfig(layers=2, heads=4, width=WIDTH, positions=POSITIONS, codes=CODES)
CODEC_CONFIG = CodecConfig(CODES, CODE_WIDTH, width=64, hidden=96, layers=2, filters=2, lstm_layers=1)
MODEL_ARGS = {
    "n_layer": 2,
    "n_head": 4,
    "n_embd": WIDTH,
    "block_size": POSITIONS,
    "bias": False,
    "vocab_size": CODES,
    "dropout": 0.0,
}
OLD_NORM = ("weight_g", "weight_v")
NEW_NORM = ("parametrizations.weight.original0", "parametrizations.weight.original1")

_ENCODER = "feature_extractor.encodec.encoder."
_CODEBOOK = "feature_extractor.encodec.quantizer.vq.layers.0._codebook."


@cache
def gpt_shapes() -> dict[str, Shape]:
    with torch.device("meta"):
        return shapes_of(GPT(GPT_CONFIG).state_dict())


@cache
def codec_shapes() -> dict[str, Shape]:
    with torch.device("meta"):
        return shapes_of(WavTokenizer(CODEC_CONFIG).state_dict())


def gpt_tensors() -> dict[str, Tensor]:
    return dict(_tensors(gpt_shapes))


def codec_tensors() -> dict[str, Tensor]:
    """Weight norm folded."""
    return dict(_tensors(codec_shapes))


@cache
def _tensors(shapes: Callable[[], dict[str, Shape]]) -> dict[str, Tensor]:
    return untrained(shapes())


def text_table(rows: int = 400, width: int = TEXT_WIDTH) -> Tensor:
    return untrained({"text_embedding": [rows, width]})["text_embedding"]


def released_gpt(tensors: dict[str, Tensor] | None = None, **changed: Any) -> dict[str, Any]:
    """As LLMVoX's file holds it; `changed` replaces its entries."""
    model = {f"_orig_mod.{name}": tensor for name, tensor in (tensors or gpt_tensors()).items()}
    optimizer = {"state": {0: {"exp_avg": torch.zeros(4)}}, "param_groups": [{"lr": 3e-4, "params": [0]}]}
    return {"model": model, "optimizer": optimizer, "model_args": MODEL_ARGS, "iter_num": 7, **changed}


def released_codec(
    tensors: dict[str, Tensor] | None = None, norm: tuple[str, str] = OLD_NORM
) -> dict[str, Any]:
    """As WavTokenizer's file holds it: with weight norm, a decoder that nobody uses, and discriminators."""
    state: dict[str, Tensor] = {
        "feature_extractor.encodec.decoder.model.0.conv.conv.bias": torch.zeros(3),
        _CODEBOOK + "inited": torch.ones(1),
        _CODEBOOK + "cluster_size": torch.zeros(CODES, dtype=torch.int64),
        _CODEBOOK + "embed_avg": torch.zeros(CODES, CODE_WIDTH),
        "head.istft.window": torch.hann_window(1280),
        "multiperioddisc.discriminators.0.convs.0.bias": torch.zeros(3),
    }
    for name, tensor in (tensors or codec_tensors()).items():
        if name.startswith(_ENCODER) and name.endswith(".conv.conv.weight"):
            stem = name.removesuffix("weight")
            length = torch.linalg.vector_norm(tensor, dim=(1, 2), keepdim=True)
            state |= {stem + norm[0]: length, stem + norm[1]: tensor * 3}  # its length does not matter
        else:
            state[name] = tensor
    return {"state_dict": state, "epoch": 1, "optimizer_states": [{"lr": 1e-4}]}


def write_small(folder: Path) -> Released:
    files = Released(folder / "ckpt.pt", folder / "wavtokenizer.ckpt", folder / "pytorch_model.bin")
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(released_gpt(), files.llmvox)
    torch.save(released_codec(), files.wavtokenizer)
    torch.save({"shared.weight": text_table(), "encoder.final.weight": torch.zeros(2)}, files.text_encoder)
    return files
