"""LLM deltas in, the prose that a person would read out of them: feed() → pieces, flush() → what was held.

Marks, code blocks, link targets, tags and reasoning fall away; formulas become words. This is no CommonMark
parser: a mark is judged by its neighbours, never by a partner that may not be written yet, so that nothing
waits for one. What does wait is bounded: a formula for its end, a link's target, a tag.

It knows nothing of characters that cannot be said, of numbers, words or sentences.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import NamedTuple

import regex

from ...audio import Span
from ..languages import language_of
from ..piece import Piece, TextOptions
from .formula import read_formula
from .inline import CODE_SPAN, INLINE, INLINE_TAGS
from .lines import CODE, CODE_LINE, LINE
from .window import Undecided, Window

__all__ = ["Speakable"]


class _Fence(NamedTuple):
    """What opened a code block, and so what closes it."""

    marks: str
    quoted: bool
    nested: bool

    def closed_by(self, marks: str, column: int) -> bool:
        return marks.startswith(self.marks) and _may_fence(column, self.nested)


class _Hidden(NamedTuple):
    """What is not said goes on until this; no more than `longest` characters of it can be cut off."""

    end: re.Pattern[str]
    longest: int


_HIDDEN = {
    "endless": _Hidden(re.compile(r"\)|(?=\s)"), 1),  # the target of a link
    "comment": _Hidden(re.compile("-->"), 3),
    "channel": _Hidden(re.compile(r"<\|channel\|>\s{0,4}final[^<]{0,60}<\|message\|>"), 96),
    "kimi": _Hidden(re.compile("◁/think▷"), 8),
    "mistral": _Hidden(re.compile(r"\[/THINK\]"), 8),
}
"""By what opens it."""


@dataclass(slots=True)
class _Line:
    """What is known of the line that is being read."""

    starting: bool = True
    column: int = 0
    quoted: bool = False
    follows_quote: bool = False
    is_block: bool = False  # a heading, a rule, a fence, a row: its end is a break whatever follows
    is_item: bool = False
    is_row: bool = False


class Speakable:
    """One text's way from what an LLM writes to prose.

    Spans are (begin, end) in code points of all the text fed so far. A "\\n" among the pieces is a break.
    """

    def __init__(self, options: TextOptions) -> None:
        self._code_blocks = options.code_blocks
        self._language = language_of(options.language)
        self._window = Window()
        self._pieces: list[Piece] = []
        self._line = _Line()
        self._newline: Span | None = None  # read, and the next line decides what it means
        self._in_list = False
        self._code_marks = 0  # how many backticks opened the code span that we are in
        self._fence: _Fence | None = None
        self._hidden: _Hidden | None = None

    def feed(self, text: str) -> list[Piece]:
        """Take the next delta, cut anywhere, and return what can be said for certain by now."""
        self._window.extend(text)
        return self._read()

    def flush(self) -> list[Piece]:
        """Return what was held back, as if the text ended here; open code blocks and reasoning stay open."""
        self._window.conclude()
        pieces = self._read()
        self._newline = None
        return pieces

    def _read(self) -> list[Piece]:
        window = self._window
        try:
            while window.has_more:
                self._step()
        except Undecided:
            pass
        window.forget()
        pieces, self._pieces = self._pieces, []
        return pieces

    def _step(self) -> None:
        """Read on a bit. Raises Undecided."""
        if self._hidden is not None:
            self._skip(self._hidden)
        elif self._fence is not None:
            if self._line.starting:
                self._begin_code_line(self._fence)
            else:
                self._read_code()
        elif self._line.starting:
            self._begin_line()
        else:
            self._read_inline()

    # Lines

    def _begin_line(self) -> None:
        window, line = self._window, self._line
        kind, found = window.next(LINE)
        if kind == "fence" and not _may_fence(line.column, self._in_list):
            kind = "text"
        if kind == "task" and not line.is_item:
            kind = "text"
        window.at = found.end() if kind != "text" else window.at
        match kind:
            case "indent":
                line.column += _width(found.group())
            case "blank":
                self._settle_newline("\n")
                self._line = _Line()
            case "quote":
                if not line.follows_quote:
                    self._settle_newline("\n")
                line.quoted = True
            case "heading" | "rule" | "definition":
                self._begin_block()
            case "row":
                self._begin_block()
                line.is_row = True
            case "bullet" | "number" | "footnote":
                self._begin_item(kind, found)
            case "fence":
                self._open_fence(found)
            case "label":
                self._settle_newline("\n")
                self._begin_text()
            case "text":
                self._begin_text()

    def _begin_text(self) -> None:
        self._settle_newline(" ")
        self._line.starting = False
        self._in_list = self._in_list and self._line.column > 0

    def _begin_block(self) -> None:
        self._settle_newline("\n")
        self._line.starting = False
        self._line.is_block = True
        self._in_list = self._in_list and self._line.column > 0

    def _begin_item(self, kind: str, found: regex.Match[str]) -> None:
        """A bullet is not said, and any block may follow it; a number is."""
        self._settle_newline("\n")
        self._in_list = True
        self._line.is_item = True
        self._line.column += len(found.group())
        if kind == "number":
            self._say(found)
            self._line.starting = False

    def _open_fence(self, found: regex.Match[str]) -> None:
        self._begin_block()
        self._fence = _Fence(found.group("marks"), self._line.quoted, self._in_list)
        if self._code_blocks == "announce":
            self._say_instead(self._language.code_block, found)
            self._say_instead("\n", found)

    def _end_line(self, found: regex.Match[str]) -> None:
        self._newline = self._window.span(found)
        before = self._window.text[: found.start()]
        if self._line.is_block or before.endswith("  "):  # the latter is Markdown's line break
            self._settle_newline("\n")
        self._line = _Line(follows_quote=self._line.quoted)

    def _settle_newline(self, meaning: str) -> None:
        """The line feed that was held back, if any, is a space or a break."""
        if self._newline is not None:
            self._pieces.append(Piece(meaning, self._newline))
            self._newline = None
        if meaning == "\n":
            self._code_marks = 0

    # Text

    def _read_inline(self) -> None:
        kind, found = self._window.next(CODE_SPAN if self._code_marks else INLINE)
        self._window.at = found.end()
        match kind:
            case "literal":
                self._say(found)
            case "newline":
                self._end_line(found)
            case "escaped" | "alt":
                self._say(found, kind)
            case "autolink":
                self._say(found, "link")
            case "code":
                self._toggle_code(len(found.group()))
            case "formula":
                self._say_instead(f" {read_formula(found.group('body'), self._language)} ", found)
            case "entity":
                self._say_instead(html.unescape(found.group()), found)
            case "power":
                self._say_instead("²" if found.group("digit") == "2" else "³", found)
            case "space" | "break" | "cell" | "pipe" | "tag":
                self._say_instead(self._spacing(kind, found), found)
            case "hidden" | "comment" | "channel" | "kimi" | "mistral" | "endless":
                self._hide(kind, found)

    def _spacing(self, kind: str, found: regex.Match[str]) -> str:
        """What stands between the words on either side of a mark."""
        match kind:
            case "break":
                return "\n"
            case "cell":
                return " | "
            case "pipe":
                return " | " if self._line.is_row else "|"
            case "tag":
                return "" if found.group("name").lower() in INLINE_TAGS else " "
            case _:
                return " "

    def _toggle_code(self, marks: int) -> None:
        if self._code_marks in (0, marks):
            self._code_marks = marks - self._code_marks

    def _say(self, found: regex.Match[str], group: str | int = 0) -> None:
        self._pieces.append(Piece(found.group(group), self._window.span(found, group)))

    def _say_instead(self, text: str, found: regex.Match[str]) -> None:
        if text:
            self._pieces.append(Piece(text, self._window.span(found), verbatim=False))

    # What is not said

    def _hide(self, kind: str, found: regex.Match[str]) -> None:
        if kind == "hidden":
            name = found.group("name")
            self._hidden = _Hidden(re.compile(rf"</{name}\s{{0,8}}>", re.IGNORECASE), len(name) + 11)
        else:
            self._hidden = _HIDDEN[kind]
        if kind not in ("comment", "endless"):
            self._say_instead(" ", found)

    def _skip(self, hidden: _Hidden) -> None:
        window = self._window
        found = hidden.end.search(window.text, window.at, len(window.text) - window.final)
        if found is None:
            window.at = max(window.at, len(window.text) - window.final - hidden.longest + 1)
            raise Undecided
        window.at = found.end()
        self._hidden = None

    # Code blocks

    def _begin_code_line(self, fence: _Fence) -> None:
        window, line = self._window, self._line
        if window.final and not window.text[window.at :].strip("`~ \t\n"):
            raise Undecided  # nothing would be said of it, and it may still become the end of the block
        kind, found = window.next(CODE_LINE)
        if kind == "indent":
            line.column += _width(found.group())
            window.at = found.end()
        elif kind == "quote" and fence.quoted:
            line.quoted = True
            window.at = found.end()
        elif fence.quoted and not line.quoted:
            self._fence = None
        elif kind == "fence" and fence.closed_by(found.group("marks"), line.column):
            self._fence = None
            self._begin_block()
            window.at = found.end()
        else:
            line.starting = False

    def _read_code(self) -> None:
        kind, found = self._window.next(CODE)
        self._window.at = found.end()
        if kind == "newline":
            if self._code_blocks == "speak":
                self._newline = self._window.span(found)
                self._settle_newline("\n")
            self._line = _Line()
        elif self._code_blocks == "speak" and not self._line.is_block:
            self._say(found)


def _width(indent: str) -> int:
    return len(indent) + 3 * indent.count("\t")


def _may_fence(column: int, in_list: bool) -> bool:
    """Four spaces of indent make code of a fence, save below a list's item."""
    return column < 4 or in_list
