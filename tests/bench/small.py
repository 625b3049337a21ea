"""A voice of no size, and a plan that takes no time."""

import torch

from llmvox_plugins.bench.plan import Plan
from llmvox_plugins.bench.setting import Setting
from llmvox_plugins.bench.weights import untrained_weights
from llmvox_plugins.core.checkpoints.weights import Weights
from llmvox_plugins.core.model.gpt import GPTConfig
from llmvox_plugins.core.model.precision import Precision
from llmvox_plugins.core.model.wavtokenizer import CodecConfig

PLAN = Plan(
    rounds=2,
    codes=12,
    first_audio=2,
    streams=(1, 2),
    seconds=0.1,
    lengths=(20, 600, 10_000),
    steps=2,
    loads=1,
    positions=24,
    company=2,
    window_codes=60,
    contexts=(0, 8, 64),
    unsettled=(0, 2),
    fades=(1,),
    sizes=(8, 16),
)


def weights() -> Weights:
    gpt = GPTConfig(layers=2, heads=2, width=64, positions=1024, codes=512)
    codec = CodecConfig(codebook_size=512, codebook_width=32, width=32, hidden=64, layers=2, ratios=())
    return untrained_weights(gpt, codec)


def setting(*precisions: Precision, plan: Plan = PLAN) -> Setting:
    return Setting(plan, precisions or ("float32",), torch.device("cpu"), weights())
