from __future__ import annotations

import pickle
import time
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmvox_plugins.core.text import Piece, Speakable, TextOptions, TextReader, Word, spoken_words

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

MARKS = [
    "*",
    "**",
    "_",
    "~~",
    "`",
    "```",
    "~~~",
    "\\",
    "[",
    "](",
    ")",
    "!",
    "#",
    ">",
    "- ",
    "1. ",
    "---",
    "===",
]
TAGS = ["<", "</", "<think>", "</think>", "<THINKING>", "</thinking>", "<reasoning>", "</reasoning>", "<b>"]
TEXT = [*"aB9 .,?\"'(:«", "No.", "etc.", "Dr.", "word ", "…", "x" * 130, "-" * 64, '(u "t")']
SPACE = ["\n", "\n\n", "\r", "\r\n", " ", "    ", "\t", "\u00a0", "\u2028"]
FOREIGN = [*"你。，！」é।؟", "😀", "\u200d", "\u202e", "\ufeff", "\ud83d", "\ude00", "\x00", "\x1f", "\ue000"]
texts = st.lists(st.sampled_from(MARKS + TAGS + TEXT + SPACE + FOREIGN), max_size=40).map("".join)
options = st.builds(
    TextOptions, language=st.sampled_from(["en", "fr", "zh"]), code_blocks=st.sampled_from(["skip", "speak"])
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
@given(st.lists(st.tuples(texts, st.lists(st.integers(0, 200))), min_size=1, max_size=3), options)
def test_cutting_the_input_elsewhere_never_changes_the_words(
    parts: list[tuple[str, list[int]]], options: TextOptions
) -> None:
    whole, cut_up, by_letter = TextReader(options), TextReader(options), TextReader(options)
    for text, places in parts:  # each part ends with a flush
        expected = read(whole, [text])
        assert read(cut_up, cut(text, places)) == expected
        assert read(by_letter, text) == expected


@settings(deadline=None, max_examples=200)
@given(texts, st.lists(st.integers(0, 200)))
def test_cutting_the_input_elsewhere_never_changes_the_prose(text: str, places: list[int]) -> None:
    whole, cut_up = Speakable(TextOptions()), Speakable(TextOptions())
    pieces = [piece for delta in cut(text, places) for piece in cut_up.feed(delta)] + cut_up.flush()
    assert letters(pieces) == letters(whole.feed(text) + whole.flush())


@settings(deadline=None, max_examples=200)
@given(texts)
def test_words_are_made_of_the_letters_of_their_spans_in_order(text: str) -> None:
    last = 0
    for word in spoken_words(text):
        begin, end = word.span
        assert last <= begin < end <= len(text)
        source: Iterator[str] = iter(text[begin:end])
        assert all(letter in source for letter in word.text)
        assert any(letter.isalnum() or letter in "*<>=" for letter in word.text)
        last = end


def test_an_answer_is_read_the_same_however_it_is_cut() -> None:
    expected = list(spoken_words(ANSWER))
    for size in (1, 2, 3, 5, 7, 11, 50):
        assert list(spoken_words(cut(ANSWER, range(0, len(ANSWER), size)))) == expected


def test_an_answer_is_read_as_a_person_would() -> None:
    words = spoken_words(ANSWER)
    assert " ".join(word.text + "|" * word.ends_sentence for word in words) == (
        "The plan Here's bold, it, co*de, snake_case and 2*3 = 6 *so*.| See the docs!| "
        "one pic| two| 1. nested, e.g. No. 5| 2. No.| Yes.| quoted text goes on| "
        'Hello world…| "Dr. Smith".| Answer here 1.| '
        'the <think> tag 你好。| 他说：" 再见！"| 然后， 走了 Title| 1984.|'
    ).replace("“", '"')


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


def test_in_prose_the_next_character_releases_a_word() -> None:
    text = "The quick (brown) fox, it's said, jumps; over the lazy dog. Isn't that 3.5 times 'too much'? "
    reader = TextReader(TextOptions())
    for at, char in enumerate(text):
        assert [word.span[1] for word in reader.feed(char)] == ([at] if char == " " else [])


@pytest.mark.parametrize(
    "text",
    [
        *(
            "a",
            "\n",
            "*",
            "_",
            "`",
            "~",
            "-",
            "=",
            "#",
            ">",
            " ",
            "\\",
            "[",
            "](",
            "](a(b",
            "<",
            "!",
            ".",
            "。",
        ),
        *("* ", "` ", "a*", "\n- ", "\n1.", "\r\n", "\n```", "```x\n", "</thin", "\ud800", "\u202e", "\x00"),
        *("```\ncode ", "<think>a ", "[a](b", '[a](b "', "😀", "“", "你好，", "No. ", "....a"),
    ],
)
def test_time_and_memory_are_bounded_on_any_input(text: str) -> None:
    long = (text * 20_000)[:20_000]
    reader = TextReader(TextOptions())
    started = time.process_time()
    for delta in [long, *long[:2000]]:
        reader.feed(delta)
        assert len(pickle.dumps(reader)) < 5000
    assert time.process_time() - started < 3


def test_ten_million_letters_without_a_space_take_linear_time() -> None:
    started = time.process_time()
    words = TextReader(TextOptions()).feed("a" * 10_000_000)
    assert time.process_time() - started < 5
    assert max(len(word.text) for word in words) == 256


def test_prose_costs_less_than_ten_microseconds_a_character() -> None:
    text = "Forty-two words of rather ordinary prose, written by nobody in particular, go by. " * 300
    deltas = cut(text, range(0, len(text), 4))
    reader = TextReader(TextOptions())
    started = time.process_time()
    for delta in deltas:
        reader.feed(delta)
    assert (time.process_time() - started) / len(text) < 10e-6
