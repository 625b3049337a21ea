from __future__ import annotations

import pytest

from llmvox_plugins.core.text import Characters, Piece, TextOptions


def normalized(piece: Piece) -> list[Piece]:
    machine = Characters(TextOptions())
    return machine.feed([piece]) + machine.flush()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("it’s ‘so’ “quoted” „hier“", 'it\'s \'so\' "quoted" "hier"'),
        ("a\u00a0b\u202fc\u3000d\te\u2028f", "a b c d e f"),
        ("non\u2011breaking", "non-breaking"),
        ("a\x00b\x07c\x7fd\x9f", "abcd"),
        ("z\u200be\u200dr\ufeffo\u00ad", "zero"),
        ("\u202eb\u2066i\u200fd\u2069i", "bidi"),
        ("s\ud800u\udfffr", "sur"),
        ("p\ue000r\U000f0000i\U0010fffdv", "priv"),
        ("😀g👩\u200d🚀o❤\ufe0fod🇩🇪 ✅", "good "),
        ("1\ufe0f\u20e3", "1"),
        ("naïve — Ünïcödé… 你好 مرحبا ½ € → ©", "naïve — Ünïcödé… 你好 مرحبا ½ € → ©"),
    ],
)
def test_what_no_voice_can_say_is_dropped_or_made_plain(written: str, said: str) -> None:
    assert "".join(piece.text for piece in normalized(Piece(written, (0, len(written))))) == said


def test_a_break_stays() -> None:
    assert normalized(Piece("\n", (3, 4))) == [Piece("\n", (3, 4))]


def test_letters_keep_their_positions_when_others_are_dropped() -> None:
    assert normalized(Piece("a\u200bbc’\ud800d", (10, 17))) == [
        Piece("a", (10, 11)),
        Piece("bc'", (12, 15)),
        Piece("d", (16, 17)),
    ]


def test_a_rewritten_piece_keeps_its_whole_span() -> None:
    piece = Piece("five\u00a0dollars", (4, 6), verbatim=False)
    assert normalized(piece) == [Piece("five dollars", (4, 6), verbatim=False)]


def test_a_piece_of_which_nothing_can_be_said_vanishes() -> None:
    assert normalized(Piece("\u200b😀", (0, 2))) == []


def named(*deltas: str, language: str = "en") -> str:
    machine = Characters(TextOptions(language=language, emoji="name"))
    pieces = [piece for delta in deltas for piece in machine.feed([Piece(delta, (0, len(delta)))])]
    return " ".join("".join(piece.text for piece in pieces + machine.flush()).split())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("I ❤️ it", "I red heart it"),
        ("👩\u200d🚀 and 👍🏽", "woman astronaut and thumbs up"),
        ("🇩🇪🎉🎉", "Germany, party popper"),
        ("ok ─│ done", "ok done"),
    ],
)
def test_emoji_are_named_if_asked_for(written: str, said: str) -> None:
    assert named(written) == said
    assert named(*written) == said


def test_emoji_are_named_in_the_language() -> None:
    assert named("❤️", language="de") == "rotes herz"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("١٢٫٥٪", "12.5%"),
        ("５ｋｍ", "5km"),
        ("𝐁𝐨𝐥𝐝 𝟓", "Bold 5"),
        ("−5", "-5"),
        ("५", "5"),
        ("你好，！", "你好，！"),
    ],
)
def test_digits_and_letters_of_all_alphabets_are_made_plain(written: str, said: str) -> None:
    assert "".join(piece.text for piece in normalized(Piece(written, (0, len(written))))) == said
