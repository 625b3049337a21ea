"""The marks inside a line: Markdown's, HTML's, LaTeX's, and those that models put around their reasoning."""

from __future__ import annotations

from .window import grammar

__all__ = ["CODE_SPAN", "INLINE", "INLINE_TAGS"]

_RUN = 127  # a longer run of one mark is decoration
_TARGET = 250  # characters of a link's target: each of the up to four parts that it is read in

_URL = rf"[^\s()]{{0,{_TARGET}}}"
_DESTINATION = rf"<[^<>\r\n]{{0,300}}> | {_URL} (?: \( {_URL} \) {_URL} )?"
_TITLE = rf"[ \t]{{1,8}} (?: \"[^\"\r\n]{{0,{_TARGET}}}\" | '[^'\r\n]{{0,{_TARGET}}}' )"

_VALUE = r"\"[^\"<>]{0,300}\" | '[^'<>]{0,300}' | [^\s\"'<>]{1,300}"
_ATTRIBUTE = rf"[\w:.-]{{1,60}} \s{{0,4}} = \s{{0,4}} (?:{_VALUE}) | open|hidden|checked|disabled"
_ATTRIBUTES = rf"(?: \s{{1,20}} (?: {_ATTRIBUTE} ) ){{0,8}}"
_END_OF_TAG = rf"{_ATTRIBUTES} \s{{0,20}} /? >"

_IMAGE = r"""
    (?i) <img (?: \s{1,20} (?!alt) [^<>\s]{1,300} ){0,8}
    \s{1,20} alt \s{0,4} = \s{0,4} "(?P<alt>[^"<>]{0,300})" [^<>]{0,500} >
"""

_REASONING = "think|thinking|reasoning|tool_call|tool_calls|tool_response|function_call"
_PAGE_PARTS = (  # and names that are also spoken of: they hide something only where a line begins
    "thought|thoughts|reflection|scratchpad|analysis|script|style|svg|template|iframe|canvas|textarea|noscript"
    "|object|head"
)
_HIDDEN_TAGS = f"{_REASONING}|{_PAGE_PARTS}"
_BLOCK_TAGS = (
    "address|article|aside|blockquote|br|center|dd|details|div|dl|dt|figcaption|figure|footer|form|h[1-6]|header"
    "|hr|li|main|nav|ol|option|p|section|summary|table|tbody|tfoot|thead|tr|ul"
)
INLINE_TAGS = frozenset(
    (
        "a abbr b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp small span strike"
        " strong sub sup time tt u var wbr"
    ).split()
)
"""Tags that part no words; others do."""

# In "$…$", words of three letters and more tell prose from a formula: "$5 and $10" is money.
_NAMES = "arc|cos|cot|csc|deg|det|dim|exp|gcd|inf|lcm|lim|log|max|min|mod|sec|sin|sup|tan"
_COMMAND = r"\\[a-z]{2,20}\{[^{}$]{0,80}\} | \\[A-Za-z]{1,20} | \\[^A-Za-z\r\n()\[\]]"
_LETTERS = r"[A-Za-z]{1,2}(?![A-Za-z]) | [a-z]{0,2}[A-Z]{2,5}(?![A-Za-z]) | [_^]\{[A-Za-z,\ ]{1,20}\}"
_SYMBOL = rf"{_COMMAND} | (?:{_NAMES}) | {_LETTERS}"
_FORMULA = rf"(?> {_SYMBOL} | [^A-Za-z$\\\r\n] ){{1,150}}+"
_FORMULA_FROM_DIGIT = rf"\d (?> {_SYMBOL} | [.,;:!?](?=\S) | [^A-Za-z$\\\r\n.,;:!?] ){{0,60}}+"
_ENVIRONMENT = rf"(?> (?!\\end\{{) (?: {_SYMBOL} | [^A-Za-z\\] ) ){{0,300}}+"
_BEGIN = r"\\begin\{(?P<env>[a-z]{1,20}\*?)\}"
_LONG_FORMULA = rf"(?> {_SYMBOL} | [^A-Za-z$\\\n] | \n(?!\s*\n) ){{1,300}}+"

INLINE = grammar(
    [
        ("newline", "\r\n", r"[\r\n]"),
        ("formula", "\\", r"\\\( (?P<body> (?: [^\\\r\n] | \\[^()\r\n] ){1,500} ) \\\)"),
        ("formula", "\\", rf"\\\[ (?P<body> {_LONG_FORMULA} ) \\\]"),
        (
            "formula",
            "\\",
            rf"{_BEGIN} (?P<body> {_ENVIRONMENT} ) \\end\{{(?P=env)\}}",
        ),
        ("escaped", "\\", r"\\ (?P<escaped> [!-/:-@\[-`{-~] )"),
        ("break", "\\", r"\\ (?=[\r\n])"),
        ("formula", "$", rf"\$\$ (?=[^)$,.]) (?P<body> {_LONG_FORMULA} ) \$\$"),
        ("nothing", "$", r"\${2,8} (?=[^\w$\\{(])"),
        ("formula", "$", rf"\$ (?=[^\s$\d]) (?P<body> {_FORMULA} ) (?<=\S) \$ (?=[^A-Za-z\d$])"),
        ("formula", "$", rf"\$ (?P<body> {_FORMULA_FROM_DIGIT} ) (?<=\S) \$ (?=[^A-Za-z\d$])"),
        ("literal", "*", rf"(?<=\s) \*{{1,{_RUN}}} (?=\s) | (?<=\d) \*{{1,2}} (?=\d)"),
        ("literal", "_", rf"(?<=\s) _{{1,{_RUN}}} (?=\s) | (?<=[^\W_]) _{{1,{_RUN}}} (?=[^\W_])"),
        ("literal", "~", rf"(?<=\s) ~{{1,{_RUN}}} (?=\s) | (?<!~) ~ (?=[^~])"),
        ("nothing", "*", rf"\*{{1,{_RUN}}} (?=[^*]) | \*{{{_RUN + 1}}}"),
        ("nothing", "_", rf"_{{1,{_RUN}}} (?=[^_]) | _{{{_RUN + 1}}}"),
        ("nothing", "~", rf"~{{1,{_RUN}}} (?=[^~]) | ~{{{_RUN + 1}}}"),
        ("code", "`", rf"`{{1,{_RUN}}} (?=[^`]) | `{{{_RUN + 1}}}"),
        ("comment", "<", r"<!--"),
        ("hidden", "<", rf"(?i) (?<!\w) < (?P<name> {_REASONING} ) {_END_OF_TAG}"),
        ("hidden", "<", rf"(?i) (?<=[\r\n>]) < (?P<name> {_PAGE_PARTS} ) {_END_OF_TAG}"),
        ("break", "<", rf"(?i) </ (?: {_HIDDEN_TAGS} ) \s{{0,20}} >"),
        ("channel", "<", r"<\|channel\|> \s{0,4} (?: analysis | commentary )"),
        ("break", "<", r"<\|[^|<>\r\n]{1,60}\|>"),
        ("power", "<", r"(?i) <sup> \s{0,3} (?P<digit> [23] ) \s{0,3} </sup>"),
        ("alt", "<", _IMAGE),
        ("break", "<", rf"(?i) </? (?: {_BLOCK_TAGS} ) {_END_OF_TAG}"),
        ("cell", "<", r"(?i) </ (?: td|th ) \s{0,20} >"),
        (
            "autolink",
            "<",
            r"< (?P<link> (?:https?://|mailto:|ftp://) [^\s<>]{1,300} | [^\s<>@]{1,64} @ [^\s<>@]{1,255} ) >",
        ),
        ("tag", "<", rf"</? (?P<name> [A-Za-z][\w:.-]{{0,40}} ) {_END_OF_TAG}"),
        ("entity", "&", r"&(?: \#\d{1,7} | \#[xX][0-9a-fA-F]{1,6} | [A-Za-z][A-Za-z0-9]{1,31} );"),
        ("kimi", "◁", r"◁think▷"),
        ("break", "◁", r"◁/think▷"),
        ("mistral", "[", r"\[THINK\]"),
        ("break", "[", r"\[/THINK\]"),
        ("nothing", "[", r"\[\^[^\]\s]{1,50}\]"),
        (
            "nothing",
            "[",
            r"(?<![=:(\[,]) (?<![=:(,]\s) \[[1-9]\d{0,2} (?: [ ]?[,;–-][ ]?[1-9]\d{0,2} ){0,10} \] (?=[^(:])",
        ),
        ("nothing", "【", r"【\d{1,4} (?: [:†] [^】\r\n]{0,60} )? 】"),
        ("space", "[!", r"!?\["),
        ("nothing", "]", rf"\]\( [ ]? (?: {_DESTINATION} ) (?: {_TITLE} )? [ ]? \)"),
        ("endless", "]", rf"\]\( [^\s()]{{{_TARGET + 1}}}"),
        ("nothing", "]", r"\]\[[^\]\r\n]{0,100}\]"),
        ("nothing", "]", r"\]"),
        ("nothing", "|", r"\| (?=[ \t]{0,64}[\r\n])"),
        ("pipe", "|", r"\|"),
        ("nothing", "#", r"(?<=[ \t]) \#{1,6} [ \t]{0,64} (?=[\r\n])"),
        ("literal", "\\$_*~<&[!]|#◁【", r"."),
        ("literal", "", r"[^\\*_~`<&\[\]!$|\#◁【\r\n]+"),
    ]
)

CODE_SPAN = grammar(
    [
        ("newline", "\r\n", r"[\r\n]"),
        ("code", "`", rf"`{{1,{_RUN}}} (?=[^`]) | `{{{_RUN + 1}}}"),
        ("literal", "", r"[^`\r\n]+"),
    ]
)
