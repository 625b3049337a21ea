"""Makes codes: one replica of the model, which steps any number of sentences as one batch.

Sentences come and go between any two steps. It knows neither words nor audio.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...model.llmvox import END_OF_AUDIO
from ...model.stepper import Stepper
from .guard import Fault, Guard
from .sampling import Sampling
from .sentence import Sentence

__all__ = ["Generator"]


GREEDY = Sampling()


class Generator:
    """guard: what stops a sentence that goes wrong; with None, only the model's last position does.
    ignore_end: whether the model's end of audio is a code like any other.
    """

    def __init__(
        self,
        stepper: Stepper[object],
        sampling: Sampling = GREEDY,
        guard: Guard | None = None,
        *,
        ignore_end: bool = False,
    ) -> None:
        self._stepper = stepper
        self._sampling = sampling
        self._guard = guard
        self._ignore_end = ignore_end
        self._longest = stepper.longest

    def admit(self, sentence: Sentence) -> bool:
        """Give it a place, if it has none; returns whether it has one now."""
        if sentence.place is None:
            sentence.place = self._stepper.open()
        return sentence.place is not None

    def step(self, sentences: Sequence[Sentence]) -> None:
        """One more code for each, or its end. All have a place, and something to read."""
        self.finish(sentences, self.launch(sentences))

    @torch.inference_mode()
    def launch(self, sentences: Sequence[Sentence]) -> Tensor:
        """The first half of a step; gives logits for finish(), which a GPU may still be computing."""
        return self._stepper.step(
            [sentence.place for sentence in sentences],
            [sentence.next_id() for sentence in sentences],
            [sentence.before for sentence in sentences],
        )

    @torch.inference_mode()
    def finish(self, sentences: Sequence[Sentence], logits: Tensor) -> None:
        best = logits.argmax(-1).tolist()
        for sentence, row, code in zip(sentences, logits, best, strict=True):
            self._take(sentence, self._chosen(sentence, row, code))

    def _chosen(self, sentence: Sentence, logits: Tensor, best: int) -> int:
        if sentence.chance is None and best != END_OF_AUDIO:
            return best
        if self._guard and not sentence.all_read:  # it cannot have said what it has not read
            logits = logits.index_fill(0, torch.tensor(END_OF_AUDIO, device=logits.device), -torch.inf)
        if sentence.chance is None:
            return int(logits.argmax())
        return self._sampling.draw(logits, sentence.chance)

    def _take(self, sentence: Sentence, code: int) -> None:
        if code == END_OF_AUDIO and not self._ignore_end:
            too_short = self._guard and self._guard.check_end(len(sentence.codes), sentence.text_bytes)
            sentence.end(too_short or None)
            return
        sentence.codes.append(code)
        if len(sentence.codes) >= self._longest:
            sentence.end(Fault("it reached the last position", 0))
        elif self._guard and (fault := self._guard.check(sentence.codes, sentence.text_bytes)):
            sentence.end(fault)
