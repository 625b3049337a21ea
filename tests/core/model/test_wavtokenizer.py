"""The codec computes what the released one does, at every length and in every form."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from support import golden_files as golden
from torch import Tensor

from llmvox_plugins.core.errors import ConfigurationError
from llmvox_plugins.core.model.precision import Precision, has_int8
from llmvox_plugins.core.model.seanet import fold_weight_norm
from llmvox_plugins.core.model.untrained import untrained
from llmvox_plugins.core.model.wavtokenizer import CodecConfig, WavTokenizer

ENCODER = "feature_extractor.encodec.encoder.model"
UNUSED = ("feature_extractor.encodec.decoder.", "inited", "cluster_size", "embed_avg", "istft.window")
GOLDEN = CodecConfig(width=64, hidden=192, layers=2)
SMALL = CodecConfig(
    codebook_size=20,
    codebook_width=24,
    width=32,
    hidden=40,
    layers=3,
    norms=2,
    n_fft=48,
    hop=12,
    filters=4,
    ratios=(3, 4),
    lstm_layers=1,
)


def array(name: str) -> Tensor:
    return torch.from_numpy(golden.arrays()[name])


def relative(got: Tensor, expected: Tensor) -> float:
    return float((got - expected).norm() / expected.norm())


def shapes_of(config: CodecConfig) -> dict[str, Sequence[int]]:
    with torch.device("meta"):
        return {name: tuple(tensor.shape) for name, tensor in WavTokenizer(config).state_dict().items()}


def golden_codec(*, encoder: bool = True) -> WavTokenizer:
    return loaded(GOLDEN, fold_weight_norm(golden.wavtokenizer_tensors()), encoder)


def loaded(config: CodecConfig, tensors: dict[str, Tensor], encoder: bool = True) -> WavTokenizer:
    with torch.device("meta"):
        codec = WavTokenizer(config, encoder=encoder)
    codec.load_state_dict({name: tensors[name] for name in codec.state_dict()}, assign=True)
    return codec.eval()


@pytest.fixture(scope="module")
def codec() -> WavTokenizer:
    return golden_codec()


@pytest.fixture(scope="module")
def small() -> WavTokenizer:
    return loaded(SMALL, untrained(shapes_of(SMALL)))


@pytest.fixture(autouse=True)
def inference() -> Any:
    with torch.inference_mode():
        yield


@pytest.mark.parametrize("number", [0, 1, 2])
def test_codes_become_the_audio_of_the_released_code(codec: WavTokenizer, number: int) -> None:
    got = codec.decode(array(f"codes{number}")[None])
    assert got.dtype == torch.float32
    assert relative(got[0], array(f"audio{number}")) < 1e-4


def test_audio_becomes_the_codes_of_the_released_code(codec: WavTokenizer) -> None:
    samples = array("wav")[None]
    encoder = codec.feature_extractor.encodec.encoder
    assert encoder is not None
    features = encoder(samples[:, None])
    assert features.shape == (1, 512, 75)
    assert relative(features[0], array("encoder_out")) < 1e-4
    assert codec.encode(samples)[0].tolist() == array("encoded_codes").tolist()


def test_tensors_have_the_official_names_and_shapes() -> None:
    official = fold_weight_norm(untrained(golden.official_shapes()["wavtokenizer"]))
    used = {name: t for name, t in official.items() if not any(part in name for part in UNUSED)}
    assert {name: tuple(t.shape) for name, t in used.items()} == shapes_of(CodecConfig())
    assert CodecConfig.of({name: t.shape for name, t in official.items()}) == CodecConfig()


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "int8"])
@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_a_prepared_codec_decodes_the_same_within_its_precision(precision: Precision) -> None:
    if precision == "int8" and not has_int8():
        pytest.skip("no 8-bit products here")
    codec = golden_codec(encoder=False).prepare(precision)
    limit = {"float32": 1e-4, "bfloat16": 0.03, "int8": 0.15}[precision]
    assert relative(codec.decode(array("codes0")[None])[0], array("audio0")) < limit
    assert not any(parameter.requires_grad for parameter in codec.parameters())


def test_preparing_leaves_the_encoder_as_it_was() -> None:
    codec = golden_codec().prepare("bfloat16")
    assert codec.encode(array("wav")[None])[0].tolist() == array("encoded_codes").tolist()


@pytest.mark.parametrize("prepared", [False, True])
def test_a_batch_is_decoded_as_each_alone(prepared: bool) -> None:
    codec = golden_codec(encoder=False)
    if prepared:
        codec.prepare("float32")
    codes = torch.stack([array(f"codes{number}") for number in range(3)])[:, :21]
    together = codec.decode(codes)
    for row, alone in zip(together, codes, strict=True):
        assert relative(row, codec.decode(alone[None])[0]) < 1e-5


@pytest.mark.parametrize("length", [1, 2, 3, 4, 7])
def test_any_number_of_codes_gives_320_samples_for_each(length: int) -> None:
    codes = array("codes1")[None, :length]
    plain, quick = golden_codec(encoder=False), golden_codec(encoder=False).prepare("float32")
    expected = plain.decode(codes)
    assert expected.shape == (1, 320 * length)
    assert bool(expected.isfinite().all())
    assert relative(quick.decode(codes), expected) < 1e-5


@pytest.mark.parametrize("samples", [1, 2, 10, 319, 320, 321, 2501])
def test_audio_of_any_length_is_encoded(codec: WavTokenizer, samples: int) -> None:
    codes = codec.encode(array("wav")[None, :samples].expand(2, -1))
    assert codes.shape == (2, -(-samples // codec.hop))
    assert codes[0].tolist() == codes[1].tolist()


def test_other_sizes_are_read_from_the_shapes_and_work(small: WavTokenizer) -> None:
    assert CodecConfig.of(shapes_of(SMALL)) == SMALL
    codes = small.encode(torch.linspace(-1, 1, 50)[None])
    assert codes.shape == (1, 5)
    assert small.features(codes).shape == (1, 24, 5)
    assert small.decode(codes).shape == (1, 60)


def test_what_was_looked_up_is_its_own_nearest(small: WavTokenizer) -> None:
    quantizer = small.feature_extractor.encodec.quantizer
    codes = torch.arange(20).view(2, 10)
    assert quantizer.nearest(quantizer.lookup(codes)).tolist() == codes.tolist()


def test_a_decoder_alone_needs_no_encoder_tensors() -> None:
    config = CodecConfig.of({n: s for n, s in shapes_of(SMALL).items() if not n.startswith(ENCODER)})
    assert (config.ratios, config.hop) == ((), 12)
    codec = WavTokenizer(config, encoder=False)
    assert codec.decode(torch.zeros(1, 4, dtype=torch.long)).shape == (1, 48)
    with pytest.raises(ConfigurationError, match="without its encoder"):
        codec.encode(torch.zeros(1, 100))
    with pytest.raises(ConfigurationError, match="no sizes"):
        WavTokenizer(config)


def test_every_part_of_the_decoder_can_be_trained() -> None:
    with torch.inference_mode(False):
        codec = WavTokenizer(SMALL)
        codec.decode(torch.arange(5)[None]).square().sum().backward()  # type: ignore[no-untyped-call]
    for part in (codec.backbone, codec.head):
        assert [name for name, parameter in part.named_parameters() if parameter.grad is None] == []


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("backbone.embed.weight", (32, 25, 7), r"embed.weight is \(32, 25, 7\) .* asks for \(32, 24, 7\)"),
        ("backbone.embed.weight", (40, 24, 7), "width must be a multiple of 32"),
        ("backbone.convnext.1.pwconv1.weight", (41, 32), r"convnext.1.pwconv1.weight is \(41, 32\)"),
        ("head.out.weight", (49, 32), "n_fft must be"),
        (f"{ENCODER}.3.conv.conv.weight", (8, 4, 10), "n_fft must be"),
        (f"{ENCODER}.3.conv.conv.weight", (9, 4, 6), "contradict each other"),
    ],
)
def test_sizes_that_contradict_each_other_are_named(name: str, shape: Sequence[int], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        CodecConfig.of(shapes_of(SMALL) | {name: shape})


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="do not make a hop of 12"):
        dataclasses.replace(SMALL, ratios=(3, 5))
    with pytest.raises(ConfigurationError, match="weight norm not folded"):
        CodecConfig.of(golden.official_shapes()["wavtokenizer"])
    with pytest.raises(ConfigurationError, match="not WavTokenizer"):
        CodecConfig.of({"transformer.wpe.weight": (512, 768)})
