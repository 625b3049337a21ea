"""Downloads the official LLMVoX voice, speaks ten sentences, and says how well a recogniser hears them.

For a machine with a network:

    pip install --editable . transformers jiwer
    python benchmarks/official_voice.py --to spoken

The recordings are left in the folder, to be listened to. Each sentence is spoken twice, with numbers as words
and as digits, for nobody has written down which of them the released model was trained on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from tables import markdown_table

from llmvox_plugins import SpeechStream, WavSink
from llmvox_plugins.core.audio import Resampler, Samples
from llmvox_plugins.core.sinks import MemorySink, TeeSink
from llmvox_plugins.core.text import ALL_STEPS
from llmvox_plugins.core.voices import Voice, load_voice

SENTENCES = (
    "The sky is blue because the air scatters short waves of light the most.",
    "Yes, I can help you with that.",
    "First, boil the water; then add the tea and wait for three minutes.",
    "Could you tell me where the nearest station is, please?",
    "The birch canoe slid on the smooth planks.",
    "Glue the sheet to the dark blue background.",
    "It was founded in 1887 and has 2,500 members today.",
    "The ticket costs $12.50, and the train leaves at 5:45 p.m.",
    "Doctor Elizabeth Warren met Mister Tanaka in Copenhagen on Tuesday.",
    "There is, of course, a simpler way: write a small function, test it, and call it from everywhere.",
)
HEARING_RATE = 16_000
STEPS = {"words": ALL_STEPS, "digits": frozenset[Any]()}

Recogniser = Callable[[Samples], str]


class Spoken(NamedTuple):
    """seconds: of speech. first_audio: seconds from the text to it."""

    sentence: str
    numbers: str
    seconds: float
    first_audio: float
    real_time_factor: float
    notices: int
    samples: Samples


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    options.to.mkdir(parents=True, exist_ok=True)
    hears = None if options.recogniser == "none" else _recogniser(options.recogniser)
    voices = {numbers: load_voice(options.voice, steps=steps) for numbers, steps in STEPS.items()}
    spoken = [
        _speak(voice, sentence, numbers, options.to / f"{at}-{numbers}.wav")
        for numbers, voice in voices.items()
        for at, sentence in enumerate(SENTENCES, 1)
    ]
    rows = [[*_row(one), "" if hears is None else f"{_errors(one, hears):.2f}"] for one in spoken]
    print(markdown_table(["sentence", "numbers as", "s", "first audio, s", "RTF", "notices", "WER"], rows))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--to", type=Path, default=Path("spoken"), help="folder of the recordings")
    parser.add_argument("--voice", default="llmvox", help="or a directory of checkpoints")
    parser.add_argument("--recogniser", default="openai/whisper-small.en", help="of transformers; or none")
    return parser


def _speak(voice: Voice, sentence: str, numbers: str, path: Path) -> Spoken:
    sink, recording = MemorySink(), WavSink(path)
    with SpeechStream(voice, TeeSink(sink, recording)) as stream:
        stream.write(sentence)
        stream.end()
        stream.wait()
    recording.close()
    stats = stream.stats
    return Spoken(
        sentence,
        numbers,
        stats.audio_seconds,
        stats.time_to_first_audio or 0.0,
        stats.real_time_factor or 0.0,
        len(stream.notices),
        sink.samples,
    )


def _row(one: Spoken) -> list[str]:
    figures = [
        f"{one.seconds:.1f}",
        f"{one.first_audio:.3f}",
        f"{one.real_time_factor:.2f}",
        str(one.notices),
    ]
    return [one.sentence, one.numbers, *figures]


def _recogniser(model: str) -> Recogniser:
    try:
        from transformers import pipeline
    except ImportError:
        sys.exit("a recogniser needs: pip install transformers jiwer; or say --recogniser none")
    hear: Any = pipeline("automatic-speech-recognition", model=model)

    def text_of(samples: Samples) -> str:
        resampler = Resampler(24_000, HEARING_RATE)
        heard = np.concatenate([resampler.feed(samples), resampler.flush()])
        return cast(str, hear({"raw": heard, "sampling_rate": HEARING_RATE})["text"])

    return text_of


def _errors(one: Spoken, hears: Recogniser) -> float:
    """Word error rate, without regard to case and punctuation; numbers are compared as they were said."""
    import jiwer

    from llmvox_plugins.core.text import spoken_words

    def plain(text: str) -> str:
        said = " ".join(word.text for word in spoken_words(text))
        return " ".join("".join(c if c.isalnum() or c == "'" else " " for c in said.lower()).split())

    return float(jiwer.wer(plain(one.sentence), plain(hears(one.samples))))


if __name__ == "__main__":
    main()
