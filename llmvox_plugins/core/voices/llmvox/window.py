"""From codes to audio a window at a time, so that the joints are not heard.

The codec's decoder hears what stands around a frame, so a window decoded alone breaks off at both ends. Each
window is decoded together with the codes before it; its last frames, which lack what follows them, wait for
the next window; and from the one to the next there is a short cross-fade.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...audio import Samples
from ...errors import ConfigurationError

__all__ = ["WindowSizes", "Windows"]


@dataclass(frozen=True, slots=True)
class WindowSizes:
    """In codes, which are 1/75 s each.

    first: of the first window of a stream, and the least that a window is made of later on.
    largest: of any.
    context: codes before the window that are decoded with it.
    unsettled: the window's last frames, which are decoded again with the next one; of a small window, they
        are only its last quarter.
    fade: frames before them that the two windows share.
    adapts: whether the first window may be larger, where many streams would otherwise run dry after it.
    Raises ConfigurationError.
    """

    first: int = 8
    largest: int = 128
    context: int = 8
    unsettled: int = 6
    fade: int = 1
    adapts: bool = True

    @property
    def again(self) -> int:
        """Frames that are decoded with a window, and that another one gives out."""
        return self.context + self.unsettled + self.fade

    def __post_init__(self) -> None:
        if self.first < 4:
            raise ConfigurationError(
                f"the first window is {self.first} codes, but must be 4 at least, for the last are held back"
            )
        if self.largest < self.first:
            raise ConfigurationError(
                f"the largest window, {self.largest} codes, is less than the first, {self.first}"
            )


class Windows:
    """Those of one sentence. `done` frames of it have been given out.

    decode: codes → samples, (hop · codes,); nothing else is known of the codec.
    """

    def __init__(self, sizes: WindowSizes, hop: int, decode: Callable[[Sequence[int]], Samples]) -> None:
        self.done = 0
        self._sizes, self._hop, self._decode = sizes, hop, decode
        self._tail = np.zeros(0, np.float32)  # what the last window said of the frames that come next

    def next(self, codes: Sequence[int], *, last: bool) -> Samples:
        """The audio of all that is settled by now; at the last window, of all. codes: the sentence's."""
        sizes, hop = self._sizes, self._hop
        unsettled = min(sizes.unsettled, (len(codes) - self.done) // 4)
        end = len(codes) if last else len(codes) - unsettled - sizes.fade
        if end <= self.done and not last:
            return np.zeros(0, np.float32)
        begin = max(0, self.done - sizes.context)
        audio = self._decode(codes[begin:]) if begin < len(codes) else self._tail
        audio = audio[(self.done - begin) * hop :]
        _blend(audio, self._tail)
        settled = (end - self.done) * hop
        self._tail, self.done = audio[settled : settled + sizes.fade * hop].copy(), end
        return audio[:settled]


def _blend(audio: Samples, before: Samples) -> None:
    """Go over from what the window before said to what this one says, in place."""
    count = min(len(audio), len(before))
    ramp = np.linspace(0, 1, count, endpoint=False, dtype=np.float32)
    audio[:count] = before[:count] + ramp * (audio[:count] - before[:count])
