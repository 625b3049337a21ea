"""What all commands share: the options of `llmvox` itself, and how a command ends."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from importlib.metadata import version
from typing import Annotated, Any, NoReturn, TextIO, cast

import typer
from typer.core import TyperGroup

from ..core.errors import ConfigurationError, LLMVoxError

__all__ = ["VoiceOption", "app", "is_terminal", "main"]

FAILED, MISUSED, INTERRUPTED = 1, 2, 130


# What all errors of usage are; typer has a public name only for one of them.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__base__)


class _Commands(TyperGroup):
    """All commands, and how they end."""

    def main(self, *args: Any, **options: Any) -> NoReturn:
        try:
            code = super().main(*args, **options | {"standalone_mode": False})
        except _UsageError as error:
            hint = f" (see `{error.ctx.command_path} --help`)" if error.ctx else ""
            code = _complain(error.format_message().rstrip(".") + hint, MISUSED)
        except ConfigurationError as error:
            code = _complain(error, MISUSED)
        except LLMVoxError as error:
            # A reader who has closed our standard output, as `head` does, has heard enough.
            code = FAILED if isinstance(error.__cause__, BrokenPipeError) else _complain(error, FAILED)
        except OSError as error:  # what was printed had no place to go
            code = _complain(error, FAILED)
            with suppress(OSError):
                sys.stdout.close()  # else it fails once more at exit
        except typer.Abort:
            code = INTERRUPTED
        sys.exit(code)


def _complain(what: object, code: int) -> int:
    typer.echo(f"llmvox: {what}", err=True)
    return code


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """The console script."""
    logging.basicConfig(format="llmvox: %(message)s")
    try:
        app(prog_name="llmvox")
    except SystemExit as end:
        if end.code == INTERRUPTED:
            os._exit(INTERRUPTED)  # waits for nothing: a thread may hang in a write that nobody reads
        raise


def is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"llmvox {version('llmvox-plugins')}")
        raise typer.Exit


VoiceOption = Annotated[
    str | None,
    typer.Option(
        "--voice",
        "-v",
        metavar="NAME",
        help="As `llmvox voices` lists them.  [default: LLMVOX_VOICE, or the best there is]",
    ),
]
"""Of every command that speaks."""

VersionOption = Annotated[
    bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
]


@app.callback(invoke_without_command=True)
def _common(context: typer.Context, version: VersionOption = False) -> None:
    """Any agent's token stream becomes speech while it is being written."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(MISUSED)
