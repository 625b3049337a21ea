"""What turns written text into spoken text, ours and others', by name. All take a text and its language.

The others are imported where they are first called; `missing` says how to install those that are not here.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterable, Callable
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeAlias

from llmvox_plugins.core.text import spoken_words

__all__ = ["GRAMMARS", "OURS", "READERS", "Read", "knows", "missing", "versions"]

Read: TypeAlias = "Callable[[str, str], str]"

OURS = "llmvox-plugins"
GRAMMARS = Path.home() / ".cache" / "llmvox-benchmarks" / "nemo"
"""Where NeMo keeps the grammars that it builds, for some minutes, when it is first run."""


def ours(text: str, language: str) -> str:
    return " ".join(word.text for word in spoken_words(text, language))


# What takes out markup, in any language


def livekit(text: str, language: str) -> str:
    """LiveKit Agents' filters for text-to-speech, one after the other, as its sessions apply them."""
    filters = import_module("livekit.agents.voice.transcription.filters")
    return asyncio.run(_joined(filters.filter_emoji(filters.filter_markdown(_whole(text)))))


async def _whole(text: str) -> AsyncIterable[str]:
    yield text


async def _joined(deltas: AsyncIterable[str]) -> str:
    return "".join([delta async for delta in deltas])


def pipecat_markdown(text: str, language: str) -> str:
    """Pipecat's transform that takes Markdown out; it follows the MarkdownTextFilter of older releases."""
    return _transformed(import_module("pipecat.utils.text.transforms").strip_markdown, text)


# What writes numbers and the like as words


def pipecat(text: str, language: str) -> str:
    """Pipecat's bundle of transforms, with every one of them on."""
    formatter = import_module("pipecat.utils.text.transforms").VoiceFormatter(expand_numbers=True)
    return _transformed(formatter, text)


def _transformed(transform: Callable[[str, str], Any], text: str) -> str:
    async def transformed() -> str:
        return str(await transform(text, "*"))

    return asyncio.run(transformed())


def wetext(text: str, language: str) -> str:
    """WeText; a line at a time, as it is made for utterances."""
    return _line_by_line(_wetext(language).normalize, text)


@cache
def _wetext(language: str) -> Any:
    return import_module("wetext").Normalizer(lang=language)


def nemo(text: str, language: str) -> str:
    """NeMo's grammars; a line at a time, as they are made for sentences."""
    return _line_by_line(_nemo(language).normalize, text)


@cache
def _nemo(language: str) -> Any:
    normalize = import_module("nemo_text_processing.text_normalization.normalize")
    GRAMMARS.mkdir(parents=True, exist_ok=True)
    return normalize.Normalizer(input_case="cased", lang=language, cache_dir=str(GRAMMARS))


def misaki(text: str, language: str) -> str:
    """The normaliser for Chinese in misaki, which is what Kokoro reads with; it stems from PaddleSpeech."""
    normalizer = import_module("misaki.zh_normalization").TextNormalizer()
    return _line_by_line(lambda line: "".join(normalizer.normalize(line)), text)


def _line_by_line(read: Callable[[str], str], text: str) -> str:
    return "\n".join(read(line) if line.strip() else line for line in text.split("\n"))


def number_words(text: str, language: str) -> str:
    """num2words, where a run of digits is a number, with what the language puts between its digits."""
    convert = import_module("num2words").num2words
    point, group = (",", "[. \u00a0\u202f]") if language in ("de", "es", "fr") else (r"\.", ",")
    number = re.compile(rf"(\d{{1,3}}(?:{group}\d{{3}})+|\d+)(?:{point}(\d+))?", re.ASCII)

    def word(match: re.Match[str]) -> str:
        whole = re.sub(r"\D", "", match[1])
        return str(convert(f"{whole}.{match[2]}" if match[2] else int(whole), lang=language))

    return number.sub(word, text)


# Both together


def after(first: Read, second: Read) -> Read:
    """What `second` makes of what `first` makes of the text."""

    def read(text: str, language: str) -> str:
        return second(first(text, language), language)

    return read


READERS: dict[str, Read] = {
    OURS: ours,
    "LiveKit filters, NeMo": after(livekit, nemo),
    "LiveKit filters, WeText": after(livekit, wetext),
    "Pipecat VoiceFormatter": pipecat,
    "NeMo": nemo,
    "WeText": wetext,
    "misaki": misaki,
    "num2words": number_words,
    "LiveKit filters": livekit,
    "Pipecat strip_markdown": pipecat_markdown,
}
"""By their names in the tables."""

_ANY = "ar de en es fr zh"
_LANGUAGES = {
    OURS: _ANY,
    "LiveKit filters, NeMo": _ANY,
    "LiveKit filters, WeText": "en zh",
    "Pipecat VoiceFormatter": "en",
    "NeMo": _ANY,
    "WeText": "en zh",
    "misaki": "zh",
    "num2words": "ar de en es fr",
    "LiveKit filters": _ANY,
    "Pipecat strip_markdown": _ANY,
}
_PACKAGES = {
    "LiveKit": "livekit-agents",
    "NeMo": "nemo_text_processing",
    "Pipecat": "pipecat-ai",
    "WeText": "wetext",
    "misaki": "misaki[zh]",
    "num2words": "num2words",
}
"""What to install for the readers whose names contain the word."""


def knows(name: str, language: str) -> bool:
    """Whether a reader is made for the language."""
    return language in _LANGUAGES[name].split()


def missing(name: str) -> str | None:
    """How to install what a reader needs and is not there."""
    lacking = [package for package in _packages(name) if _version(package) is None]
    return " ".join(["pip install", *lacking]) if lacking else None


def versions() -> dict[str, str | None]:
    """Of each package, or None where it is not there."""
    return {package: _version(package) for package in (OURS, *_PACKAGES.values())}


def _packages(name: str) -> list[str]:
    return [package for word, package in _PACKAGES.items() if word in name]


def _version(package: str) -> str | None:
    try:
        return version(package.partition("[")[0])
    except PackageNotFoundError:
        return None
