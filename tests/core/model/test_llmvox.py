"""The model computes what the released one does."""

import pytest
import torch
from support import golden_files as golden
from torch import Tensor

from llmvox_plugins.core.model.gpt import GPT, GPTConfig
from llmvox_plugins.core.model.graph import GraphStepper
from llmvox_plugins.core.model.llmvox import START, LLMVoX
from llmvox_plugins.core.model.stepper import EagerStepper, Stepper
from llmvox_plugins.core.model.text_ids import PAD, TEXT_ROWS, sentence_ids
from llmvox_plugins.core.model.untrained import untrained

CODEBOOK = "feature_extractor.encodec.quantizer.vq.layers.0._codebook.embed"


@pytest.fixture(scope="module")
def model() -> LLMVoX:
    gpt = GPT(GPTConfig.of({name: t.shape for name, t in golden.llmvox_tensors().items()}, heads=8))
    gpt.load_state_dict(golden.llmvox_tensors())
    table = golden.text_embedding()
    text = torch.cat([table, table.mean(0).expand(2, -1)])
    assert len(text) == TEXT_ROWS
    return LLMVoX(gpt, text, golden.wavtokenizer_tensors()[CODEBOOK]).eval()


def array(name: str) -> Tensor:
    return torch.from_numpy(golden.arrays()[name])


def relative(got: Tensor, expected: Tensor) -> float:
    return float((got - expected).norm() / expected.norm())


@pytest.mark.parametrize("number", [0, 1, 2])
def test_text_becomes_the_ids_that_the_released_code_feeds(number: int) -> None:
    text = bytes(golden.arrays()[f"text{number}"]).decode()
    assert sentence_ids(text) == golden.arrays()[f"text_ids{number}"].tolist()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_teacher_forced_logits_and_codes(model: LLMVoX, number: int) -> None:
    codes = array(f"codes{number}").long()[None]
    ids = torch.full_like(codes, PAD)
    text = array(f"text_ids{number}").long()
    ids[0, : len(text)] = text
    with torch.inference_mode():
        logits = model(ids, codes)[0]
    assert relative(logits[:8], array(f"logits{number}")) < 1e-4
    assert logits.argmax(-1).tolist() == codes[0].tolist()


def test_training_loss(model: LLMVoX) -> None:
    texts = [golden.arrays()[f"text_ids{number}"].tolist() for number in (0, 2)]
    speeches = [golden.arrays()[f"train_codes{number}"].tolist() for number in (0, 1)]
    loss = model.loss(texts, speeches)
    assert float(loss.detach()) == pytest.approx(float(golden.arrays()["train_loss"]), rel=1e-4)


def small_model(positions: int = 1200) -> LLMVoX:
    config = GPTConfig(layers=2, heads=4, width=48, positions=positions, codes=32)
    gpt = GPT(config)
    gpt.load_state_dict(untrained({name: tensor.shape for name, tensor in gpt.state_dict().items()}))
    drawn = untrained({"text": [TEXT_ROWS, 16], "codes": [32, 32]})
    return LLMVoX(gpt, drawn["text"], drawn["codes"]).eval()


STEPPERS = [EagerStepper, lambda model: GraphStepper(model, slots=5, length=1200)]


@pytest.fixture(params=STEPPERS, ids=["eager", "padded"])
def stepper(request: pytest.FixtureRequest) -> Stepper[object]:
    made: Stepper[object] = request.param(small_model())
    return made


def drawn(length: int) -> tuple[Tensor, Tensor]:
    chance = torch.Generator().manual_seed(length)
    ids = torch.randint(0, TEXT_ROWS, (1, length), generator=chance)
    return ids, torch.randint(0, 32, (1, length), generator=chance)


@torch.inference_mode()
def test_steps_are_the_whole_sequence_for_as_long_as_it_goes(stepper: Stepper[object]) -> None:
    ids, codes = drawn(1100)  # longer than the room that a past begins with
    whole = small_model()(ids, codes)[0]
    place, before = stepper.open(), START
    for at in range(1100):
        logits = stepper.step([place], [int(ids[0, at])], [before])
        before = int(codes[0, at])
        assert relative(logits[0], whole[at]) < 1e-4, at


@torch.inference_mode()
def test_sentences_that_come_and_go_do_not_disturb_each_other(stepper: Stepper[object]) -> None:
    sentences = [drawn(length) for length in (40, 7, 90, 23, 60, 31)]
    wholes = [small_model()(ids, codes)[0] for ids, codes in sentences]
    chance = torch.Generator().manual_seed(1)
    waiting, going = list(range(len(sentences))), dict[int, object]()
    at = [0] * len(sentences)
    while waiting or going:
        if waiting and len(going) < 5:
            going[waiting.pop()] = stepper.open()
        batch = [n for n in going if torch.rand(1, generator=chance) < 0.7] or list(going)
        ids = [int(sentences[n][0][0, at[n]]) for n in batch]
        before = [int(sentences[n][1][0, at[n] - 1]) if at[n] else START for n in batch]
        logits = stepper.step([going[n] for n in batch], ids, before)
        for row, n in enumerate(batch):
            assert relative(logits[row], wholes[n][at[n]]) < 1e-4
            at[n] += 1
            if at[n] == sentences[n][0].shape[1]:
                del going[n]


def test_a_fixed_number_of_slots_is_given_out_and_comes_back() -> None:
    stepper = GraphStepper(small_model(), slots=2, length=100)
    first, second = stepper.open(), stepper.open()
    assert first is not None and second is not None and stepper.open() is None
    del first
    assert stepper.open() is not None


def test_a_slot_that_was_used_to_its_end_harms_nobody() -> None:
    stepper = GraphStepper(small_model(), slots=2, length=3)
    used, other = stepper.open(), stepper.open()
    assert used is not None and other is not None
    for _ in range(stepper.longest):
        stepper.step([used], [5], [1])
    assert stepper.step([other], [5], [1]).isfinite().all()
    del used
    assert stepper.step([other], [6], [2]).isfinite().all()


def test_sizes_that_contradict_each_other_are_named() -> None:
    shapes = {name: tensor.shape for name, tensor in small_model().gpt.state_dict().items()}
    with pytest.raises(ValueError, match="48 cannot be divided among 5 heads"):
        GPTConfig.of(shapes, heads=5)
    with pytest.raises(ValueError, match=r"lm_head\.weight is 47 wide"):
        GPTConfig.of(shapes | {"lm_head.weight": torch.Size([32, 47])}, heads=4)
