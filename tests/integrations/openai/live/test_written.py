"""Text in pieces, as JavaScript cuts it, and its places in both ways of counting."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmvox_plugins.integrations.openai.live.written import WrittenText


def cut_in_utf16(text: str, places: list[int]) -> list[str]:
    """As `text.slice(a, b)` would cut it in a browser: within a character too."""
    units = text.encode("utf-16-le", "surrogatepass")
    cuts = sorted({0, *(2 * (place % (len(units) // 2 + 1)) for place in places), len(units)})
    return [units[begin:end].decode("utf-16-le", "surrogatepass") for begin, end in pairwise(cuts)]


@given(st.text(max_size=20), st.lists(st.integers(0, 100)))
def test_the_text_does_not_depend_on_the_pieces(text: str, places: list[int]) -> None:
    written = WrittenText()
    parts = [written.add(piece) for piece in cut_in_utf16(text, places)]
    assert "".join([*parts, written.flush()]) == text
    assert written.length == len(text)
    for at in range(len(text) + 1):
        assert written.utf16((0, at)) == [0, len(text[:at].encode("utf-16-le")) // 2]


@pytest.mark.parametrize("pieces", [["a\ud83d"], ["\ud83d", "b"], ["\ude00"], ["\ud83d", "\ud83d", "\ude00"]])
def test_half_a_character_stays_half(pieces: list[str]) -> None:
    written = WrittenText()
    whole = "".join([*map(written.add, pieces), written.flush()])
    assert whole.encode("utf-16", "surrogatepass") == "".join(pieces).encode("utf-16", "surrogatepass")
