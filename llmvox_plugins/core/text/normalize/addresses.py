"""URLs, e-mail addresses, file paths and names, IP addresses."""

from __future__ import annotations

import re

from ..languages import Language
from .letters import spelled_out
from .phrase import Phrase, Reading

__all__ = ["read_address"]

_TOP_LEVEL = (
    "com|org|net|edu|gov|int|io|ai|app|dev|co|me|tv|info|biz|xyz|uk|us|ca|au|de|fr|es|it|nl|ch|at|be|eu|jp|cn|in"
    "|br|ru|kr|se|no|fi|dk|pl|pt|sa|ae|eg|local"
)
_EXTENSIONS = (
    "py|js|ts|jsx|tsx|java|c|h|cpp|hpp|cs|go|rs|rb|php|sh|bat|md|txt|rst|csv|tsv|json|yaml|yml|toml|ini|cfg|conf|env"
    "|xml|html|htm|css|scss|sql|db|log|lock|pdf|doc|docx|xls|xlsx|ppt|pptx|odt|png|jpg|jpeg|gif|svg|webp|bmp|mp3|mp4"
    "|wav|ogg|flac|avi|mov|mkv|zip|tar|gz|bz2|7z|rar|exe|dll|so|deb|rpm|dmg|iso|ipynb|tex|bib|proto|vue|swift|kt"
)
_URL = re.compile(r"(?i)(?:(?:https?|ftp)://|mailto:)?(?:www\.)?([^/?#\s]+)([^?#\s]*)\S*")
_IS_URL = re.compile(
    rf"(?i)(?:https?://|ftp://|www\.)\S+|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_TOP_LEVEL})(?::\d+)?(?:[/?#]\S*)?"
)
_EMAIL = re.compile(r"(?i)(?:mailto:)?([\w.+-]+@[\w-]+(?:\.[\w-]+)+)")
_IP = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:/\d+)?")
_PATH = re.compile(
    r"(?:~|\.{1,2})?(?:/[\w.@+-]+){2,}/?|(?:~|\.{1,2})(?:/[\w.@+-]+)+/?|[A-Za-z]:[\\/]\S*|\\\\\S+"
)
_ROOT_FOLDER = re.compile(r"/(?:bin|boot|dev|etc|home|lib|mnt|opt|proc|root|run|srv|sys|tmp|usr|var)/?")
_FILE = re.compile(rf"(?i)(?:[\w.+-]+[/\\])*[\w+-]*(?:\.[\w+-]+)*\.(?:{_EXTENSIONS})")
_HIDDEN_FILE = re.compile(r"\.[a-z][\w-]{2,}")
_SHORT_PATH = re.compile(r"(?:/[A-Za-z][A-Za-z_-]{0,20}\d{0,4}){1,3}/?")


def read_address(phrase: Phrase, language: Language) -> Reading | None:
    core = phrase.first.core
    if not language.dot:
        return None
    if found := _EMAIL.fullmatch(core):
        return Reading(_said(found[1], language))
    if _IP.fullmatch(core):
        return Reading(_said(core, language))
    if _FILE.fullmatch(core) and not re.match(r"(?i)www\.", core):
        name, _, extension = core.rpartition(".")
        return Reading(f"{_said(name, language)} {language.dot} {_extension(extension, language)}")
    if _IS_URL.fullmatch(core):
        return Reading(_url(core, language))
    if _PATH.fullmatch(core) or _ROOT_FOLDER.fullmatch(core) or _HIDDEN_FILE.fullmatch(core):
        return Reading(_said(core, language))
    return None


def _extension(extension: str, language: Language) -> str:
    """Letter by letter where there is no vowel: "pdf", but not "json"."""
    if extension.isalpha() and not re.search(r"(?i)[aeiouy]", extension):
        return " ".join(extension.upper())
    return _said(extension, language)


def _url(text: str, language: Language) -> str:
    """The host, and the path if somebody would say it."""
    found = _URL.fullmatch(text)
    if found is None:
        return ""
    host, path = found[1], found[2].rstrip("/")
    path = re.sub(r"(?i)(?:/index)?\.(?:html?|php|aspx?)$", "", path)
    if not _SHORT_PATH.fullmatch(path):
        path = ""
    host = re.sub(r"\b[b-df-hj-np-tv-xz]{2,4}(?=\.)", lambda found: found[0].upper(), host.rpartition("@")[2])
    return _said(host + path, language)


def _said(text: str, language: Language) -> str:
    names = {
        ".": language.dot,
        "/": language.slash,
        "\\": language.backslash,
        "@": language.at,
        "-": language.dash,
        "_": language.underscore,
        ":": language.colon,
        "~": language.tilde,
        "+": language.plus,
    }
    parts = re.findall(r"[^\W\d_]+|\d+|[^\w]|_", text)
    said: list[str] = []
    for before, part in zip(("", *parts), parts, strict=False):
        part = part.upper() if before == "." and part in language.spelled_domains else part
        said.append(names.get(part) or spelled_out(part, language))
    return " ".join(said).strip()
