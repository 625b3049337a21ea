"""llmvox run: a program that knows nothing of speech, spoken."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from .app import VoiceOption

__all__ = ["ProgramLast", "run"]


_PROGRAMS = ("-m", "-c")  # where a program begins, though it looks like an option of ours


class ProgramLast(TyperCommand):
    """Our options come first; from the program's name on, everything is the program's."""

    def collect_usage_pieces(self, context: Any) -> list[str]:
        return ["[OPTIONS]", "PROGRAM [ARGS]..."]

    def parse_args(self, context: Any, args: list[str]) -> list[str]:
        count = self._own(args)
        if count <= len(args):
            program = args[count + 1 :] if args[count : count + 1] == ["--"] else args[count:]
            args = [*args[:count], "--", *program]
        return super().parse_args(context, args)

    def _own(self, args: list[str]) -> int:
        """How many words are ours; more than there are, if the last one lacks its value."""
        takes_value = {name: not getattr(p, "is_flag", False) for p in self.params for name in p.opts}
        count = 0
        while count < len(args) and args[count].startswith("-") and args[count] != "--":
            if args[count].startswith(_PROGRAMS):
                break
            count += 2 if takes_value.get(args[count]) else 1
        return count


ProgramArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="PROGRAM",
        help="A Python script, -m MODULE, -c CODE, or any command that runs Python; then its arguments.",
    ),
]
PlaceOption = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="PLACE",
        help="A file, whose suffix tells the format (.wav .mp3 .opus .ogg .aac .flac .pcm), or `speaker`. "
        " [default: LLMVOX_TO, or the speaker]",
    ),
]
TurnsOption = Annotated[
    str | None,
    typer.Option(
        metavar="HOW",
        help="Where several would speak at once: queue, latest (the others fall silent) or first (they stay "
        "silent).  [default: LLMVOX_TURNS, or queue]",
    ),
]
ForceOption = Annotated[
    bool | None,
    typer.Option(
        "--force-streaming",
        help="Make LangChain's invoke() stream, so that speech begins with the first words. What its "
        "messages say of themselves, such as the tokens that were used, may then be less.",
    ),
]


def run(
    program: ProgramArgument,
    voice: VoiceOption = None,
    to: PlaceOption = None,
    turns: TurnsOption = None,
    force_streaming: ForceOption = None,
) -> None:
    """Run a program as it is, and speak what its models say: on LangChain, LlamaIndex or OpenAI's SDK.

    Options come before the program; what comes after it is the program's.
    """
    from ..integrations.autospeak.launch import launch

    launch(program, voice, to, turns, force_streaming)
