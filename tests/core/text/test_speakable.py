from __future__ import annotations

import pytest

from llmvox_plugins.core.text import Piece, Speakable, TextOptions


def pieces_of(*deltas: str, code_blocks: str = "skip") -> list[Piece]:
    machine = Speakable(TextOptions(code_blocks="speak" if code_blocks == "speak" else "skip"))
    return [piece for delta in deltas for piece in machine.feed(delta)] + machine.flush()


def prose(*deltas: str, code_blocks: str = "skip") -> str:
    return "".join(piece.text for piece in pieces_of(*deltas, code_blocks=code_blocks))


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("plain text", "plain text"),
        ("*a* **b** ***c*** _d_ __e__ ~~f~~", "a b c d e f"),
        ("**bo**ld and **Note:** so", "bold and Note: so"),
        ("**bold *and italic* text**", "bold and italic text"),
        ("snake_case and a__b but _this_", "snake_case and a__b but this"),
        ("5 * 3 = 15", "5 * 3 = 15"),
        ("2*3 and 2**10", "2*3 and 2**10"),
        ("a ~ b, ~5 minutes", "a ~ b, ~5 minutes"),
        ("say `co*de_` now", "say co*de_ now"),
        ("``a`b`` *c*", "ab c"),
        (r"\*not emphasis\* \_x\_ \#", "*not emphasis* _x_ #"),
        ("\\\\", "\\"),
        (r"C:\Users", r"C:\Users"),
        ("wow! fine! ", "wow! fine! "),
    ],
)
def test_marks_inside_a_line_are_dropped_and_their_content_is_kept(markdown: str, said: str) -> None:
    assert prose("x " + markdown) == "x " + said


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("see [the docs](https://x.y/z_(a)?b=c) now", "see  the docs now"),
        ("![a picture](a.png) here", " a picture here"),
        ('[t](u "the title")!', " t!"),
        ("[![badge](b.png)](https://x.y)", "  badge"),
        ("fact [1].", "fact  1."),
        ("call (this) [that] (those)", "call (this)  that (those)"),
        ("[not](a link) there", " not(a link) there"),
    ],
)
def test_a_link_is_said_by_its_text(markdown: str, said: str) -> None:
    assert prose(markdown) == said


def test_a_link_target_too_long_to_wait_for_is_skipped_all_the_same() -> None:
    assert prose(f"![pic](data:image/png;base64,{'A' * 5000}) after") == " pic after"


@pytest.mark.parametrize(
    ("markdown", "sentences"),
    [
        ("one\ntwo", ["one two"]),
        ("one\r\ntwo", ["one two"]),
        ("one\n\ntwo", ["one", "two"]),
        ("one\r\n\r\ntwo", ["one", "two"]),
        ("one\n  \n\n\ntwo", ["one", "two"]),
        ("one\\\ntwo", ["one two"]),
        ("# One\ntwo", ["One", "two"]),
        ("one\n## Two", ["one", "Two"]),
        ("#hashtag", ["#hashtag"]),
        ("####### seven", ["####### seven"]),
        ("- one\n* two\n+ three", ["one", "two", "three"]),
        ("text:\n- one\n  - two\n- three", ["text:", "one", "two", "three"]),
        ("1. one\n2) two", ["1. one", "2) two"]),
        ("in\n1984. Then", ["in 1984. Then"]),
        ("it is\n-5 or\n+1", ["it is -5 or +1"]),
        ("> one\n> two\n>\n> three", ["one two", "three"]),
        ("a\n> b", ["a", "b"]),
        ("a\n\n---\n\nb", ["a", "b"]),
        ("a\n* * *\nb", ["a", "b"]),
        ("a\n***\nb\n___\nc", ["a", "b", "c"]),
        ("Title\n=====\ntext", ["Title", "text"]),
        ("--- not a rule", ["--- not a rule"]),
        ("**bold** start\n*italic* start", ["bold start italic start"]),
    ],
)
def test_lines_join_to_paragraphs_and_blocks_are_set_apart_by_breaks(
    markdown: str, sentences: list[str]
) -> None:
    assert [line.strip() for line in prose(markdown).split("\n") if line.strip()] == sentences


@pytest.mark.parametrize(
    "block",
    [
        "```\ncode\n```",
        "```python\ncode *x*\n```  ",
        "   ```\ncode\n  ```",
        "~~~\n```\ncode\n~~~~",
        "````\n```\ncode\n```\n````",
        "```\r\ncode\r\n```",
        "```\ncode ```\n    ```\n~~~\n```",
        "- ```\n  code\n  ```",
        "1. \n     ```\n     code\n     ```",
        "> ```\n> code\n> ```",
        "> ```\n> code that its quote ends",
    ],
)
def test_a_code_block_is_skipped(block: str) -> None:
    assert prose(f"before\n{block}\nafter").replace("1.", "").split() == ["before", "after"]


def test_a_code_block_is_spoken_without_its_fences_if_asked_for() -> None:
    said = prose("before\n```python\nx = *a*\n\ny\n```\nafter", code_blocks="speak")
    assert said.split() == ["before", "x", "=", "*a*", "y", "after"]
    assert "x = *a*\n" in said


def test_backticks_that_close_on_their_line_are_no_code_block() -> None:
    assert prose("```x``` is *it*\nand on") == "x is it and on"


def test_a_fence_indented_by_four_is_none_outside_a_list() -> None:
    assert prose("    ```\nsaid").split() == ["said"]


def test_a_code_block_never_closed_hides_the_rest() -> None:
    assert prose("a\n```\nb\n\n# c\n").split() == ["a"]


@pytest.mark.parametrize("name", ["think", "thinking", "reasoning", "THINK"])
def test_reasoning_is_dropped(name: str) -> None:
    text = f"<{name}>hm\n```\n<b> </{name.lower()}>\n\nHello <{name}>so</{name}> you"
    assert prose(text).split() == ["Hello", "you"]


def test_reasoning_never_closed_hides_the_rest_even_across_a_flush() -> None:
    machine = Speakable(TextOptions())
    assert "".join(piece.text for piece in machine.feed("a <think>b </thi") + machine.flush()) == "a  "
    assert machine.feed("nk c") + machine.flush() == []
    assert [piece.text for piece in machine.feed("</think>d")] == ["d"]


def test_a_closing_tag_is_recognised_across_a_flush() -> None:
    machine = Speakable(TextOptions())
    assert machine.feed("<think>b </thi") + machine.flush() == []
    assert [piece.text for piece in machine.feed("nk>c")] == ["c"]


def test_a_tag_in_code_is_only_text() -> None:
    assert prose("the `<think>` tag") == "the <think> tag"


def test_other_angle_brackets_stay() -> None:
    assert prose("a < b, <th and <thinker>") == "a < b, <th and <thinker>"


def test_a_code_span_ends_with_its_paragraph() -> None:
    assert prose("an `open span\n\n*and* on") == "an open span\nand on"


def test_an_open_code_block_outlives_a_flush() -> None:
    machine = Speakable(TextOptions())
    assert machine.feed("```py") + machine.flush() == []
    assert machine.feed("thon\ncode\n``") + machine.flush() == []
    assert "".join(piece.text for piece in machine.feed("`\nsaid") + machine.flush()).strip() == "said"


def test_spans_are_positions_in_all_the_text_fed() -> None:
    deltas = ["**b", "o**ld\n\n", r"\*x `y`"]
    text = "".join(deltas)
    for piece in pieces_of(*deltas):
        begin, end = piece.span
        assert piece.verbatim
        assert text[begin:end] == piece.text


def test_what_cannot_change_is_released_at_once() -> None:
    machine = Speakable(TextOptions())

    def said(delta: str) -> str:
        return "".join(piece.text for piece in machine.feed(delta))

    assert said("Hel") == "Hel"
    assert said("lo **") == "lo "
    assert said("b") == "b"
    assert said("old** and\n") == "old and"
    assert said("-") == ""
    assert said(" ") == "\n"
    assert said("see [the docs](https://") == "see  the docs"
    assert said("x.y)") == ""
    assert said(" <thi") == " "
    assert said("s") == "<this"
