from __future__ import annotations

import pickle
import runpy
import time
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.clock import cpu_seconds

from llmvox_plugins.core.text import (
    ALL_STEPS,
    Piece,
    Speakable,
    Step,
    TextOptions,
    TextReader,
    Word,
    spoken_words,
)

load_cases = runpy.run_path(str(Path(__file__).parents[3] / "benchmarks" / "cases.py"))["load_cases"]

ANSWER = """\
# The plan #
Here's **bo**ld, *it*, `co*de`, snake_case and 2*3 = 6 \\*so\\*. See [the docs](https://x.y/z_(a) "t")!

- one ![pic](a.png)
* two
  1. nested, e.g. No. 5
     ```python
     print("x")
     ```
  2. No. Yes.

> quoted *text*
> goes on
***
Hello\r
world… “Dr. Smith”. <think>hm ``` </think>Answer — here [1].
~~~
code
~~~
the `<think>` tag 你好。他说：“再见！”然后，走了
Title
=====
1984. <Reasoning>and so on"""

MARKS = (
    "* ** _ ~~ ` ``` ~~~ \\ [ ]( ) ! # > - 1. --- === | $ $$ \\( \\) ^ { } [^1] [1] < </ <think> </think> <b>"
    " <br>"
    " <!-- --> & &amp; <|x|> ◁think▷ 【1†a】"
).split()
TEXT = [*"aB9 .,?\"'(:«", "No.", "etc.", "Dr.", "word ", "…", "x" * 130, "-" * 64, '(u "t")', "—", "–", "--"]
SPACE = ["\n", "\n\n", "\r", "\r\n", " ", "    ", "\t", "\u00a0", "\u2028"]
FOREIGN = [
    *"你。，！」é।؟½²",
    "😀",
    "👩\u200d🚀",
    "\u200d",
    "\u202e",
    "\ufeff",
    "\ud83d",
    "\ude00",
    "\x00",
    "\x1f",
]
NUMBERS = (
    "5 $5 $3.50 million 1,234 1.234,5 234 % 10% -5 +1 (555) 123-4567 2024-01-15 3/4 1/2 10:30 p.m. PM h"
    " 5km km/h °C"
    " 21st 1990s Jan. January 3, XIV v1.2 x=5 a@b.co https://a.b/c 3. €"
).split()
WRITTEN = [case.written for case in load_cases(Path(__file__).parent / "data" / "cases.tsv")]


@st.composite
def written(draw: st.DrawFn) -> str:
    """What a model might write, from parts of the cases, and all that could part or join them."""
    part = st.one_of(
        st.sampled_from(MARKS + TEXT),
        st.sampled_from(SPACE + FOREIGN),
        st.sampled_from(NUMBERS),
        st.sampled_from(WRITTEN),
    )
    return "".join(draw(st.lists(st.tuples(part, st.sampled_from(["", "", " "])).map("".join), max_size=24)))


options = st.builds(
    TextOptions,
    language=st.sampled_from(["en", "en", "de", "fr", "es", "ar", "zh", "xx"]),
    code_blocks=st.sampled_from(["skip", "announce", "speak"]),
    emoji=st.sampled_from(["drop", "name"]),
    steps=st.sampled_from([ALL_STEPS, ALL_STEPS, ALL_STEPS - {"numbers"}, frozenset[Step]()]),
)


def cut(text: str, places: Iterable[int]) -> list[str]:
    edges = sorted({0, len(text), *(place for place in places if place < len(text))})
    return [text[begin:end] for begin, end in pairwise(edges)]


def read(reader: TextReader, deltas: Iterable[str]) -> list[Word]:
    return [word for delta in deltas for word in reader.feed(delta)] + reader.flush()


def letters(pieces: list[Piece]) -> list[tuple[str, int, int]]:
    """Every letter with its span, so that it does not matter into which pieces they were cut."""
    return [
        (letter, piece.span[0] + at, piece.span[0] + at + 1) if piece.verbatim else (letter, *piece.span)
        for piece in pieces
        for at, letter in enumerate(piece.text)
    ]


@settings(deadline=None, max_examples=400)
@given(st.lists(st.tuples(written(), st.lists(st.integers(0, 200))), min_size=1, max_size=3), options)
def test_cutting_the_input_elsewhere_never_changes_the_words(
    parts: list[tuple[str, list[int]]], options: TextOptions
) -> None:
    whole, cut_up, by_letter = TextReader(options), TextReader(options), TextReader(options)
    for text, places in parts:  # each part ends with a flush
        expected = read(whole, [text])
        assert read(cut_up, cut(text, places)) == expected
        assert read(by_letter, text) == expected


@settings(deadline=None, max_examples=200)
@given(written(), st.lists(st.integers(0, 200)))
def test_cutting_the_input_elsewhere_never_changes_the_prose(text: str, places: list[int]) -> None:
    whole, cut_up = Speakable(TextOptions()), Speakable(TextOptions())
    pieces = [piece for delta in cut(text, places) for piece in cut_up.feed(delta)] + cut_up.flush()
    assert letters(pieces) == letters(whole.feed(text) + whole.flush())


@settings(deadline=None, max_examples=300)
@given(written(), options)
def test_spans_lie_within_the_text_and_never_go_back(text: str, options: TextOptions) -> None:
    last = (0, 0)
    for word in read(TextReader(options), [text]):
        begin, end = word.span
        assert last[1] <= begin < end <= len(text) or (begin == last[0] and last[1] <= end <= len(text))
        assert word.text == "".join(word.text.split()) != ""
        last = word.span


@settings(deadline=None, max_examples=200)
@given(written())
def test_a_voice_that_rewrites_nothing_says_the_letters_of_the_spans_in_order(text: str) -> None:
    text = text.translate(
        dict.fromkeys(map(ord, "$\\&<"))
    )  # formulas, entities and tags become other letters
    for word in read(TextReader(TextOptions(steps=frozenset())), [text]):
        source = iter(text[slice(*word.span)])
        assert all(letter in source for letter in word.text if letter.isascii() and letter.isalpha())


def test_an_answer_is_read_the_same_however_it_is_cut() -> None:
    expected = list(spoken_words(ANSWER))
    for size in (1, 2, 3, 5, 7, 11, 50):
        assert list(spoken_words(cut(ANSWER, range(0, len(ANSWER), size)))) == expected


def test_an_answer_is_read_as_a_person_would() -> None:
    words = spoken_words(ANSWER)
    assert " ".join(word.text + "|" * word.ends_sentence for word in words) == (
        "The plan| Here's bold, it, co times de, snake case and two times three equals six so.| "
        "See the docs!| one pic| two| one, nested, for example number five| two, No.| Yes.| "
        "quoted text goes on| "
        'Hello world…| "Doctor Smith".| Answer, here.| '
        'the think tag 你好。| 他说： "再见！"| 然后， 走了 Title| nineteen eighty-four.|'
    )


def test_a_word_spans_its_letters_in_the_original() -> None:
    text = "a **bo**ld *move* ’tis"
    assert [text[slice(*word.span)] for word in spoken_words(text)] == ["a", "bo**ld", "move", "’tis"]


def test_the_last_word_ends_a_sentence_after_a_flush() -> None:
    reader = TextReader(TextOptions())
    assert reader.feed("Hello wor") == [Word("Hello", (0, 5), False)]
    assert reader.flush() == [Word("wor", (6, 9), True)]
    assert read(reader, ["ld\n"]) == [Word("ld", (9, 11), True)]


def test_words_come_while_the_text_is_still_being_written() -> None:
    asked: list[str] = []

    def deltas() -> Iterator[str]:
        for delta in ("Hello", " wo", "rld", ".", " Bye"):
            asked.append(delta)
            yield delta

    words = spoken_words(deltas())
    assert (next(words).text, asked[-1]) == ("Hello", " wo")
    assert (next(words).text, asked[-1]) == ("world.", " Bye")
    assert next(words) == Word("Bye", (13, 16), True)


def test_in_prose_a_word_waits_for_the_next_letter_and_one_that_ends_its_sentence_for_a_space() -> None:
    text = "The quick (brown) fox, it's said, jumps; over the lazy dog. Isn't that 'too much'? So. "
    reader = TextReader(TextOptions())
    for at, char in enumerate(text):
        for word in reader.feed(char):
            is_marked = word.text[-1] in ".?"
            assert at - word.span[1] == (0 if is_marked else 2 if text[at - 1] in "('" else 1)


def test_a_rewritten_group_shares_its_span() -> None:
    text = "It costs $5 million now."
    said = [(word.text, text[slice(*word.span)]) for word in spoken_words(text)]
    group = "$5 million"
    assert said[2:5] == [("five", group), ("million", group), ("dollars", group)]
    assert said[5] == ("now.", "now.")


HOSTILE = [
    *("a", "\n", "*", "_", "`", "~", "-", "=", "#", ">", " ", "\\", "[", "](", "](a(b", "<", "!", ".", "。"),
    *("* ", "` ", "a*", "\n- ", "\n1.", "\r\n", "\n```", "```x\n", "</thin", "\ud800", "\u202e", "\x00"),
    *(
        "```\ncode ",
        "<think>a ",
        "[a](b",
        '[a](b "',
        "😀",
        "“",
        "你好，",
        "No. ",
        "....a",
        "« ",
        "> > ",
        "((“",
    ),
    *(
        "$",
        "$a",
        "$5 ",
        "$$a ",
        "\\(a ",
        "\\[a\n",
        "\\begin{a}",
        "&a",
        "<b a=",
        "<!-- ",
        "<|a",
        "|",
        "| - ",
        "【1",
    ),
    *(
        "9",
        "9 ",
        "9,999,",
        "1/2 ",
        "+1 ",
        "(555) ",
        "5-",
        "5:0",
        "a@b.",
        "https://a/",
        "/a",
        "a_",
        "A.",
        "IV ",
        "x^",
        "½",
    ),
    *("- - ", "[^", "👩\u200d", "5 p.m. ", "Jan. 3 ", "\u0301", "你5"),
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("language", ["en", "de", "zh"])
def test_time_and_memory_are_bounded_on_any_input(text: str, language: str) -> None:
    long = (text * 10_000)[:10_000]
    reader = TextReader(TextOptions(language=language))
    reader.feed("It is 5 km. ")
    empty = len(pickle.dumps(reader))
    started = time.thread_time()
    for at, delta in enumerate([long, *long[:1000]]):
        reader.feed(delta)
        assert at % 37 or len(pickle.dumps(reader)) < empty + 8000
    assert time.thread_time() - started < 3


OPENINGS = [
    *(
        "<a href",
        "<a href=",
        "<a href='",
        "<img ",
        "<img alt",
        '<img alt="',
        "<!--",
        "<think",
        "<think |",
        "</think ",
    ),
    *(
        "<|",
        "<|im",
        "&",
        "&#",
        "[x](",
        "[x](<",
        "[x](a ",
        '[x](a "',
        "![",
        "[x][",
        "[^",
        "[^1]:",
        "[ref]:",
        "[ref]: ",
    ),
    *(
        "[1",
        "[1, ",
        "【1",
        "【1†",
        "$",
        "$x",
        "$5",
        "$$",
        "\\(",
        "\\[",
        "\\begin{",
        "\\begin{a}",
        "`",
        "```",
        "~~~",
    ),
    *(
        "- ",
        "1",
        "#",
        ">",
        "*",
        "_",
        "-",
        "=",
        "\\",
        "|",
        "| ",
        "|-",
        "Jan. ",
        "5 ",
        "$5 ",
        "+1 ",
        "(5",
        "No. ",
        "U.",
    ),
    *("«", '"', "A", "https://a.b/", "a@", "1/", "1.", "1,", "10:", "5-", "x^", "/a/"),
]


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize("filler", [" ", "a", "a ", "5", "(", "-", "\t"])
def test_nothing_that_never_closes_is_waited_for_without_end(opening: str, filler: str) -> None:
    reader = TextReader(TextOptions())
    reader.feed("It is 5 km. ")
    empty = len(pickle.dumps(reader))
    started = time.thread_time()
    for delta in (opening + filler * 20_000, *(filler * 300)):
        reader.feed(delta)
    assert time.thread_time() - started < 1
    assert len(pickle.dumps(reader)) < empty + 8000


@pytest.mark.parametrize(
    "text", ["Plain words, and more of them. ", "**5** of [it](x) cost $5 & `so`\n- on\n"]
)
def test_time_grows_linearly(text: str) -> None:
    def seconds(length: int) -> float:
        whole = (text * length)[:length]
        return cpu_seconds(lambda: TextReader(TextOptions()).feed(whole))

    assert seconds(160_000) < 16 * seconds(20_000)


def test_ten_million_letters_without_a_space_take_linear_time() -> None:
    started = time.thread_time()
    words = TextReader(TextOptions()).feed("a" * 10_000_000)
    assert time.thread_time() - started < 5
    assert max(len(word.text) for word in words) == 256


@pytest.mark.parametrize("text", ["\n", "😀", "\u202e", "“", "> ", "\ud800", "<think>so ", "```\nno end "])
def test_a_million_of_anything_costs_less_than_ten_microseconds_a_character(text: str) -> None:
    whole = (text * 1_000_000)[:1_000_000]

    def words() -> list[Word]:
        reader = TextReader(TextOptions())
        return reader.feed(whole) + reader.flush()

    assert cpu_seconds(words, tries=2) / len(whole) < 10e-6
    assert words() == []


def test_prose_costs_less_than_ten_microseconds_a_character() -> None:
    text = "Forty-two words of rather ordinary prose, written by nobody in particular, go by. " * 300
    deltas = cut(text, range(0, len(text), 4))

    def read() -> None:
        reader = TextReader(TextOptions())
        for delta in deltas:
            reader.feed(delta)

    assert cpu_seconds(read) / len(text) < 10e-6
