from __future__ import annotations

import pytest

from llmvox_plugins.core.text import Piece, TextOptions, Word, WordBuffer


def words_of(text: str, language: str = "en") -> list[Word]:
    machine = WordBuffer(TextOptions(language=language))
    return machine.feed([Piece(text, (0, len(text)))]) + machine.flush()


def marked(text: str, language: str = "en") -> str:
    """The words, with a "|" where a sentence ends."""
    return " ".join(word.text + "|" * word.ends_sentence for word in words_of(text, language))


def test_words_carry_their_punctuation_and_their_span() -> None:
    assert words_of("(Hello), \t world.") == [
        Word("(Hello),", (0, 8), False),
        Word("world.", (11, 17), True),
    ]


def test_a_word_may_come_in_several_pieces() -> None:
    machine = WordBuffer(TextOptions())
    pieces = [Piece("bo", (2, 4)), Piece("ld", (6, 8)), Piece(" ", (10, 11))]
    assert machine.feed(pieces) == []
    assert machine.feed([Piece("n", (11, 12))]) == [Word("bold", (2, 8), False)]


def test_all_words_of_a_rewritten_piece_share_its_span() -> None:
    machine = WordBuffer(TextOptions())
    pieces = [Piece("five million dollars", (4, 6), verbatim=False), Piece(". ", (6, 8))]
    assert machine.feed(pieces) == [
        Word("five", (4, 6), False),
        Word("million", (4, 6), False),
        Word("dollars.", (4, 7), True),
    ]


@pytest.mark.parametrize(
    "sentences",
    [
        "One.| Two!| Three?| Four…| Five...| Six?!|",
        "He said \"yes.\"| (Really?)| 'No!'| So|",
        "Dr. Smith met Mrs. J. R. Jones on St. James vs. Prof. X, e.g. at 3.14 or v2.0.1 of a.b.c now.|",
        "It is 1984.| Then: done|",
        "नमस्ते।| क्या؟| done|",
    ],
)
def test_a_sentence_ends_at_its_final_mark(sentences: str) -> None:
    assert marked(sentences.replace("|", "")) == sentences


@pytest.mark.parametrize(
    "sentences",
    [
        "No.| That is wrong.|",
        "see No. 5 there|",
        "pears, etc.| The end|",
        "pears, etc. and so on|",
        "at 5 p.m.| We left|",
        "at 5 p.m. sharp|",
        "So, no.|",
    ],
)
def test_what_follows_decides_whether_an_abbreviation_ends_the_sentence(sentences: str) -> None:
    assert marked(sentences.replace("|", "")) == sentences


def test_chinese_is_parted_at_its_marks() -> None:
    assert marked('你好。他说：「走！」然后，走了……"好！"') == '你好。| 他说： 「走！」| 然后， 走了……"好！"|'


def test_abbreviations_are_those_of_the_language() -> None:
    assert marked("bzw. so", "de") == "bzw. so|"
    assert marked("bzw. so", "de-AT") == "bzw. so|"
    assert marked("il sig. Rossi, ecc. e poi", "it") == "il sig. Rossi, ecc. e poi|"
    assert marked("bzw. so", "en") == "bzw.| so|"
    assert marked("Mr. So", "xx") == "Mr.| So|"


def test_the_number_of_a_list_item_ends_no_sentence() -> None:
    assert marked("1. Open\n2. Close 3. Go") == "1. Open| 2. Close 3.| Go|"


def test_a_break_ends_a_sentence() -> None:
    assert marked("Title\ntext") == "Title| text|"


def test_a_flush_ends_a_sentence_and_more_may_follow() -> None:
    machine = WordBuffer(TextOptions())
    assert machine.feed([Piece("Hel", (0, 3))]) == []
    assert machine.flush() == [Word("Hel", (0, 3), True)]
    assert machine.flush() == []
    assert machine.feed([Piece("lo. ", (3, 7))]) == [Word("lo.", (3, 6), True)]


def test_what_cannot_be_said_is_no_word() -> None:
    assert marked('a " b ``` ( c _ ~ d ./ # e ** f === g') == "a b c d e f g|"


def test_a_dash_between_words_is_a_pause() -> None:
    assert marked("so - b — c | d -- e—f, – g") == "so, b, c, d, e, f, g|"
    assert marked("5 - b, x - y") == "5 - b, x - y|"  # a minus, perhaps
    assert words_of("word — on")[0] == Word("word,", (0, 6), False)


def test_words_that_touch_are_parted() -> None:
    assert marked("one.Two Hi!You well...so see…Then a—b") == "one.| Two Hi!| You well... so see…| Then a, b|"
    assert marked("e.g.This v1.Two node.Js a.b.Cd https://a.bc.De/f") == (
        "e.g.This v1.Two node.| Js a.b.Cd https://a.bc.De/f|"
    )


def test_a_mark_on_its_own_belongs_to_the_word_before() -> None:
    assert marked("Really ?! Yes ... he said") == "Really?!| Yes... he said|"


def test_what_is_dropped_behind_the_last_word_does_not_take_its_end() -> None:
    machine = WordBuffer(TextOptions())
    text = "Done ** \nNext"
    assert machine.feed([Piece(text, (0, len(text)))]) == [Word("Done", (0, 4), True)]


@pytest.mark.parametrize(
    ("limit", "joint"),
    [(300, "; "), (380, ", "), (460, " because "), (560, " ")],
)
def test_a_very_long_sentence_is_split_at_a_natural_place(limit: int, joint: str) -> None:
    text = "word, " * 3 + ("word " * 200)[: limit - 45].strip() + joint + "more " * 80
    ends = [word.span[1] for word in words_of(text) if word.ends_sentence]
    assert len(ends) == 2
    assert ends[0] <= limit
    assert text[: ends[0]].endswith("word" + joint.replace("because", "").rstrip())


def test_symbols_with_a_name_are_words() -> None:
    assert marked("a & b + c = 5 % of 3 * 4 < € →") == "a & b + c = 5 % of 3 * 4 < € →|"


def test_a_space_before_a_mark_does_not_part_it_from_its_word_in_french() -> None:
    assert marked("Bonjour ! Ça va ? « Oui », dit-il.", "fr") == "Bonjour!| Ça va?| Oui», dit-il.|"
    assert words_of("Oui !", "fr") == [Word("Oui!", (0, 5), True)]


def test_a_word_is_released_by_the_white_space_that_ends_it() -> None:
    machine = WordBuffer(TextOptions())
    assert machine.feed([Piece("Hello.", (0, 6))]) == []
    assert machine.feed([Piece(" ", (6, 7))]) == [Word("Hello.", (0, 6), True)]


def test_without_spaces_a_word_is_released_after_its_mark() -> None:
    machine = WordBuffer(TextOptions(language="zh"))
    assert machine.feed([Piece("你好。", (0, 3))]) == []
    assert machine.feed([Piece("再", (3, 4))]) == [Word("你好。", (0, 3), True)]


def test_an_endless_word_is_cut() -> None:
    machine = WordBuffer(TextOptions())
    words = machine.feed([Piece("a" * 600, (5, 605))])
    assert [word.span for word in words] == [(5, 261), (261, 517)]
    assert machine.flush() == [Word("a" * 88, (517, 605), True)]


def test_an_endless_rewritten_word_is_cut_and_keeps_its_span() -> None:
    machine = WordBuffer(TextOptions())
    words = machine.feed([Piece("a" * 300, (5, 7), verbatim=False)]) + machine.flush()
    assert [(len(word.text), word.span) for word in words] == [(256, (5, 7)), (44, (5, 7))]
