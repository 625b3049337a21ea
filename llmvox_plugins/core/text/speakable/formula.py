"""LaTeX's formulas in words, as a teacher would read them aloud: "x^2 + \\frac{a}{b}", not their layout.

Numbers stay digits, which are said as all numbers are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..languages import Language

__all__ = ["read_formula"]

_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:[.,]\d+)*|[A-Za-z]|\S")
_DEEPEST = 16  # groups within groups; deeper ones are read flat

_SIGNS = {
    **dict.fromkeys(("\\leq", "\\le", "\\leqslant"), "≤"),
    **dict.fromkeys(("\\geq", "\\ge", "\\geqslant"), "≥"),
    **dict.fromkeys(("\\neq", "\\ne"), "≠"),
    **dict.fromkeys(("\\approx", "\\sim", "\\simeq", "\\cong"), "≈"),
    **dict.fromkeys(("\\times", "*"), "×"),
    **dict.fromkeys(("\\cdot", "\\ast"), "·"),
    **dict.fromkeys(("\\to", "\\rightarrow", "\\longrightarrow", "\\mapsto"), "→"),
    **dict.fromkeys(("\\Rightarrow", "\\implies", "\\Longrightarrow"), "⇒"),
    **dict.fromkeys(("\\iff", "\\Leftrightarrow"), "⇔"),
    **dict.fromkeys(("\\bmod", "\\pmod", "\\mod"), "mod"),
    "\\lt": "<",
    "\\gt": ">",
    "\\equiv": "=",
    "\\div": "÷",
    "\\pm": "±",
    "\\in": "∈",
    "\\notin": "∉",
    "\\subset": "⊂",
    "\\subseteq": "⊂",
    "\\cup": "∪",
    "\\cap": "∩",
    "\\forall": "∀",
    "\\exists": "∃",
    "\\neg": "¬",
    "\\infty": "∞",
    "\\sum": "∑",
    "\\prod": "∏",
    "\\int": "∫",
    "\\partial": "∂",
    "\\nabla": "∇",
    "\\circ": "°",
    "\\degree": "°",
    "\\prime": "'",
    "\\%": "%",
    "\\sin": "sin",
    "\\cos": "cos",
    "\\tan": "tan",
    "\\log": "log",
    "\\ln": "ln",
    "\\lim": "lim",
}
_WITH_LIMITS = frozenset("∑∏∫") | {"lim"}
_FUNCTIONS = frozenset("fghFGHPφψ") | {"sin", "cos", "tan", "log", "ln"}
_FRACTIONS = frozenset(("\\frac", "\\dfrac", "\\tfrac", "\\cfrac"))
_SILENT = re.compile(
    r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|textstyle|limits|q?quad|boxed|hat|bar|vec|overline|underline|tilde"
    r"|dot|[lcv]?dots|mid|[lr](?:floor|ceil|angle)|begin|end|rm|bf|hline|nonumber|label|tag|text\w*|math\w+|operatorname)\*?"
)
_PARTING = frozenset(("&", "}", "(", ")", "[", "]", *(f"\\{sign}" for sign in ",;:! {}|")))
_TEXT_GROUP = re.compile(
    r"(\\(?:text[a-z]*|math(?:rm|bf|it|sf)|operatorname\*?)|\\begin|\\end)\s*\{([^{}]*)\}"
)
_NAMES = re.compile(r"(?<![A-Za-z\\])(sin|cos|tan|log|ln|lim|mod)(?![A-Za-z])")


def read_formula(latex: str, language: Language) -> str:
    """What is said of the inside of "$…$", words with spaces between; digits stay digits."""
    if not language.formula_words:
        return " ".join(re.findall(r"[^\W_]+", re.sub(r"\\[A-Za-z]+", " ", latex)))
    return " ".join(" ".join(_Reader(latex, language).read()).replace(" ,", ",").split())


def _tokens(latex: str) -> list[str]:
    """Tokens; what stands in \\text{} is one that begins with a space."""
    latex = _NAMES.sub(r"\\\1 ", latex)
    tokens: list[str] = []
    at = 0
    for group in _TEXT_GROUP.finditer(latex):
        tokens += _TOKEN.findall(latex, at, group.start())
        if group[1] not in ("\\begin", "\\end"):
            tokens.append(" " + group[2].strip())
        at = group.end()
    return tokens + _TOKEN.findall(latex, at)


class _Reader:
    def __init__(self, latex: str, language: Language) -> None:
        self._tokens = _tokens(latex)
        self._at = 0
        self._in_bars = False
        self._math = language.formula_words
        self._language = language

    def read(self) -> Iterator[str]:
        while self._at < len(self._tokens):
            yield self._item(0)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _item(self, depth: int) -> str:
        """One thing, and what stands above and below it."""
        token = self._next()
        sign = _SIGNS.get(token, token)
        if sign in _WITH_LIMITS:
            return self._limits(sign, depth)
        words = self._thing(token, sign, depth)
        while self._peek() in ("^", "_", "'", "!"):
            words = f"{words} {self._script(depth)}"
        has_argument = self._peek() == "(" or (len(sign) > 1 and self._peek() not in ("", "="))
        if sign in _FUNCTIONS and has_argument:
            words = f"{words} {self._math['of']}"
        return words

    def _thing(self, token: str, sign: str, depth: int) -> str:
        if token == "{":
            return self._group(depth)
        if token.startswith(" "):
            return token.strip()
        if token in _FRACTIONS:
            return self._fraction(depth)
        if token == "\\sqrt":
            return self._root(depth)
        if token == "\\\\":
            return ","
        if token in ("|", "\\lvert", "\\rvert"):
            self._in_bars = not self._in_bars
            is_paired = self._tokens.count("|") % 2 == 0  # "P(A|B)" has no absolute value
            return self._math.get("|", "") if self._in_bars and is_paired else ""
        if token in _PARTING or _SILENT.fullmatch(token):
            return ""
        if sign in self._math:
            return self._math[sign]
        if token.startswith("\\"):
            return token[1:].removeprefix("var") if token[1:2].isalpha() else ""
        return token if token[0].isalnum() or token in ",." else ""

    def _argument(self, depth: int) -> str:
        """A group, or a single thing without scripts."""
        token = self._next()
        return self._thing(token, _SIGNS.get(token, token), depth) if token else ""

    def _group(self, depth: int) -> str:
        words: list[str] = []
        while self._peek() not in ("", "}"):
            words.append(self._item(depth + 1) if depth < _DEEPEST else self._flat())
        self._at += 1
        return " ".join(filter(None, words))

    def _flat(self) -> str:
        token = self._next()
        return token if token[:1].isalnum() else ""

    def _fraction(self, depth: int) -> str:
        top, bottom = self._argument(depth), self._argument(depth)
        if top.isdigit() and bottom.isdigit():
            return (
                self._language.fraction(int(top), int(bottom)) if len(top + bottom) < 8 else f"{top}/{bottom}"
            )
        return self._language.quotient(top, bottom)

    def _root(self, depth: int) -> str:
        degree = ""
        if self._peek() == "[":
            self._at += 1
            parts: list[str] = []
            while self._peek() not in ("", "]"):
                parts.append(self._item(depth + 1) if depth < _DEEPEST else self._flat())
            self._at += 1
            degree = " ".join(parts)
        body = self._argument(depth)
        if degree in ("", "2", "3"):
            return f"{self._math['∛' if degree == '3' else '√']} {body}"
        ordinal = self._language.ordinal(int(degree)) if degree.isdigit() and len(degree) < 4 else degree
        return f"{self._math['root'].format(ordinal or degree)} {body}"

    def _script(self, depth: int) -> str:
        mark = self._next()
        if mark in "'!":
            return self._math[mark]
        raised = self._argument(depth)
        if mark == "_":
            return f"{self._math['_']} {raised}"
        if raised in ("2", "3"):
            return self._math["²" if raised == "2" else "³"]
        if raised in (self._math["°"], self._math["'"]):
            return raised
        return self._language.power(raised)

    def _limits(self, sign: str, depth: int) -> str:
        """A sum, an integral, a limit: from … to … of."""
        words = self._math[sign]
        low = high = ""
        while self._peek() in ("_", "^"):
            if self._next() == "_":
                low = self._argument(depth)
            else:
                high = self._argument(depth)
        if sign == "lim":
            return f"{words} {self._math['as']} {low} {self._math['of']}" if low else words
        head, of = words, ""
        if words.endswith(f" {self._math['of']}"):
            head, of = words[: -len(self._math["of"]) - 1], self._math["of"]
        if low:
            head = f"{head} {self._math['from']} {low}"
        if high:
            head = f"{head} {self._math['to']} {high}"
        return f"{head} {of}"
