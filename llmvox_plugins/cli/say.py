"""llmvox say: a text, from the command line or as it arrives on standard input, into a sink."""

from __future__ import annotations

import codecs
import json
import logging
import math
import os
import re
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..core.errors import ConfigurationError, LLMVoxError, SinkError
from ..settings import Settings
from .app import VoiceOption, is_terminal

if TYPE_CHECKING:
    from ..core.sinks import Sink
    from ..core.state import StreamLimits
    from ..core.stream import SpeechStream

__all__ = ["say"]

_POLL = 0.05  # s between two looks at what has been heard
_CLOSING_LIMIT = 0.5  # s that Ctrl-C waits for a place that hangs
_READ = 2**16  # bytes of standard input taken at once, if they are there
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")  # a text may not command the terminal

TextArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="TEXT", help="Words to say; - reads standard input as it arrives."),
]
OutputOption = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="PATH",
        help="A file, whose suffix tells the format (.wav .mp3 .opus .ogg .aac .flac .pcm), `speaker`, "
        "or - for standard output.  [default: LLMVOX_TO, or the speaker]",
    ),
]
FormatOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="With -o -: wav, mp3, opus, aac, flac or pcm.  [default: wav]"),
]
RateOption = Annotated[int | None, typer.Option(metavar="N", help="Words per minute.")]
PitchOption = Annotated[int | None, typer.Option(metavar="N", help="0 to 99; 50 is the voice's own.")]
CodeBlocksOption = Annotated[
    str | None, typer.Option("--code-blocks", metavar="HOW", help="skip, announce or speak.  [default: skip]")
]
EmojiOption = Annotated[str | None, typer.Option(metavar="HOW", help="drop or name.  [default: drop]")]
DeviceOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Where a neural voice computes: cpu, cuda, cuda:0,cuda:1, mps."),
]
PrecisionOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Of a neural voice: float32, bfloat16 or int8.")
]
TemperatureOption = Annotated[
    float | None, typer.Option(metavar="X", help="Of a neural voice: above 0, codes are drawn by chance.")
]
TopKOption = Annotated[int | None, typer.Option(metavar="N", help="Draw from the N likeliest codes only.")]
SeedOption = Annotated[int | None, typer.Option(metavar="N", help="Makes the same draws each time.")]
ReportOption = Annotated[bool, typer.Option("--json", help="Print how it went, as a JSON object.")]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="Do not show the words on a terminal as they are spoken.")
]


def say(
    text: TextArgument = None,
    output: OutputOption = None,
    format: FormatOption = None,
    voice: VoiceOption = None,
    rate: RateOption = None,
    pitch: PitchOption = None,
    code_blocks: CodeBlocksOption = None,
    emoji: EmojiOption = None,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    temperature: TemperatureOption = None,
    top_k: TopKOption = None,
    seed: SeedOption = None,
    as_json: ReportOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say a text, while it is still being written."""
    from ..core.stream import SpeechStream
    from ..core.voices import load_voice

    deltas = _deltas(text or [])
    _check_output(output, format, as_json)
    speaker = load_voice(
        voice,
        **_given(device=device, precision=precision, temperature=temperature, top_k=top_k, seed=seed),
        **_given(rate=rate, pitch=pitch, code_blocks=code_blocks, emoji=emoji),
    )
    sink = _open_sink(output, format)
    stream = SpeechStream(speaker, sink, limits=_limits(output))
    captions = _Captions(stream) if is_terminal(sys.stderr) and not (quiet or as_json) else None
    try:
        with _failures_unlogged(), _closing(sink), stream:
            _speak(stream, deltas, captions)
    finally:
        if as_json:
            typer.echo(json.dumps(_report(stream, speaker.name, output)))
    if captions:
        captions.sum_up()


def _deltas(words: list[str]) -> Iterable[str]:
    if words and words != ["-"]:
        return [" ".join(words)]
    if sys.stdin is None or (not words and sys.stdin.isatty()):
        raise ConfigurationError("there is nothing to say: give a text, or pipe one in")
    return _standard_input()


def _standard_input() -> Iterator[str]:
    """What is written to standard input, as it comes."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    while data := os.read(sys.stdin.fileno(), _READ):
        yield decoder.decode(data)
    yield decoder.decode(b"", final=True)


def _check_output(output: str | None, format: str | None, as_json: bool) -> None:
    if output == "-" and as_json:
        raise ConfigurationError(
            "--json and -o - would both write to standard output: let the audio go to a file"
        )
    if output == "-" and (sys.stdout is None or sys.stdout.isatty()):
        raise ConfigurationError("-o - is for a file or a pipe, and standard output is a terminal, or closed")
    if output != "-" and format is not None:
        raise ConfigurationError("--format is for -o - only: the suffix of a path tells its format")


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _limits(output: str | None) -> StreamLimits:
    from ..core.state import StreamLimits

    # Who reads our standard output may take a break.
    return StreamLimits(stall_timeout=math.inf) if output == "-" else StreamLimits()


def _open_sink(output: str | None, format: str | None) -> Sink:
    from ..core.sinks import EncodedSink, open_sink

    if output == "-":
        buffered = sys.stdout.buffer  # unless PYTHONUNBUFFERED is set; what it held back would come too late
        return EncodedSink(getattr(buffered, "raw", buffered), format or "wav")
    try:
        return open_sink(output)
    except SinkError as error:
        if isinstance(error.__cause__, OSError):  # a path; it is the command that is wrong
            raise ConfigurationError(str(error)) from error
        raise


@contextmanager
def _failures_unlogged() -> Iterator[None]:
    """A stream logs why it fails, and so would be heard twice."""

    def is_no_failure(record: logging.LogRecord) -> bool:
        return record.levelno < logging.ERROR

    log = logging.getLogger("llmvox_plugins")
    log.addFilter(is_no_failure)
    try:
        yield
    finally:
        log.removeFilter(is_no_failure)


@contextmanager
def _closing(sink: Sink) -> Iterator[None]:
    """Close it in the end; what has gone wrong before counts for more than what goes wrong then."""
    try:
        yield
    except KeyboardInterrupt:
        closer = threading.Thread(target=sink.close, daemon=True)
        closer.start()
        closer.join(_CLOSING_LIMIT)
        raise
    except LLMVoxError:
        with suppress(LLMVoxError):
            sink.close()
        raise
    sink.close()


def _speak(stream: SpeechStream, deltas: Iterable[str], captions: _Captions | None) -> None:
    """Until all has been heard. The text is waited for on a thread of its own: speech may fail meanwhile."""
    written: Future[None] = Future()
    threading.Thread(target=_write, args=(stream, deltas, written), daemon=True).start()
    try:
        while not stream.wait(_POLL):
            if captions:
                captions.update()
    finally:
        if captions:
            captions.finish()
    written.result()


def _write(stream: SpeechStream, deltas: Iterable[str], written: Future[None]) -> None:
    try:
        stream.write_all(deltas)
        written.set_result(None)
    except OSError as error:
        written.set_exception(LLMVoxError(f"cannot read standard input: {error.strerror}"))
    finally:
        stream.end()


class _Captions:
    """A stream's words on stderr as they are heard."""

    def __init__(self, stream: SpeechStream) -> None:
        self._stream = stream
        self._shown = 0
        self._in_line = False

    def update(self) -> None:
        spoken = self._stream.spoken
        words = spoken.text[self._shown : spoken.heard_end]
        if words:
            typer.echo(_CONTROLS.sub(" ", words), nl=False, err=True)
            self._shown, self._in_line = spoken.heard_end, not words.endswith("\n")

    def finish(self) -> None:
        self.update()
        if self._in_line:
            typer.echo(err=True)

    def sum_up(self) -> None:
        from rich.console import Console

        stats = self._stream.stats
        if stats.time_to_first_audio is not None:
            first, audio = stats.time_to_first_audio, stats.audio_seconds
            line = f"first audio after {first:.2f} s, {audio:.1f} s of audio"
            Console(stderr=True, highlight=False).print(line, style="dim")


def _report(stream: SpeechStream, voice: str, output: str | None) -> dict[str, object]:
    return {
        "state": stream.state.value,
        "heard_characters": len(stream.spoken.heard),
        "unheard_characters": len(stream.spoken.unheard),
        **asdict(stream.stats),
        "voice": voice,
        "output": output or Settings.load().to,
    }
