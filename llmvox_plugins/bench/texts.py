"""What is said: sentences of some length, so that each is 5 or 6 seconds of speech at 15 bytes a second."""

from __future__ import annotations

from itertools import cycle, islice

__all__ = ["FIRST", "sentences", "speech"]

_SENTENCES = (
    "The water under the old stone bridge was still that morning, and nobody spoke.",
    "She put the letter back into its envelope and looked for a long while at the sea.",
    "Every evening the lamps along the harbor are lit one after another by the same man.",
    "If the train is late again, we will simply walk along the river until it is dark.",
    "Nobody in the village remembers who planted the chestnut trees along this road.",
    "A good carpenter measures twice, and then he thinks about it for a little longer.",
    "There was music in the house next door, though its windows had been shut for years.",
)

FIRST = _SENTENCES[0]
_BYTES = 15  # a second


def sentences(count: int, start: int = 0) -> list[str]:
    """They come round again; `start` is the number of the first."""
    return list(islice(cycle(_SENTENCES), start, start + count))


def speech(seconds: float, start: int = 0) -> str:
    """A text for that long, or as little longer as words allow."""
    words: list[str] = []
    for word in " ".join(sentences(1 + int(seconds), start)).split(" "):
        if sum(len(word) + 1 for word in words) >= _BYTES * seconds:
            break
        words.append(word)
    return " ".join(words).rstrip(".,") + "."
