"""The released model's own results, and checkpoints with the weights that they belong to."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from llmvox_plugins.core.model.untrained import untrained

HERE = Path(__file__).parent / "golden"
LAYERS, POSITIONS = 2, 512
CODEC_WIDTH, CODEC_HIDDEN, CODEC_LAYERS = 64, 192, 2
MODEL_ARGS = {
    "n_layer": LAYERS,
    "n_head": 8,
    "n_embd": 768,
    "block_size": POSITIONS,
    "bias": False,
    "vocab_size": 4096,
    "dropout": 0.0,
}

Shapes = dict[str, list[int]]


@cache
def arrays() -> dict[str, NDArray[Any]]:
    with np.load(HERE / "golden.npz") as loaded:
        return dict(loaded)


@cache
def official_shapes() -> dict[str, Shapes]:
    """Names and shapes in the official checkpoints, `llmvox` and `wavtokenizer`."""
    shapes: dict[str, Shapes] = json.loads((HERE / "official.json").read_text())
    return shapes


def llmvox_shapes() -> Shapes:
    shapes = {name: shape for name, shape in official_shapes()["llmvox"].items() if _has_layer(name, LAYERS)}
    return shapes | {"transformer.wpe.weight": [POSITIONS, 768]}


def wavtokenizer_shapes() -> Shapes:
    sizes = {768: CODEC_WIDTH, 2304: CODEC_HIDDEN}
    return {
        name: [sizes.get(size, size) for size in shape] if name.startswith(("backbone.", "head.")) else shape
        for name, shape in official_shapes()["wavtokenizer"].items()
        if not name.startswith("backbone.convnext.") or _has_layer(name, CODEC_LAYERS)
    }


def _has_layer(name: str, layers: int) -> bool:
    return all(int(part) < layers for part in name.split(".")[2:3] if part.isdigit())


@cache
def llmvox_tensors() -> dict[str, Tensor]:
    return untrained(llmvox_shapes())


@cache
def wavtokenizer_tensors() -> dict[str, Tensor]:
    """With the released names, the weight norm's of old among them."""
    return untrained(wavtokenizer_shapes())


@cache
def text_embedding() -> Tensor:
    """What the T5 model's file holds, (384, 256)."""
    return untrained({"text_embedding": [384, 256]})["text_embedding"]


@dataclass(frozen=True)
class Checkpoints:
    """Files in the released layout."""

    llmvox: Path
    wavtokenizer: Path
    text_encoder: Path


def write_checkpoints(folder: Path) -> Checkpoints:
    """As released: compiled names, an optimizer, discriminators, and a T5 model's file."""
    model = {f"_orig_mod.{name}": tensor for name, tensor in llmvox_tensors().items()}
    optimizer = {"state": {0: {"exp_avg": torch.zeros(4)}}, "param_groups": [{"lr": 3e-4, "params": [0]}]}
    released = {"model": model, "optimizer": optimizer, "model_args": MODEL_ARGS, "iter_num": 7, "config": {}}
    lightning = {"state_dict": wavtokenizer_tensors() | {"discriminator.weight": torch.zeros(3)}, "epoch": 1}
    files = Checkpoints(folder / "ckpt.pt", folder / "wavtokenizer.ckpt", folder / "pytorch_model.bin")
    torch.save(released, files.llmvox)
    torch.save(lightning, files.wavtokenizer)
    torch.save(
        {"shared.weight": text_embedding(), "encoder.final.weight": torch.zeros(2)}, files.text_encoder
    )
    return files
