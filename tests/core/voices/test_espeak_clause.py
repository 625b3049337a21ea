from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmvox_plugins.core.text import Word
from llmvox_plugins.core.voices.espeak.clause import Clause, Stretch, is_ready, next_clause, parts, stretches


def words(text: str, *, sentence: bool = False) -> list[Word]:
    """The words of a text; the last ends a sentence if so asked."""
    found = text.split()
    return [Word(word, (i, i + 1), sentence and i == len(found) - 1) for i, word in enumerate(found)]


@pytest.mark.parametrize(
    "last",
    [
        "well,",
        "so;",
        "this:",
        "what?",
        "no!",
        "wait…",
        "dash—",
        "(yes,)",
        "“oh!”",
        "你好，",
        "好。",
        "مرحبا،",
        "कहा।",
    ],
)
def test_a_clause_ends_with_its_punctuation(last: str) -> None:
    waiting = words(f"one {last} and more")
    assert is_ready(waiting)
    assert next_clause(waiting, is_all=False) == (tuple(waiting[:2]), f"one {last}", False)


def test_a_full_stop_within_a_sentence_ends_no_clause() -> None:
    assert not is_ready(words("then Dr. Smith"))


def test_a_sentence_without_punctuation_gets_a_full_stop_for_espeak_only() -> None:
    waiting = [*words("A heading", sentence=True), *words("and text")]
    assert next_clause(waiting, is_all=False) == (tuple(waiting[:2]), "A heading.", False)


@pytest.mark.parametrize("text", ["It is.", "Is it?", '"It is."', "Note:", "是。"])
def test_a_sentence_with_punctuation_is_given_as_it_is(text: str) -> None:
    assert next_clause(words(text, sentence=True), is_all=False).text == text


def test_what_is_all_there_is_ends_like_a_sentence() -> None:
    assert next_clause(words("and then"), is_all=True).text == "and then."


def test_a_clause_to_be_continued_has_the_next_word_as_context() -> None:
    waiting = words("The capital of")
    assert not is_ready(waiting)
    assert next_clause(waiting, is_all=False) == (tuple(waiting), "The capital of", True)


def test_a_clause_has_at_most_forty_words() -> None:
    waiting = words("word " * 41)
    assert not is_ready(waiting[:40])
    assert is_ready(waiting)
    clause = next_clause(waiting, is_all=True)
    assert (len(clause.words), clause.continues) == (41, True)
    assert len(next_clause(waiting[:40], is_all=True).words) == 40


def test_a_word_beyond_measure_is_spoken_in_parts_and_in_short_clauses() -> None:
    waiting = list(parts(Word("f" * 100_000, (7, 100_007), True)))
    assert "".join(part.text for part in waiting) == "f" * 100_000
    assert {part.span for part in waiting} == {(7, 100_007)}
    assert [part.ends_sentence for part in waiting].index(True) == len(waiting) - 1
    assert is_ready(waiting)
    assert len(next_clause(waiting, is_all=True).text) < 300


def test_an_ordinary_word_is_its_only_part() -> None:
    word = Word("word", (1, 5), True)
    assert list(parts(word)) == [word]


def cut(text: str, positions: list[tuple[int, int]], *, continues: bool = False) -> list[Stretch]:
    return stretches(Clause(tuple(words(text)), text, continues), positions, 1000)


def test_each_word_has_the_samples_up_to_the_next() -> None:
    assert cut("one two six", [(0, 50), (4, 300), (8, 600)]) == [
        (0, 1, 0, 300),
        (1, 2, 300, 600),
        (2, 3, 600, 1000),
    ]


def test_several_positions_in_a_word_are_one_stretch() -> None:
    assert cut("say 3.14", [(0, 0), (4, 200), (6, 400), (6, 600)]) == [(0, 1, 0, 200), (1, 2, 200, 1000)]


def test_a_word_without_a_position_shares_its_neighbours_stretch() -> None:
    assert cut("there are two", [(0, 0), (10, 500)]) == [(0, 2, 0, 500), (2, 3, 500, 1000)]
    assert cut("— oh my", [(2, 100), (5, 500)]) == [(0, 2, 0, 500), (2, 3, 500, 1000)]


def test_a_word_without_samples_shares_its_neighbours_stretch() -> None:
    assert cut("one two six", [(0, 0), (4, 0), (8, 1000)]) == [(0, 3, 0, 1000)]


def test_nothing_spoken_is_no_stretch() -> None:
    assert cut("…", []) == []


def test_the_word_of_context_is_left_out() -> None:
    assert cut("The capital of", [(0, 0), (4, 200), (12, 800)], continues=True) == [
        (0, 1, 0, 200),
        (1, 2, 200, 800),
    ]
    assert cut("so there are", [(0, 0), (3, 200)], continues=True) == [(0, 1, 0, 200)]


def test_a_context_that_cannot_be_told_apart_is_spoken() -> None:
    assert cut("there are", [(0, 0)], continues=True) == [(0, 2, 0, 1000)]


@given(
    st.lists(st.text("ab.", min_size=1, max_size=4), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(-9, 40), st.integers(-9, 40)), min_size=1, max_size=9),
    st.integers(1, 30),
)
def test_whatever_the_positions_the_stretches_cover_words_and_samples_in_order(
    texts: list[str], positions: list[tuple[int, int]], length: int
) -> None:
    text = " ".join(texts)
    found = stretches(Clause(tuple(words(text)), text, continues=False), positions, length)
    assert (found[0].first, found[0].begin) == (0, 0)
    assert (found[-1].next, found[-1].end) == (len(texts), length)
    assert all(a.next == b.first and a.end == b.begin for a, b in pairwise(found))
    assert all(stretch.first < stretch.next and stretch.begin < stretch.end for stretch in found)
