"""A language model that always gives the same answers, token by token, as fast as it is told to.

The tokens are cut roughly as a byte-pair encoding cuts English: a word with the space before it, long words
in parts, punctuation by itself. The pace is kept on a monotonic clock, so a slow reader loses no time: the
tokens that are due by then come at once, as they would from a socket.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

__all__ = ["ANSWERS", "ScriptedLLM"]

ANSWERS = {
    "long first sentence": (
        "The main reason why bread goes stale much faster in the refrigerator than it does on the kitchen"
        " counter is that starch molecules crystallise most quickly at temperatures just above the freezing"
        " point. When dough is baked, the starch in the flour takes up water and swells into a soft gel. As"
        " the loaf cools, those molecules slowly find their way back into order, and the crumb turns firm"
        " and dry although hardly any water has left it. Freezing stops the process almost completely, which"
        " is why a frozen slice comes out of the toaster nearly as good as new. So keep what you will eat"
        " within two days in a paper bag, slice the rest, and put it straight into the freezer."
    ),
    "opens with “Sure!”": (
        "Sure! Learning to juggle three balls takes most people about a week of short daily sessions, and"
        " the trick is to begin with only one. Throw it from hand to hand so that it peaks at the height of"
        " your eyes, and keep your elbows close to your body. Once that feels boring, take a second ball:"
        " throw the first, wait until it reaches its highest point, and only then throw the other one"
        " beneath it. Do not hand it across. With three balls nothing new happens, because it is the same"
        " exchange again and again. Expect to drop them often, so stand in front of a bed, where you will"
        " not have to bend down so far. How much time do you have each day?"
    ),
    "markdown list": (
        "Here is a simple plan for moving house:\n\n"
        "- **Eight weeks before:** sort through every room and give away whatever you have not used for a"
        " year.\n"
        "- **Six weeks before:** ask at least three companies for a quote, and check that they are insured.\n"
        "- **Four weeks before:** tell your bank, your doctor and your employer the new address.\n"
        "- **One week before:** pack a small bag with clothes, medicine, chargers and documents.\n"
        "- **On the day itself:** read the meters, take pictures of the empty rooms, and hand over the keys"
        " against a signature.\n\n"
        "Label each box on *two sides* with its room. Heavy things such as books belong in small boxes,"
        " light things in large ones; otherwise nobody will be able to lift them. Good luck with the move!"
    ),
}
"""What it says: about 120 words each, by what matters in them."""

_TOKEN = re.compile(r"'(?:s|t|re|ve|m|ll|d)\b| ?\w{1,8}| ?[^\w\s]+|\s+")


class ScriptedLLM:
    """One answer. Iterate it, once, for its tokens.

    rate: tokens a second.
    burst: how many come at a time, when the last of them has been made.
    began: when the first token was made, by time.monotonic().
    times: when each token was handed out so far.
    """

    def __init__(self, text: str, *, rate: float = 30.0, burst: int = 1) -> None:
        self.text = text
        self.tokens: list[str] = _TOKEN.findall(text)
        self.began = 0.0
        self.times: list[float] = []
        self._rate = rate
        self._burst = burst

    def __iter__(self) -> Iterator[str]:
        self.began = time.monotonic()
        for index, token in enumerate(self.tokens):
            last_of_burst = min(index // self._burst * self._burst + self._burst, len(self.tokens)) - 1
            due = self.began + last_of_burst / self._rate
            time.sleep(max(0.0, due - time.monotonic()))
            self.times.append(time.monotonic())
            yield token
