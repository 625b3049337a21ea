"""Defaults that a user sets once: a file, and over it the environment's LLMVOX_* variables.

The file is TOML or JSON, named by LLMVOX_CONFIG. It may use the names of the released LLMVoX's configuration.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from .core.errors import ConfigurationError

if sys.version_info >= (3, 11):
    import tomllib as toml
else:
    import tomli as toml

__all__ = ["Settings", "server_entries"]

_RENAMED = {
    "initial_dump_size_1": "first_window",
    "max_dump_size": "largest_window",
    "max_audio_length": "longest_sentence",
}
"""Names in the released configuration, and ours."""

_FIXED = {"eoa_token_id": 453, "pad_token_id": 384, "eos_token_id": 385}
"""Names there of what the checkpoints are made for: another value would be a mistake."""

_TOLD_BY_CHECKPOINTS = frozenset(
    "n_layer n_head n_embd block_size vocab_size bias dropout wav_config_path wav_model_path "
    "encoder_model_path tokenizer_path gpt_checkpoint_path".split()
)
_ELSEWHERE = frozenset(
    "initial_dump_size_2 chat_type api_host api_port system_prompt eos_token server".split()
)
_OTHERS = ("llm_", "asr_")  # models that are not ours
"""Names there of what the checkpoints tell, and of what is not the voice's affair: read, and not needed."""

_OF_THE_SERVER = {
    "api_host": "host",
    "api_port": "port",
    "system_prompt": "system_prompt",
    "llm_checkpoint": "llm_local",
}
"""Names there of what the server needs, and the server's own."""

_YES, _NO = frozenset("1 true yes on".split()), frozenset("0 false no off".split())


@dataclass(frozen=True, slots=True)
class Settings:
    """voice: the name of the voice that speaks where none is named.
    to: where speech goes where no place is named, a path or "speaker".
    device, precision: where and how neural voices compute, as `load_voice` takes them.
    first_window, largest_window: codes that a neural voice decodes at once; None is the voice's own choice.
    longest_sentence: codes, 75 a second, that a sentence's speech may take; a longer text is split.
    turns: whose turn it is where several would speak at once, under `llmvox run`: queue, latest or first.
    force_streaming: whether `llmvox run` makes LangChain's `.invoke()` stream, so that speech begins with the
        first words; its messages' metadata are then those of a streamed answer.
    """

    voice: str = "espeak:en-us"
    to: str = "speaker"
    device: str = "auto"
    precision: str = "auto"
    first_window: int | None = None
    largest_window: int | None = None
    longest_sentence: int | None = None
    turns: str = "queue"
    force_streaming: bool = False

    @classmethod
    def load(cls) -> Settings:
        """What the environment, and the file it names, say. An empty variable counts as not set.

        Raises ConfigurationError for a name or a value that cannot be right.
        """
        file = os.environ.get("LLMVOX_CONFIG")
        entries = _own(_read(Path(file)), file) if file else {}
        variables = {f"LLMVOX_{entry.name.upper()}": entry.name for entry in fields(cls)}
        there = {variable: os.environ[variable] for variable in variables if os.environ.get(variable)}
        for variable, text in there.items():
            entries[variables[variable]] = _checked(variables[variable], _number(text), variable, text)
        return cls(**entries)


def server_entries() -> dict[str, Any]:
    """What the file says of the server: its [server] table, over the released configuration's names.

    The values are as they are written. Raises ConfigurationError if the file cannot be read.
    """
    file = os.environ.get("LLMVOX_CONFIG")
    entries = _read(Path(file)) if file else {}
    table = entries.get("server", {})
    if not isinstance(table, dict):
        raise ConfigurationError(f"{file}: server should be a table, [server], not {table!r}")
    return {ours: entries[name] for name, ours in _OF_THE_SERVER.items() if name in entries} | table


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        entries = json.loads(text) if path.suffix == ".json" else toml.loads(text)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"LLMVOX_CONFIG names {path}, which cannot be read: {error}") from error
    if not isinstance(entries, dict):
        raise ConfigurationError(f"{path} should hold names and values, not a {type(entries).__name__}")
    return entries


def _own(entries: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The entries under our names, checked."""
    own: dict[str, Any] = {}
    for name, value in entries.items():
        if name in _FIXED and value != _FIXED[name]:
            raise ConfigurationError(f"{where}: {name} is {value!r}, but LLMVoX is made for {_FIXED[name]}")
        if name in _FIXED or name in _TOLD_BY_CHECKPOINTS | _ELSEWHERE or name.startswith(_OTHERS):
            continue
        ours = _RENAMED.get(name, name)
        if ours.startswith("tts_device_"):
            device = f"cuda:{value}" if type(value) is int else str(value)
            own["device"] = ",".join(filter(None, [own.get("device"), device]))
        else:
            own[ours] = _checked(ours, value, f"{where}: {name}", value)
    return own


def _checked(name: str, value: Any, where: str, written: Any) -> Any:
    known = {entry.name: int if entry.default is None else type(entry.default) for entry in fields(Settings)}
    if name not in known:
        nearest = get_close_matches(name, [*known, *_RENAMED, "server"], n=1, cutoff=0)[0]
        raise ConfigurationError(f"{where} is not known; did you mean {nearest!r}?")
    if known[name] is str:
        return str(written)
    if known[name] is bool:
        return _yes_or_no(value, where)
    if type(value) is int and value > 0:
        return value
    raise ConfigurationError(f"{where} should be a whole number above 0, not {written!r}")


def _yes_or_no(value: Any, where: str) -> bool:
    said = str(value).strip().lower()
    if said not in _YES | _NO:
        raise ConfigurationError(f"{where} should be 1 or 0, not {value!r}")
    return said in _YES


def _number(text: str) -> int | str:
    return int(text) if text.strip().isdecimal() else text
