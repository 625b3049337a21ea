"""Weight norm is folded as PyTorch itself would, of old and of now."""

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from llmvox_plugins.core.model.seanet import Encoder, fold_weight_norm


def test_new_names_fold_into_the_weight_that_pytorch_computes() -> None:
    conv = parametrizations.weight_norm(nn.Conv1d(3, 5, 4))
    with torch.no_grad():
        conv.get_parameter("parametrizations.weight.original0").mul_(1.7)
    folded = fold_weight_norm({f"a.{name}": tensor for name, tensor in conv.state_dict().items()})
    assert set(folded) == {"a.weight", "a.bias"}
    torch.testing.assert_close(folded["a.weight"], conv.weight.detach())


def test_old_names_fold_too() -> None:
    direction, length = torch.randn(5, 3, 4), torch.rand(5, 1, 1) + 0.5
    folded = fold_weight_norm({"weight_v": direction, "x.weight_v": direction, "x.weight_g": length})
    assert set(folded) == {"weight_v", "x.weight"}
    torch.testing.assert_close(folded["x.weight"].flatten(1).norm(dim=1), length.flatten())
    torch.testing.assert_close(
        folded["x.weight"] / length, direction / direction.flatten(1).norm(dim=1)[:, None, None]
    )


def test_what_has_no_weight_norm_stays() -> None:
    tensors = {"weight": torch.zeros(2), "lstm.weight_hh_l0": torch.ones(3)}
    assert fold_weight_norm(tensors) == tensors


@pytest.mark.parametrize("samples", [1, 5, 6, 7, 60, 61])
def test_one_frame_for_each_hop_begun(samples: int) -> None:
    encoder = Encoder(filters=2, ratios=(2, 3), lstm_layers=1, width=5)
    with torch.inference_mode():
        assert encoder(torch.randn(2, 1, samples)).shape == (2, 5, -(-samples // 6))
