"""How the server is set up: flags over LLMVOX_SERVER_* variables over the [server] table of LLMVOX_CONFIG."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from ...core.errors import ConfigurationError
from ...settings import server_entries

__all__ = ["ServerSettings", "is_address", "is_loopback", "needs_keys"]

PREFIX = "LLMVOX_SERVER_"


def _split(value: Any) -> Any:
    """ "a, b" → ["a", "b"]: as lists are written in variables and flags."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _origin(value: str) -> str:
    origin = value.lower().rstrip("/")
    if origin not in ("*", "null") and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/?#@]+", origin):
        raise ValueError(f"{value!r} should be like https://example.com")
    return origin


def _pairs(value: Any) -> Any:
    """ "alloy=espeak:en-gb,echo=espeak:de", or JSON → names and voices."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("{"):
        return json.loads(value)
    pairs = [part.partition("=") for part in _split(value)]
    if wrong := next((name for name, sign, voice in pairs if not (name.strip() and sign and voice)), None):
        raise ValueError(f"{wrong!r} should be name=voice")
    return {name.strip(): voice.strip() for name, _, voice in pairs}


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_split)]
Secret = Annotated[SecretStr, Field(min_length=1)]
Keys = Annotated[tuple[Secret, ...], NoDecode, BeforeValidator(_split)]
Voices = Annotated[dict[str, str], NoDecode, BeforeValidator(_pairs)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class ServerSettings(BaseSettings):
    """What may be set. In variables and flags, lists are separated by commas; an empty variable is not set.

    host, port: where it listens; anything but a loopback address needs api_keys. Port 0 is any free one.
    api_keys: who calls must show one of these; none: everybody on this machine may call.
    api_key_file: a file of further keys, one a line.
    allowed_hosts: names under which the server may be reached besides localhost, 127.0.0.1 and [::1]. Looked
        at where there are no keys, since a web page may give its own name to this address, or if set.
    cors_origins: web pages that may call, such as https://example.com, or *; the server's own always may.

    voice: the name of the voice that speaks where none is named; None is LLMVOX_VOICE or the best there is.
    voices: more names that clients may use, and the voices that they mean; OpenAI's names mean `voice`
        unless they are given here. In variables JSON, or alloy=espeak:en-gb,echo=espeak:en-us.

    max_streams: streams spoken at once. max_waiting: requests that may wait for one of these places,
    queue_timeout: and for so many seconds.
    max_input: characters of one text. max_body: bytes of one request; where it holds only a text, 16 for each
        of these characters and 64 KiB are the most, if that is less.
    voice_timeout: seconds that a voice may be silent over a complete text; then the stream fails.
    health_timeout: seconds of such silence after which /health says that the server is stalled.
    stall_timeout: seconds that a client may take no audio, or give nothing of a request; then it is left.
    request_timeout: seconds that one answer may take, and so many that its request may.
    shutdown_timeout: seconds in which speech may finish once the server is told to end.

    log_format: json; text; or auto: text on a terminal. log_level: debug, info, warning or error.

    llm_base_url, llm_api_key, llm_model: the LLM behind, an endpoint in OpenAI's manner.
    llm_local: or a transformers model, its name or folder.
    llm_timeout: seconds that the LLM may be silent.
    aloud: where the server itself speaks what the LLM answers, speaker or the path of a recording, whose
        suffix tells the format. None: it does not.
    aloud_turns: whose turn it is where several answers would be spoken at once: queue, one after another;
        latest, the one that began last silences the others; first, those that come meanwhile stay silent.
    system_prompt: what the LLM is told first, where /tts asks it.

    Raises ConfigurationError, which names the variable, the file or the argument that cannot be used.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    api_keys: Keys = ()
    api_key_file: str | None = None
    allowed_hosts: Names = ()
    cors_origins: Origins = ()

    voice: str | None = None
    voices: Voices = {}

    max_streams: int = Field(default=32, ge=1)
    max_waiting: int = Field(default=32, ge=0)
    queue_timeout: Seconds = 5.0
    max_input: int = Field(default=65_536, ge=1, le=2**20)
    max_body: int = Field(default=32 * 2**20, ge=1024)
    voice_timeout: Seconds = 30.0
    health_timeout: Seconds = 15.0
    stall_timeout: Seconds = 60.0
    request_timeout: Seconds = 3600.0
    shutdown_timeout: float = Field(default=30.0, ge=0, allow_inf_nan=False)

    log_format: Literal["auto", "json", "text"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    llm_base_url: str | None = None
    llm_api_key: SecretStr | None = None
    llm_model: str | None = None
    llm_local: str | None = None
    llm_timeout: Seconds = 600.0
    system_prompt: str | None = None
    aloud: str | None = None
    aloud_turns: Literal["queue", "latest", "first"] = "queue"

    def __init__(self, **flags: Any) -> None:
        _check_variables(type(self).model_fields)
        try:
            super().__init__(**flags)
        except ValidationError as error:
            raise ConfigurationError(_told(error, flags, type(self).model_fields)) from None
        except SettingsError as error:
            raise ConfigurationError(str(error)) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, InitSettingsSource(settings_cls, server_entries())

    @model_validator(mode="before")
    @classmethod
    def _read_key_file(cls, given: dict[str, Any]) -> dict[str, Any]:
        if file := given.get("api_key_file"):
            given = {**given, "api_keys": [*_split(given.get("api_keys", ())), *_keys_in(Path(file))]}
        return given

    @model_validator(mode="after")
    def _check_address(self) -> ServerSettings:
        if not (self.api_keys or is_loopback(self.host)):
            raise ValueError(needs_keys(self.host))
        return self


def needs_keys(host: str) -> str:
    return (
        f"{host} can be reached from other machines, which needs API keys: set {PREFIX}API_KEYS "
        "or --api-key-file, or listen on 127.0.0.1"
    )


def is_address(host: str) -> bool:
    return _ip(host) is not None


def is_loopback(host: str) -> bool:
    """Whether only this machine can call there."""
    address = _ip(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


def _ip(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _keys_in(file: Path) -> list[str]:
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"the file of API keys, {file}, cannot be read: {error}") from None
    if not any(lines):
        raise ConfigurationError(f"the file of API keys, {file}, is empty")
    return [line for line in lines if line]


def _check_variables(known: Mapping[str, Any]) -> None:
    for variable in os.environ:
        name = variable.upper().removeprefix(PREFIX)
        if variable.upper().startswith(PREFIX) and name.lower() not in known:
            nearest = get_close_matches(name, [field.upper() for field in known], n=1, cutoff=0)[0]
            raise ConfigurationError(f"{variable} is not known; did you mean {PREFIX}{nearest}?")


def _told(error: ValidationError, flags: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """The first thing that is wrong, and where it stands."""
    first = error.errors(include_url=False)[0]
    if not first["loc"]:
        return str(first["ctx"]["error"])
    name = str(first["loc"][0])
    where = _place(name, flags)
    if first["type"] == "extra_forbidden":
        nearest = get_close_matches(name, known, n=1, cutoff=0)[0]
        return f"{where} is not known; did you mean {nearest!r}?"
    message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    shown = "" if "key" in name else f", not {str(first['input'])[:80]!r}"
    return f"{where}: {message[0].lower()}{message[1:]}{shown}"


def _place(name: str, flags: Mapping[str, Any]) -> str:
    if name in flags:
        return name
    variables = [variable for variable in os.environ if variable.upper() == PREFIX + name.upper()]
    return variables[0] if variables else f"{os.environ.get('LLMVOX_CONFIG')}: [server] {name}"
