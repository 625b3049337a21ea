"""Whether tensors fit the model that they are for: by name and shape alone, so before any is read.

All sizes come from the checkpoint itself; what is checked is that they agree, and that nothing is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import CheckpointError
from ..model.gpt import GPT, GPTConfig
from ..model.llmvox import END_OF_AUDIO
from ..model.text_ids import TEXT_ROWS
from ..model.wavtokenizer import CODEBOOK, CodecConfig, WavTokenizer

__all__ = [
    "CODEBOOK",
    "ENCODER",
    "Shape",
    "check_codec",
    "check_fit",
    "check_gpt",
    "check_together",
    "shapes_of",
]

Shape = Sequence[int]
Shapes = Mapping[str, Shape]

ENCODER = "feature_extractor.encodec.encoder."
_SIZING = ("transformer.wpe.weight", "lm_head.weight", "backbone.embed.weight", "head.out.weight", CODEBOOK)
_NAMED = 3  # tensors of each kind of trouble that an error names


@dataclass(frozen=True, slots=True)
class _Misfit:
    missing: list[str]
    extra: list[str]
    misshapen: list[str]

    def __len__(self) -> int:
        return len(self.missing) + len(self.extra) + len(self.misshapen)

    def __str__(self) -> str:
        kinds = {"missing": self.missing, "not expected": self.extra, "of another shape": self.misshapen}
        return "; ".join(f"{kind}: {_listed(those)}" for kind, those in kinds.items() if those)


def shapes_of(tensors: Mapping[str, Tensor]) -> dict[str, Shape]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def check_fit(expected: Shapes, found: Shapes, what: str) -> None:
    """Raises CheckpointError, which names what is missing in `what`, extra in it or misshapen."""
    misfit = _compare(expected, found)
    if misfit:
        raise CheckpointError(f"{what} does not fit: {misfit}")


def check_gpt(found: Shapes, heads: int, what: str) -> None:
    """Raises CheckpointError unless these are the tensors of one GPT."""

    def expected(shapes: Shapes) -> Shapes:
        return _made(lambda: GPT(GPTConfig.of(shapes, heads)))

    layers = 1 + _highest(found, r"transformer\.h\.(\d+)\.")
    _check(expected, lambda: _made(lambda: GPT(GPTConfig(layers))), found, what)


def check_codec(found: Shapes, what: str) -> None:
    """Raises CheckpointError unless these are the tensors of one WavTokenizer; its encoder may be absent."""

    def expected(shapes: Shapes) -> Shapes:
        config = CodecConfig.of(shapes)
        return _made(lambda: WavTokenizer(config, encoder=bool(config.ratios)))

    _check(expected, lambda: _codec_names(found), found, what)


def check_together(gpt: Shapes, codec: Shapes, text: Shape, what: str = "these checkpoints") -> None:
    """Whether the three parts are of one voice; each has been checked alone. Raises CheckpointError."""
    classes, width = gpt["lm_head.weight"]
    codes, code_width = codec[CODEBOOK]
    if classes != codes:
        raise CheckpointError(
            f"{what} do not fit each other: LLMVoX knows {classes} codes, WavTokenizer's codebook {codes}"
        )
    if codes <= END_OF_AUDIO:
        raise CheckpointError(
            f"{what}: the end of audio is code {END_OF_AUDIO}, but there are only {codes} codes"
        )
    if len(text) != 2 or text[0] != TEXT_ROWS:
        raise CheckpointError(f"{what}: the text embedding is {_written(text)}, not {TEXT_ROWS} rows")
    if text[1] + code_width != width:
        raise CheckpointError(
            f"{what} do not fit each other: the text encoder is {text[1]} wide, but LLMVoX wants"
            f" {width - code_width} (its own width of {width} less the codebook's {code_width})"
        )


def _check(
    expected: Callable[[Shapes], Shapes], official: Callable[[], Shapes], found: Shapes, what: str
) -> None:
    """Without one tensor the sizes may be misread; what is said then comes from the official names."""
    try:
        misfit = _compare(expected(found), found)
        said, troubles = str(misfit), len(misfit)
    except (ValueError, LookupError) as error:
        said, troubles = f"{error}{_read_off(found, str(error))}", len(found) + 1
    if troubles:
        by_name = _compare(_with_sizes_of(found, official()), found)
        raise CheckpointError(f"{what} does not fit: {by_name if 0 < len(by_name) < troubles else said}")


def _read_off(found: Shapes, error: str) -> str:
    """The tensors to look at, where an error about sizes names none."""
    held = [f"{name} ({_written(found[name])})" for name in _SIZING if name in found]
    return "" if any(name in error for name in found) else f"; sizes are read off {', '.join(held)}"


def _with_sizes_of(found: Shapes, names: Shapes) -> Shapes:
    """Those names, with the shapes found wherever these have as many dimensions."""
    return {
        name: found[name] if name in found and len(found[name]) == len(shape) else shape
        for name, shape in names.items()
    }


def _compare(expected: Shapes, found: Shapes) -> _Misfit:
    return _Misfit(
        [name for name in expected if name not in found],
        [name for name in found if name not in expected],
        [
            f"{name} is {_written(found[name])}, not {_written(shape)}"
            for name, shape in expected.items()
            if name in found and tuple(found[name]) != tuple(shape)
        ],
    )


def _made(make: Callable[[], nn.Module]) -> Shapes:
    """The shapes of a module's tensors, which take no memory."""
    with torch.device("meta"):
        return shapes_of(make().state_dict())


def _codec_names(found: Shapes) -> Shapes:
    """Of a codec with as many layers as are named; the sizes are any."""
    layers = 1 + _highest(found, r"backbone\.convnext\.(\d+)\.")
    if not any(name.startswith(ENCODER) for name in found):
        return _made(lambda: WavTokenizer(CodecConfig(layers=layers), encoder=False))
    # Each stage takes three places, and behind the last are an LSTM and a convolution.
    stages = max(1, (_highest(found, re.escape(ENCODER) + r"model\.(\d+)\.") - 1) // 3)
    lstm_layers = 1 + _highest(found, r".*\.lstm\.\w+_l(\d+)$")
    hop = 2**stages
    config = CodecConfig(layers=layers, ratios=(2,) * stages, hop=hop, n_fft=4 * hop, lstm_layers=lstm_layers)
    return _made(lambda: WavTokenizer(config))


def _highest(names: Iterable[str], pattern: str) -> int:
    """The highest number in the names that match, as far as there are that many names; 0 without any."""
    found = [int(match[1]) for name in names if (match := re.match(pattern, name))]
    return max((number for number in found if number <= len(found)), default=0)


def _written(shape: Shape) -> str:
    return "×".join(map(str, shape)) or "a single number"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
