"""LLM deltas in, the prose that a person would read out of them: feed() → pieces, flush() → what was held.

Markdown's marks, code blocks, link targets and inline reasoning fall away. This is no CommonMark parser: a
mark is judged by its neighbours, never by a partner that may not be written yet, so that nothing waits for
one. Only a mark whose neighbour is still to come waits; the longest, a link's target, for some thousand
characters at the very most.

It knows nothing of characters that cannot be said, of numbers, words or sentences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from ..audio import Span
from .piece import Piece, TextOptions

__all__ = ["Speakable"]

_LONGEST_RUN = 128  # a longer run of one mark is decoration
_LONGEST_TARGET = 250  # of a link, each of the up to four parts that it is read in
_LONGEST_INFO = 1000  # what stands behind the opening fence of a code block

_REASONING = ("think", "thinking", "reasoning")
_TAGS = tuple(f"<{slash}{name}>" for name in _REASONING for slash in ("", "/"))
_LONGEST_TAG = max(map(len, _TAGS))
_TAG = rf"(?i:</?(?:{'|'.join(_REASONING)})>)"
_PARTIAL_TAG = rf"(?i:{'|'.join(sorted({tag[:n] for tag in _TAGS for n in range(1, len(tag))}))})"

_LINE_START = re.compile(
    rf"""
    (?P<indent> [ \t\ufeff]+ )
  | (?P<crlf> (?<=\r)\n )
  | (?P<blank> [\r\n] )
  | (?P<quote> > )
  | (?P<heading> \#{{1,6}} (?=\s|\Z) )
  | (?P<rule> (?P<same>[-*_=])(?P=same){{2,{_LONGEST_RUN - 1}}} [ \t]{{0,{_LONGEST_RUN}}} (?=[\r\n]|\Z) )
  | (?P<bullet> [-*+•] (?=\s|\Z) )
  | (?P<number> \d{{1,3}}[.)] (?=\s|\Z) )
  | (?P<fence> `{{3,{_LONGEST_RUN}}} (?=[^`\r\n]{{0,{_LONGEST_INFO}}}(?:[\r\n]|\Z))
             | ~{{3,{_LONGEST_RUN}}} (?!~) )
  | (?P<tag> {_TAG} )
  | (?P<text> )
    """,
    re.VERBOSE,
)
_UNDECIDED_LINE = re.compile(
    rf"""
    \#{{1,6}} | [+•] | \d{{1,3}}[.)]? | {_PARTIAL_TAG}
  | ([-*_=])\1{{0,{_LONGEST_RUN - 1}}} | ([-*_=])\2{{2,{_LONGEST_RUN - 1}}} [ \t]{{0,{_LONGEST_RUN}}}
  | `{{1,2}} | `{{3,{_LONGEST_RUN}}} [^`\r\n]{{0,{_LONGEST_INFO}}} | ~{{1,{_LONGEST_RUN}}}
    """,
    re.VERBOSE,
)

_SHORT = rf"{{1,{_LONGEST_RUN - 1}}}"  # a run of which it is known where it ends
_TARGET = rf"[^\s()]{{0,{_LONGEST_TARGET}}}"
_TITLE = rf'[^"\r\n]{{0,{_LONGEST_TARGET}}}'
_TEXT = re.compile(
    rf"""
    (?P<plain> [^\\*_~`<\[\]!\r\n]+ )
  | (?P<newline> [\r\n] )
  | \\ (?P<escaped> [!-/:-@\[-`{{-~] )
  | (?P<literal>
        (?<!\S)(?: \*{_SHORT} | _{_SHORT} | ~{_SHORT} )(?!\S)     # between spaces
      | (?<=\d) \*{{1,2}} (?=\d)                                  # arithmetic
      | (?<=[^\W_]) _{_SHORT} (?=[^\W_])                          # snake_case
      | (?<!~) ~ (?!~) )                                          # "about"
  | (?P<mark> [*]{{1,{_LONGEST_RUN}}} | _{{1,{_LONGEST_RUN}}} | ~{{1,{_LONGEST_RUN}}} | \\(?=[\r\n]) )
  | (?P<code> `{{1,{_LONGEST_RUN}}} )
  | (?P<tag> {_TAG} )
  | (?P<opening> !?\[ )
  | (?P<target> \]\( {_TARGET} (?: \( {_TARGET} \) {_TARGET} )? (?: [ ]"{_TITLE}" )? \) )
  | (?P<endless> \]\( [^\s()]{{{_LONGEST_TARGET + 1}}} )
  | (?P<closing> \] )
  | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_UNDECIDED_TEXT = re.compile(
    rf"""
    \\ | ! | \*{_SHORT} | _{_SHORT} | ~{_SHORT} | `{_SHORT} | {_PARTIAL_TAG}
  | \] (?: \( {_TARGET} (?: \( {_TARGET} (?: \) {_TARGET} )? )? (?: [ ](?: "{_TITLE}"? )? )? )?
    """,
    re.VERBOSE,
)
_CODE_SPAN = re.compile(rf"(?P<plain>[^`\r\n]+)|(?P<newline>[\r\n])|(?P<code>`{{1,{_LONGEST_RUN}}})")

_CODE_LINE_START = re.compile(
    rf"""
    (?P<indent> [ \t]+ )
  | (?P<quote> > )
  | (?P<fence> `{{3,{_LONGEST_RUN}}} | ~{{3,{_LONGEST_RUN}}} ) [ \t]{{0,{_LONGEST_RUN}}} (?=[\r\n])
  | (?P<code> )
    """,
    re.VERBOSE,
)
_UNDECIDED_CODE_LINE = re.compile(rf"(`|~)\1{{0,{_LONGEST_RUN - 1}}}[ \t]{{0,{_LONGEST_RUN}}}")
_CODE = re.compile(r"(?P<plain>[^\r\n]+)|(?P<newline>[\r\n])")

_END_OF_TARGET = re.compile(r"\)|(?=\s)")


class _Fence(NamedTuple):
    """What opened a code block, and so what closes it."""

    marks: str
    quoted: bool
    nested: bool

    def closed_by(self, marks: str, column: int) -> bool:
        return marks.startswith(self.marks) and _may_fence(column, self.nested)


@dataclass(slots=True)
class _Line:
    """What is known of the line that is being read."""

    starting: bool = True
    column: int = 0
    quoted: bool = False
    follows_quote: bool = False
    is_block: bool = False  # a heading, a rule, a fence: its end is a break whatever follows


class _Window:
    """The text not read yet, behind the one character before it: marks are judged by their neighbours."""

    def __init__(self) -> None:
        self.text = "\n"
        self.at = 1
        self._begin = -1

    def extend(self, delta: str) -> None:
        self.text += delta

    def forget(self) -> None:
        """Let go of what has been read."""
        self._begin += self.at - 1
        self.text = self.text[self.at - 1 :]
        self.at = 1

    def span(self, match: re.Match[str], group: str | int = 0) -> Span:
        return self._begin + match.start(group), self._begin + match.end(group)


class Speakable:
    """One text's way from Markdown to prose.

    Spans are (begin, end) in code points of all the text fed so far. A "\\n" among the pieces is a break.
    """

    def __init__(self, options: TextOptions) -> None:
        self._speaks_code = options.code_blocks == "speak"
        self._window = _Window()
        self._pieces: list[Piece] = []
        self._line = _Line()
        self._newline: Span | None = None  # read, and the next line decides what it means
        self._in_list = False
        self._code_marks = 0  # how many backticks opened the code span that we are in
        self._fence: _Fence | None = None
        self._hidden_until: re.Pattern[str] | None = None

    def feed(self, text: str) -> list[Piece]:
        """Take the next delta, cut anywhere, and return what can be said for certain by now."""
        self._window.extend(text)
        return self._read(final=False)

    def flush(self) -> list[Piece]:
        """Return what was held back, as if the text ended here; open code blocks and reasoning stay open."""
        pieces = self._read(final=True)
        self._newline = None
        return pieces

    def _read(self, final: bool) -> list[Piece]:
        window = self._window
        while window.at < len(window.text) and self._step(final):
            pass
        window.forget()
        pieces, self._pieces = self._pieces, []
        return pieces

    def _step(self, final: bool) -> bool:
        """Read on a bit; False if that takes more text."""
        if self._hidden_until is not None:
            return self._skip(self._hidden_until)
        if self._fence is not None:
            return self._begin_code_line(self._fence) if self._line.starting else self._read_code()
        return self._begin_line(final) if self._line.starting else self._read_text(final)

    # Lines

    def _begin_line(self, final: bool) -> bool:
        window = self._window
        if not final and _UNDECIDED_LINE.fullmatch(window.text, window.at):
            return False
        found = _match(_LINE_START, window)
        if found.lastgroup == "fence" and not _may_fence(self._line.column, self._in_list):
            self._begin_text()
            return True
        window.at = found.end()
        match found.lastgroup:
            case "indent":
                self._line.column += _width(found.group())
            case "blank":
                self._settle_newline("\n")
                self._line = _Line()
            case "quote":
                self._begin_quote()
            case "heading" | "rule":
                self._begin_block()
            case "bullet" | "number":
                self._begin_item(found)
            case "fence":
                self._begin_block()
                self._fence = _Fence(found.group(), self._line.quoted, self._in_list)
            case "tag":
                self._settle_newline("\n")
                self._hide_reasoning(found)
            case "text":
                self._begin_text()
        return True

    def _begin_text(self) -> None:
        self._settle_newline(" ")
        self._line.starting = False
        self._in_list = self._in_list and self._line.column > 0

    def _begin_block(self) -> None:
        self._settle_newline("\n")
        self._line.starting = False
        self._line.is_block = True
        self._in_list = self._in_list and self._line.column > 0

    def _begin_quote(self) -> None:
        if not self._line.follows_quote:
            self._settle_newline("\n")
        self._line.quoted = True

    def _begin_item(self, found: re.Match[str]) -> None:
        """A bullet is not said, and any block may follow it; a number is."""
        self._settle_newline("\n")
        self._in_list = True
        self._line.column += len(found.group())
        if found.lastgroup == "number":
            self._say(found)
            self._line.starting = False

    def _end_line(self, found: re.Match[str]) -> None:
        self._newline = self._window.span(found)
        if self._line.is_block:
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

    def _read_text(self, final: bool) -> bool:
        window = self._window
        found = _match(_CODE_SPAN if self._code_marks else _TEXT, window)
        kind = found.lastgroup
        if kind == "plain":
            self._say(found)
        elif kind == "newline":
            self._end_line(found)
        elif not final and _UNDECIDED_TEXT.fullmatch(window.text, window.at):
            return False
        else:
            self._read_mark(found)
        window.at = found.end()
        return True

    def _read_mark(self, found: re.Match[str]) -> None:
        """Say or heed the mark; of the kinds that are not named here, nothing is said."""
        match found.lastgroup:
            case "literal" | "other":
                self._say(found)
            case "escaped":
                self._say(found, "escaped")
            case "code":
                self._toggle_code(len(found.group()))
            case "tag":
                self._say_space(found)
                self._hide_reasoning(found)
            case "opening":
                self._say_space(found)
            case "endless":
                self._hidden_until = _END_OF_TARGET

    def _toggle_code(self, marks: int) -> None:
        if self._code_marks in (0, marks):
            self._code_marks = marks - self._code_marks

    def _say(self, found: re.Match[str], group: str | int = 0) -> None:
        self._pieces.append(Piece(found.group(group), self._window.span(found, group)))

    def _say_space(self, found: re.Match[str]) -> None:
        """Keep the words apart that stand on either side of what is not said."""
        self._pieces.append(Piece(" ", self._window.span(found), verbatim=False))

    # Reasoning, and targets too long to wait for

    def _hide_reasoning(self, found: re.Match[str]) -> None:
        name = found.group().strip("<>")
        if not name.startswith("/"):
            self._hidden_until = re.compile(rf"</{name}>", re.IGNORECASE)

    def _skip(self, end: re.Pattern[str]) -> bool:
        window = self._window
        found = end.search(window.text, window.at)
        if found is None:
            window.at = max(window.at, len(window.text) - _LONGEST_TAG + 1)
            return False
        window.at = found.end()
        self._hidden_until = None
        return True

    # Code blocks. What waits here is marks, of which nothing is said: so a flush need not release it.

    def _begin_code_line(self, fence: _Fence) -> bool:
        window, line = self._window, self._line
        if _UNDECIDED_CODE_LINE.fullmatch(window.text, window.at):
            return False
        found = _match(_CODE_LINE_START, window)
        if found.lastgroup == "indent":
            line.column += _width(found.group())
            window.at = found.end()
        elif found.lastgroup == "quote" and fence.quoted:
            line.quoted = True
            window.at = found.end()
        elif fence.quoted and not line.quoted:
            self._fence = None
        elif found.lastgroup == "fence" and fence.closed_by(found.group("fence"), line.column):
            self._fence = None
            self._begin_block()
            window.at = found.end()
        else:
            line.starting = False
        return True

    def _read_code(self) -> bool:
        found = _match(_CODE, self._window)
        if found.lastgroup == "newline":
            self._end_code_line(found)
        elif self._speaks_code and not self._line.is_block:
            self._say(found)
        self._window.at = found.end()
        return True

    def _end_code_line(self, found: re.Match[str]) -> None:
        if self._speaks_code:
            self._newline = self._window.span(found)
            self._settle_newline("\n")
        self._line = _Line()


def _match(pattern: re.Pattern[str], window: _Window) -> re.Match[str]:
    """Match a pattern that matches everywhere."""
    found = pattern.match(window.text, window.at)
    assert found is not None
    return found


def _width(indent: str) -> int:
    return len(indent) + 3 * indent.count("\t")


def _may_fence(column: int, in_list: bool) -> bool:
    """Four spaces of indent make code of a fence, save below a list's item."""
    return column < 4 or in_list
