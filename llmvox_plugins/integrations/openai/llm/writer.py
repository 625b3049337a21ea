"""A `transformers` model that writes answers, on whatever thread it is called.

Its weights are read as data: a file that could run code is refused, and so is a model's own code.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ....core.errors import ConfigurationError, LLMVoxError, MissingDependencyError
from ..errors import APIError, invalid
from ..operation.failsafe import log_unforeseen
from .question import Question
from .stops import Stops
from .writing import End, Writing

__all__ = ["Writer"]

log = logging.getLogger("llmvox_plugins.server")

MOST_TOKENS = 4096  # of an answer whose length nobody has set
UNKNOWN_CONTEXT = 4096


class Writer:
    """Raises MissingDependencyError, and ConfigurationError if the model cannot be loaded."""

    def __init__(self, name: str) -> None:
        try:
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ImportError as error:
            raise MissingDependencyError(
                'a local LLM needs transformers: pip install "llmvox-plugins[transformers]"'
            ) from error
        device = "cuda" if torch.cuda.is_available() else "cpu"
        safely: dict[str, Any] = {"trust_remote_code": False}
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(name, **safely)
            model: Any = AutoModelForCausalLM.from_pretrained(name, weights_only=True, **safely)
        except Exception as error:
            raise ConfigurationError(f"the local LLM {name!r} cannot be loaded: {error}") from error
        self._model = model.to(device).eval()
        if self._model.generation_config.pad_token_id is None:  # else each answer begins with a warning
            self._model.generation_config.pad_token_id = self._tokenizer.eos_token_id

    def write(self, question: Question, writing: Writing) -> None:
        """Blocks until the answer is written, or nobody wants it any more."""
        if writing.stopped:
            return
        try:
            self._write(question, writing)
        except (APIError, LLMVoxError) as error:
            writing.put(error)
        except Exception as error:  # noqa: BLE001  whoever waits for the answer shall be told
            log_unforeseen(error)
            writing.put(APIError(500, "the local LLM failed", type="server_error", code="llm_failed"))

    def _write(self, question: Question, writing: Writing) -> None:
        from transformers import StoppingCriteriaList

        inputs = self._inputs(question)
        read = int(inputs["input_ids"].shape[1])
        room = self._context - read
        if room < 1:
            raise invalid(
                f"the messages have {read} tokens, and the local LLM takes {self._context - 1}",
                "messages",
                "context_length_exceeded",
            )
        stops = Stops(question.stops)
        written = self._model.generate(
            **inputs,
            **_manner(question),
            max_new_tokens=min(question.most_tokens or MOST_TOKENS, room),
            streamer=_streamer(self._tokenizer, lambda text: writing.put(stops.feed(text))),
            stopping_criteria=StoppingCriteriaList([lambda *_, **__: writing.stopped or stops.met]),
        )[0, read:]
        writing.put(stops.flush())
        stopped = stops.met or self._is_end(int(written[-1]))
        writing.put(End("stop" if stopped else "length", read, len(written)))

    def _inputs(self, question: Question) -> dict[str, Any]:
        turns = question.turns
        if self._tokenizer.chat_template is None:
            text = "\n".join([*(turn["content"] for turn in turns), ""])
            inputs = self._tokenizer(text, return_tensors="pt")
        else:
            inputs = self._templated(turns)
        names = ("input_ids", "attention_mask")
        return {name: inputs[name].to(self._model.device) for name in names if name in inputs}

    def _templated(self, turns: list[dict[str, str]]) -> Any:
        from jinja2 import TemplateError

        try:
            return self._tokenizer.apply_chat_template(
                turns, add_generation_prompt=True, return_dict=True, return_tensors="pt"
            )
        except TemplateError as error:
            raise invalid(f"the local LLM cannot read these messages: {error}", "messages") from None

    @property
    def _context(self) -> int:
        config = self._model.config.get_text_config()
        return getattr(config, "max_position_embeddings", None) or UNKNOWN_CONTEXT

    def _is_end(self, token: int) -> bool:
        ends = self._model.generation_config.eos_token_id
        return token in ends if isinstance(ends, list) else token == ends


def _manner(question: Question) -> dict[str, Any]:
    """How tokens are chosen; what is not asked for is as the model has it."""
    if question.temperature == 0:
        return {"do_sample": False}
    given = {"temperature": question.temperature, "top_p": question.top_p}
    given = {name: value for name, value in given.items() if value is not None}
    return {"do_sample": True, **given} if given else {}


def _streamer(tokenizer: Any, put: Callable[[str], None]) -> Any:
    from transformers import TextStreamer

    class Streamer(TextStreamer):  # its base is imported late
        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            if text:
                put(text)

    return Streamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
