"""llmvox serve: the speech server, in OpenAI's manner."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..core.errors import ConfigurationError
from .app import VoiceOption

__all__ = ["serve"]

_SECRET = ("api_keys", "llm_api_key")  # on a command line everybody on the machine could read them

HostOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Where it listens.  [default: 127.0.0.1]")
]
PortOption = Annotated[int | None, typer.Option(metavar="N", help="0 is any free one.  [default: 8000]")]
KeyFileOption = Annotated[
    str | None,
    typer.Option(
        "--api-key-file",
        metavar="PATH",
        help="API keys that callers must show, one a line, besides those in LLMVOX_SERVER_API_KEYS. "
        "Needed for any host but this machine.",
    ),
]
OriginsOption = Annotated[
    str | None,
    typer.Option(
        "--cors-origins", metavar="URLS", help="Web pages that may call, separated by commas; * for all."
    ),
]
LLMOption = Annotated[
    str | None,
    typer.Option("--llm-base-url", metavar="URL", help="The LLM behind: an endpoint in OpenAI's manner,"),
]
ModelOption = Annotated[
    str | None, typer.Option("--llm-model", metavar="NAME", help="and the model to ask there.")
]
LocalOption = Annotated[
    str | None, typer.Option("--llm-local", metavar="NAME", help="Or a transformers model, run here.")
]
AloudOption = Annotated[
    str | None,
    typer.Option(
        "--aloud", metavar="PLACE", help="Speak the LLM's answers on this machine: speaker, or a path."
    ),
]
PromptOption = Annotated[
    str | None, typer.Option("--system-prompt", metavar="TEXT", help="What the LLM is told first.")
]
LogFormatOption = Annotated[
    str | None,
    typer.Option("--log-format", metavar="NAME", help="json, text, or auto: text on a terminal."),
]
LogLevelOption = Annotated[
    str | None, typer.Option("--log-level", metavar="NAME", help="debug, info, warning or error.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Any other setting, such as max_streams=64; may be repeated."
    ),
]


def serve(
    host: HostOption = None,
    port: PortOption = None,
    voice: VoiceOption = None,
    api_key_file: KeyFileOption = None,
    cors_origins: OriginsOption = None,
    llm_base_url: LLMOption = None,
    llm_model: ModelOption = None,
    llm_local: LocalOption = None,
    aloud: AloudOption = None,
    system_prompt: PromptOption = None,
    log_format: LogFormatOption = None,
    log_level: LogLevelOption = None,
    settings: SetOption = None,
) -> None:
    """Serve speech to clients of OpenAI's /v1/audio/speech, and a page at /.

    Every setting NAME is also a variable, LLMVOX_SERVER_NAME, and an entry of the [server] table in the file
    that LLMVOX_CONFIG names; options go over variables, and variables over the file.
    """
    from ..integrations.openai import serve as run
    from ..integrations.openai.settings import ServerSettings

    named = {
        "host": host,
        "port": port,
        "voice": voice,
        "api_key_file": api_key_file,
        "cors_origins": cors_origins,
        "llm_base_url": llm_base_url,
        "llm_model": llm_model,
        "llm_local": llm_local,
        "aloud": aloud,
        "system_prompt": system_prompt,
        "log_format": log_format,
        "log_level": log_level,
    }
    given = {name: value for name, value in named.items() if value is not None}
    run(settings=ServerSettings(**_pairs(settings or []), **given))


def _pairs(settings: list[str]) -> dict[str, Any]:
    pairs: dict[str, Any] = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        if not sign:
            raise ConfigurationError(f"--set takes NAME=VALUE, such as max_streams=64, not {setting!r}")
        if name in _SECRET:
            raise ConfigurationError(
                f"--set {name} would show it to everybody on this machine: set LLMVOX_SERVER_{name.upper()}"
            )
        pairs[name] = value
    return pairs
