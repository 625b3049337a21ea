from __future__ import annotations

import pytest

from llmvox_plugins.core.text import Piece, Speakable, TextOptions


def pieces_of(*deltas: str, code_blocks: str = "skip") -> list[Piece]:
    machine = Speakable(TextOptions(code_blocks="speak" if code_blocks == "speak" else "skip"))
    return [piece for delta in deltas for piece in machine.feed(delta)] + machine.flush()


def said_of(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces).strip()


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
        ("nums = [2,7], f([3]) and [0, 1]", "nums =  2,7, f( 3) and  0, 1"),
        ("fact [1], and[2][3] more [4, 5]–[7].", "fact , and more –."),
        ("[5](five.html) apples", " 5 apples"),
        ("see [the docs][ref] and [this][]", "see  the docs and  this"),
        ("source 【4†report.pdf】.", "source ."),
        ("a note[^1] here", "a note here"),
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
        ("one\\\ntwo", ["one", "two"]),
        ("Name: Jo  \nAge: 3", ["Name: Jo", "Age: 3"]),
        ("✅ one\n✅ two", ["✅ one", "✅ two"]),
        ("**One:** a\n**Two:** b", ["One: a", "Two: b"]),
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


@pytest.mark.parametrize(
    ("markdown", "sentences"),
    [
        ("| a | b |\n|---|:-:|\n| c | d |\n\ntext", ["a  |  b", "c  |  d", "text"]),
        ("a | b\n--- | ---\nc | d", ["a | b", "c | d"]),
        ("|a|b|\n|-|-|\n|c|d|", ["a | b", "c | d"]),
        ("- [ ] milk\n- [x] eggs", ["milk", "eggs"]),
        ("• one\n– two", ["one", "two"]),
        ("## Title ##\ntext", ["Title", "text"]),
        ("a[^n].\n\n[^n]: The note.", ["a.", "The note."]),
        ('a\n\n[ref]: https://x.y/z "t"\n\nb', ["a", "b"]),
        ("a\n+---+---+\n /\\_/\\ \n( . . )\nb", ["a", "b"]),
        ("a<br>b<br/>c", ["a", "b", "c"]),
        ("<p class='x'>one</p><ul><li>two</li><li>three</li></ul>", ["one", "two", "three"]),
    ],
)
def test_tables_lists_notes_and_drawings_are_set_apart(markdown: str, sentences: list[str]) -> None:
    assert [line.strip() for line in prose(markdown).split("\n") if line.strip()] == sentences


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("H<sub>2</sub>O and x<sup>2</sup>", "H2O and x²"),
        ("<b>bold</b> and <a href='https://x.y'>a link</a>", "bold and a link"),
        ("a &amp; b &lt; c&nbsp;d &#8364; &#x41; &unknown;", "a & b < c\xa0d € A &unknown;"),
        ("one<!-- not\nsaid -->two", "onetwo"),
        ("a\n<script>if (a < b) {}</script> b", "a   b"),
        ("in the <head> of a <script> or List<object> here", "in the   of a   or List  here"),
        ('see <img src="a.png" alt="a cat"> here', "see a cat here"),
        ("mail <me@example.com> or <https://x.y>", "mail me@example.com or https://x.y"),
        ("a <answer>yes</answer>", "a  yes "),
    ],
)
def test_of_html_the_text_is_said(html: str, said: str) -> None:
    assert prose(html) == said


@pytest.mark.parametrize(
    ("latex", "said"),
    [
        (r"$x^2$", "x squared"),
        (r"$\frac{1}{2}$ and $\frac{a+b}{c}$", "one half and a plus b over c"),
        (r"\(a \leq b\)", "a is less than or equal to b"),
        ("$$\nE = mc^2\n$$", "E equals m c squared"),
        (r"\[\sqrt{x} \neq \sqrt[3]{y}\]", "the square root of x is not equal to the cube root of y"),
        (r"$\sum_{i=1}^{n} x_i$", "the sum from i equals 1 to n of x sub i"),
        (r"$ABC$, $nRT$ and $F_{net} = ma$", "A B C , n R T and F sub n e t equals m a"),
        (r"$f(x) = \sin(2\theta)$", "f of x equals sine of 2 theta"),
        (r"$P(A|B)$, $|x - 2|$", "P of A B , the absolute value of x minus 2"),
        (r"$x_1, \ldots, x_n$", "x sub 1, , x sub n"),
        (r"$5 \text{ apples} + \alpha$", "5 apples plus alpha"),
        (r"$" + "{" * 60 + "x" + "}" * 60 + "$", "x"),
    ],
)
def test_a_formula_is_said_in_words(latex: str, said: str) -> None:
    assert " ".join(prose(latex).split()) == said


@pytest.mark.parametrize(
    "text",
    [
        "from $5 and $10",
        "$5-$10",
        "$5 or $6.",
        "costs $20/month",
        "a $HOME b",
        "$ 5 $",
        "$1, $2 and $3,",
        "$5$6",
    ],
)
def test_money_is_no_formula(text: str) -> None:
    assert prose(text) == text


def test_a_code_block_is_announced_if_asked_for() -> None:
    options = TextOptions(code_blocks="announce")
    machine = Speakable(options)
    text = "before\n```python\nx = 1\n```\nafter"
    pieces = machine.feed(text) + machine.flush()
    assert [piece.text.strip() for piece in pieces if piece.text.strip()] == [
        "before",
        "Code block.",
        "after",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[THINK]hm[/THINK]Hello",
        "◁think▷hm◁/think▷Hello",
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Hello<|return|>",
        '<tool_call>{"name": "x"}</tool_call>Hello',
        "<|im_start|>Hello<|im_end|>",
        "</think>Hello",
    ],
)
def test_what_models_put_around_their_reasoning_is_known(text: str) -> None:
    assert prose(text).split() == ["Hello"]


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
    assert said_of(machine.feed("<think>b </thi") + machine.flush()) == ""
    assert said_of(machine.feed("nk>c")) == "c"


def test_a_tag_in_code_is_only_text() -> None:
    assert prose("the `<think>` tag") == "the <think> tag"


def test_other_angle_brackets_stay() -> None:
    assert prose("a < b, <3 and x<y and z>w") == "a < b, <3 and x<y and z>w"


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
    assert said(" ") == ""
    assert said("item") == "\nitem"
    assert said("see [the docs](https://") == "see  the docs"
    assert said("x.y)") == ""
    assert said(" <thi") == " "
    assert said("s, so") == "<this, so"
