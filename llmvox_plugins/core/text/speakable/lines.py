"""What a line may begin with, and what belongs to the code blocks."""

from __future__ import annotations

from .window import grammar

__all__ = ["CODE", "CODE_LINE", "LINE"]

_LONGEST_RUN = 128  # a longer run of one mark is decoration

_FENCE = rf"`{{3,{_LONGEST_RUN}}} | ~{{3,{_LONGEST_RUN}}}"
_LINK = r"<?(?:https?://|www\.|mailto:|[/\#.])"
_INFO = r"[^`\r\n]{0,1000}"  # what stands behind an opening fence

LINE = grammar(
    [
        ("indent", " \t\ufeff", r"[ \t\ufeff]{1,128}"),
        ("rest_of_newline", "\n", r"(?<=\r)\n"),
        ("blank", "\r\n", r"[\r\n]"),
        ("quote", ">", r">"),
        ("heading", "#", r"\#{1,6} (?=\s)"),
        ("fence", "`", rf"(?P<marks> `{{3,{_LONGEST_RUN}}}) (?={_INFO}[\r\n])"),
        ("fence", "~", rf"(?P<marks> ~{{3,{_LONGEST_RUN}}}) (?=[^~])"),
        ("rule", "-*_=", rf"([-*_=])\1{{2,{_LONGEST_RUN - 1}}} [ \t]{{0,128}} (?=[\r\n])"),
        ("rule", "|", r"\| (?=[ \t:]{0,64}-) [-:|+\ \t]{1,500} (?=[\r\n])"),
        ("rule", "-:", r":?-{1,128}:?[ \t]{0,64} \| [-:|+\ \t]{1,500} (?=[\r\n])"),
        # A line of nothing but marks is decoration: a border, a face, a drawing.
        ("rule", "-+=_/|^~.:;*(){}'\",!?\\#", r"[-+=_/|^~.:;*\#(){}'\",!?\\<>\ \t]{3,200} (?=[\r\n])"),
        ("row", "|", r"\|"),
        ("bullet", "-*+•◦▪‣·–", r"[-*+•◦▪‣·–] (?=\s)"),
        ("number", "0123456789", r"\d{1,3}[.)] (?=\s)"),
        ("task", "[", r"\[[ xX]\] (?=\s)"),
        ("footnote", "[", r"\[\^[^\]\s]{1,50}\]: (?=\s)"),
        ("definition", "[", rf"\[[^\]\r\n]{{1,100}}\]: [ \t]{{1,16}} {_LINK} [^\r\n]{{0,400}} (?=[\r\n])"),
        ("label", "*_", r"(?=(?:\*\*|__)[^\s*_])"),
        ("label", "", r"(?=[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff])"),
        ("text", "", r""),
    ]
)

CODE_LINE = grammar(
    [
        ("indent", " \t", r"[ \t]{1,128}"),
        ("quote", ">", r">"),
        ("fence", "`~", rf"(?P<marks> {_FENCE}) [ \t]{{0,{_LONGEST_RUN}}} (?=[\r\n])"),
        ("code", "", r""),
    ]
)

CODE = grammar([("newline", "\r\n", r"[\r\n]"), ("plain", "", r"[^\r\n]+")])
