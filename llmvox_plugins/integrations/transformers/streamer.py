"""What `generate` hands its tokens to, so that they are spoken while they are written.

    model.generate(**inputs, streamer=SpeechStreamer(tokenizer, to="speaker"))

A call of generate() is told by the thread that it runs on. One that fails tells nobody: its text is given up
when its thread has ended, or when the next call begins there.
"""

from __future__ import annotations

import sys
import threading
import time
from types import CodeType
from typing import TYPE_CHECKING, Any

from transformers.generation.streamers import BaseStreamer

from ...core.doorway import Doorway, harmless
from ...core.narrator import LIMITS, Narrator, Turns
from ...core.sinks import Place
from ...core.state import StreamLimits
from ...core.timeline import SpokenText
from ...core.voices.base import Voice
from .row import Row, special_tokens
from .sections import Marks

if TYPE_CHECKING:
    import torch

__all__ = ["SpeechStreamer"]

LOOK_AROUND = 0.25  # seconds between two looks at whether a thread has died in generate()


class _Call:
    """A generate() at work. from_where: the place in it that told the prompts; None if it is not theirs."""

    def __init__(self, prompts: list[list[int]], from_where: tuple[CodeType, int] | None) -> None:
        self.prompts = prompts
        self.rows: list[Row] = []
        self.from_where = from_where
        self.interrupted = False


class SpeechStreamer(Doorway, BaseStreamer):
    """Speaks what a local model writes; a batch row by row.

    tokenizer: the model's, or a processor that has it.
    voice: a voice, its name, or None for LLMVOX_VOICE or the best there is.
    to: a path, "speaker", a sink or a function that takes chunks; None for LLMVOX_TO or the speaker. A path
        is one recording, in which the answers follow one another.
    skip_prompt: whether only the answer is spoken.
    skip_special_tokens: whether these are left out of the text.
    also: another streamer, which gets whatever this one gets: `TextStreamer(tokenizer, skip_prompt=True)`.
    turns: whose turn it is where several threads generate at once.
    raise_errors: raise trouble with speech into generate(); else it is logged once and kept on `error`.
    narrator: speak through this one; it has its own voice and place.

    Raises only here, and only what would be wrong in every call. One streamer may serve any number of calls,
    one after another, and at once in threads.
    """

    framework = "transformers"

    def __init__(
        self,
        tokenizer: Any,
        voice: Voice | str | None = None,
        to: Place | None = None,
        *,
        skip_prompt: bool = True,
        skip_special_tokens: bool = True,
        also: Any = None,
        turns: Turns = "queue",
        raise_errors: bool = False,
        limits: StreamLimits = LIMITS,
        narrator: Narrator | None = None,
    ) -> None:
        self._tokenizer = getattr(tokenizer, "tokenizer", tokenizer)
        self._narrator = narrator or Narrator(
            voice, to, turns=turns, raise_errors=raise_errors, limits=limits
        )
        self._skip_prompt = skip_prompt
        self._also = also
        self._marks = Marks(self._tokenizer)
        self._skipped = special_tokens(self._tokenizer) if skip_special_tokens else frozenset()
        self._calls: dict[threading.Thread, _Call] = {}

    # what generate() does

    def put(self, value: torch.Tensor) -> None:
        self._take(value, sys._getframe(1))
        if self._also is not None:
            self._also.put(value)

    def end(self) -> None:
        self._finish()
        if self._also is not None:
            self._also.end()

    def interrupted(self, *args: Any, **kwargs: Any) -> bool:
        """A stopping criterion: whether the call of generate() on this thread was silenced by interrupt().

        model.generate(streamer=speech, stopping_criteria=[speech.interrupted])
        """
        call = self._calls.get(threading.current_thread())
        return call is not None and call.interrupted

    # what the listener does

    def interrupt(self) -> SpokenText:
        for call in list(self._calls.values()):
            call.interrupted = True
        return super().interrupt()

    def wait(self, timeout: float | None = None) -> bool:
        deadline = time.monotonic() + (threading.TIMEOUT_MAX if timeout is None else timeout)
        while True:
            self._give_up_the_dead()
            left = max(0.0, deadline - time.monotonic())
            if super().wait(min(left, LOOK_AROUND)):
                return True
            if not left:
                return False

    def close(self, timeout: float | None = None) -> None:
        self._give_up_the_dead()
        super().close(timeout)

    # from tokens to text

    @harmless
    def _take(self, value: torch.Tensor, caller: Any) -> None:
        call = self._calls.get(threading.current_thread())
        if call is None or (value.dim() > 1 and call.from_where and _place(caller) == call.from_where):
            self._begin(value, caller)
        elif value.dim() > 1:
            self._feed(call, value.tolist())
        elif call.from_where:
            self._feed(call, [[token] for token in value.tolist()])
        else:
            self._feed(call, [value.tolist()])

    def _begin(self, prompt: torch.Tensor, caller: Any) -> None:
        """The first that a call tells is its prompt; if another one was at work here, it has failed."""
        thread = threading.current_thread()
        failed = self._calls.pop(thread, None)
        if failed is not None:
            self._narrator.cancel(failed)
        self._give_up_the_dead()
        prompts = prompt.tolist() if prompt.dim() > 1 else [prompt.tolist()]
        call = self._calls[thread] = _Call(prompts, _place(caller))
        self._begin_rows(call, 1)

    def _begin_rows(self, call: _Call, for_each: int) -> None:
        for row in call.rows:
            self._narrator.drop(call, row)
        prompts = [prompt for prompt in call.prompts for _ in range(for_each)]
        call.rows = [Row(self._tokenizer, self._marks, self._skipped) for _ in prompts]
        name = getattr(self._tokenizer, "name_or_path", "")
        for row in call.rows:
            self._narrator.begin(call, row, [name] if name else [])
        for row, prompt in zip(call.rows, prompts, strict=True):
            self._narrator.write(call, row, row.follow(prompt, aloud=not self._skip_prompt))

    def _feed(self, call: _Call, tokens: list[list[int]]) -> None:
        if len(tokens) != len(call.rows):  # several sequences of each prompt, which was told only once
            self._begin_rows(call, len(tokens) // len(call.prompts))
        at_work = [(row, new) for row, new in zip(call.rows, tokens, strict=True) if not row.over]
        for row, new in at_work:
            self._narrator.write(call, row, row.feed(new))
            if row.over:
                self._end(call, row)

    def _end(self, call: _Call, row: Row) -> None:
        self._narrator.write(call, row, row.flush())
        self._narrator.end(call, row)

    @harmless
    def _finish(self) -> None:
        call = self._calls.pop(threading.current_thread(), None)
        if call is not None:
            for row in call.rows:
                self._end(call, row)
            self._narrator.finish(call)

    def _give_up_the_dead(self) -> None:
        for thread, call in list(self._calls.items()):
            if not thread.is_alive() and self._calls.pop(thread, None) is not None:
                self._narrator.cancel(call)


def _place(caller: Any) -> tuple[CodeType, int] | None:
    """Where in a generate() of theirs this is called; None if it is elsewhere, as where tokens are chosen."""
    while caller is not None and caller.f_code.co_name == "put":  # a streamer that hands on to others
        caller = caller.f_back
    if caller is None or caller.f_code.co_name != "generate":
        return None
    is_theirs = str(caller.f_globals.get("__name__")).startswith("transformers")
    return (caller.f_code, caller.f_lasti) if is_theirs else None
