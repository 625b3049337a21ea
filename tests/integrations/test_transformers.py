"""The real transformers: tiny models, whose choice of tokens is scripted, speak while they generate."""

import logging
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support.local_llm import answer, model_for, tokenizer_of
from transformers import StoppingCriteriaList, TextIteratorStreamer, TextStreamer

from llmvox_plugins import StreamState
from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.errors import SinkError, UnknownVoiceError
from llmvox_plugins.core.narrator import Narrator
from llmvox_plugins.core.state import StreamLimits
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.transformers import SpeechStreamer
from llmvox_plugins.integrations.transformers.detokenizer import Detokenizer

MARKS = ["<think>", "</think>", "<tool_call>", "</tool_call>"]
SPECIAL = ["[TOOL_CALLS]", "[THINK]", "[/THINK]", "<|python_tag|>"]
HARMONY = ["<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|return|>", "<|call|>"]

PATIENT = StreamLimits(idle_release=30.0, idle_timeout=60.0)  # letters that come late are no new word

TOKENIZER = tokenizer_of(*MARKS, special=SPECIAL)
MODEL = model_for(TOKENIZER)


def write(*texts: str, streamer: Any, **options: Any) -> list[str]:
    return answer(MODEL, TOKENIZER, *texts, streamer=streamer, **options)


@pytest.fixture
def speech(voice: ScriptedVoice, sink: MemorySink) -> Iterator[SpeechStreamer]:
    speech = SpeechStreamer(TOKENIZER, voice, sink, limits=PATIENT)
    yield speech
    speech.close(5)


def heard(speech: SpeechStreamer, sink: MemorySink) -> str:
    assert speech.wait(5)
    assert speech.error is None
    return ScriptedVoice.read(sink.samples)


def test_an_answer_is_spoken_once_and_generate_returns_what_it_would(
    speech: SpeechStreamer, sink: MemorySink
) -> None:
    text = "Blue light is scattered most."
    assert write(text, streamer=speech) == write(text, streamer=None) == [text]
    assert heard(speech, sink) == text
    assert speech.spoken.heard == text


def test_it_is_spoken_while_it_is_written(speech: SpeechStreamer, sink: MemorySink) -> None:
    heard_by_then: list[int] = []

    def look(at: int) -> None:
        time.sleep(0.01)
        heard_by_then.append(len(sink.chunks))

    write(
        "One two three four five six.",
        streamer=speech,
        before=look,
    )
    assert heard_by_then[20] > 0
    assert heard(speech, sink) == "One two three four five six."


@pytest.mark.parametrize(
    "text", ["Grüße, 你好 und naïve café 🎉 für 3 €.", "مرحبا بالعالم.", "👩‍👩‍👧‍👦 family."]
)
def test_no_character_is_cut(speech: SpeechStreamer, text: str) -> None:
    write(text, streamer=speech)
    assert speech.wait(5)
    assert speech.spoken.text == text


def test_one_streamer_serves_call_after_call(speech: SpeechStreamer, sink: MemorySink) -> None:
    for text in ("First answer.", "Second answer.", "Third."):
        write(text, streamer=speech)
    assert heard(speech, sink) == "First answer.Second answer.Third."
    assert speech.spoken.text == "Third."


def test_the_prompt_is_spoken_if_asked_for(voice: ScriptedVoice, sink: MemorySink) -> None:
    with SpeechStreamer(TOKENIZER, voice, sink, skip_prompt=False) as speech:
        write(" Because.", streamer=speech, prompt="<|im_start|>Why so?<|im_end|>")
    assert speech.spoken.text == "Why so? Because."


def test_special_tokens_are_part_of_the_text_if_asked_for(voice: ScriptedVoice, sink: MemorySink) -> None:
    with SpeechStreamer(TOKENIZER, voice, sink, skip_special_tokens=False) as speech:
        write("One.<|im_start|>Two.", streamer=speech)
    assert speech.spoken.text == "One.<|im_start|>Two."


def test_a_processor_is_taken_for_its_tokenizer(voice: ScriptedVoice, sink: MemorySink) -> None:
    with SpeechStreamer(SimpleNamespace(tokenizer=TOKENIZER), voice, sink) as speech:
        write("Yes.", streamer=speech)
    assert voice.voiced == "Yes."


def test_a_tokenizer_with_a_way_of_its_own_to_decode_is_asked(voice: ScriptedVoice, sink: MemorySink) -> None:
    class Shouting(type(TOKENIZER)):  # type: ignore[misc]
        def _decode(self, *args: Any, **kwargs: Any) -> str:
            return str(super()._decode(*args, **kwargs)).upper()

    tokenizer = tokenizer_of()
    tokenizer.__class__ = Shouting
    with SpeechStreamer(tokenizer, voice, sink) as speech:
        answer(model_for(tokenizer), tokenizer, "Hello.", streamer=speech)
    assert voice.voiced == "HELLO."


# what is not said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("<think>Hmm, let me see.</think>\n\nThe answer.", "\n\nThe answer."),
        ("[THINK]Hmm.[/THINK]The answer.", "The answer."),
        ('Let me look. <tool_call>\n{"name": "f"}\n</tool_call> Done.', "Let me look.  Done."),
        ('Wait.[TOOL_CALLS]f{"a": 1}[TOOL_CALLS]g{}', "Wait."),
        ('<|python_tag|>{"name": "f", "parameters": {}}', ""),
        ("<think>It never ends", ""),
        ("a < b > c", "a < b > c"),
    ],
)
def test_reasoning_and_calls_of_tools_are_not_said(speech: SpeechStreamer, written: str, said: str) -> None:
    write(written, streamer=speech)
    assert speech.wait(5)
    assert speech.spoken.text == said


@pytest.mark.parametrize("lookahead", [None, 3])
def test_reasoning_that_the_prompt_has_begun_is_not_said(
    speech: SpeechStreamer, lookahead: int | None
) -> None:
    options = {"prompt_lookup_num_tokens": lookahead} if lookahead else {}
    prompt = "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n<think>\n"
    write("So the user asks why.\n</think>\n\nBecause.", streamer=speech, prompt=prompt, **options)
    assert speech.wait(5)
    assert speech.spoken.text == "\n\nBecause."


@pytest.mark.parametrize(
    "prompt", ["What is <think>?", "What is <think><|im_end|>\n<|im_start|>", "<think>\n\n</think>\n\n"]
)
def test_a_mark_elsewhere_in_the_prompt_silences_nobody(speech: SpeechStreamer, prompt: str) -> None:
    write("A mark.", streamer=speech, prompt=prompt)
    assert speech.wait(5)
    assert speech.spoken.text == "A mark."


def test_of_gpt_oss_only_what_is_written_to_the_user_is_said(voice: ScriptedVoice, sink: MemorySink) -> None:
    tokenizer = tokenizer_of(special=HARMONY)
    with SpeechStreamer(tokenizer, voice, sink) as speech:
        answer(
            model_for(tokenizer),
            tokenizer,
            "<|channel|>analysis<|message|>The user asks.<|end|>"
            "<|start|>assistant<|channel|>commentary<|message|>Let me look.<|end|>"
            '<|start|>assistant<|channel|>commentary to=functions.f <|message|>{"a": 1}<|call|>'
            "<|start|>assistant to=functions.f<|channel|>commentary<|message|>{}<|call|>"
            "<|start|>assistant<|channel|>final<|message|> It is blue.<|return|>",
            streamer=speech,
            prompt="<|start|>user<|message|>analysis?<|end|><|start|>assistant",
        )
    assert voice.voiced == "Let me look. It is blue."


def test_the_marks_that_a_tokenizer_declares_are_heeded(voice: ScriptedVoice, sink: MemorySink) -> None:
    tokenizer = tokenizer_of("<aside>", "</aside>")
    tokenizer.response_template = {
        "start_anchor": "<|im_start|>",
        "fields": {
            "notes": {"open": "<aside>", "close": "</aside>", "content": "text"},
            "content": {"content": "text"},
        },
    }
    with SpeechStreamer(tokenizer, voice, sink) as speech:
        answer(model_for(tokenizer), tokenizer, "One. <aside>Psst.</aside>Two.", streamer=speech)
    assert voice.voiced == "One. Two."


# batches, and other ways to generate


def test_a_batch_is_spoken_row_by_row(speech: SpeechStreamer, sink: MemorySink) -> None:
    texts = ["Short.", "A much longer answer, that is.", "Middle one."]
    assert write(*texts, streamer=speech) == texts
    assert heard(speech, sink) == "".join(texts)


def test_sequences_of_one_prompt_are_spoken_in_order(speech: SpeechStreamer, sink: MemorySink) -> None:
    inputs = TOKENIZER("Why?", return_tensors="pt")
    written = MODEL.generate(
        **inputs,
        num_return_sequences=2,
        do_sample=True,
        suppress_tokens=[at for at in range(len(TOKENIZER)) if not TOKENIZER.decode([at]).isalpha()],
        max_new_tokens=8,
        streamer=speech,
    )
    said = [TOKENIZER.decode(row[inputs.input_ids.shape[1] :]) for row in written]
    assert heard(speech, sink) == "".join(said)


def test_tokens_that_come_several_at_once_are_spoken_once(speech: SpeechStreamer, sink: MemorySink) -> None:
    text = "One two one two one two three."
    write(text, streamer=speech, prompt="One two one two.", prompt_lookup_num_tokens=4)
    assert heard(speech, sink) == text


def test_an_assistant_model_does_not_speak(speech: SpeechStreamer, sink: MemorySink) -> None:
    draft = model_for(TOKENIZER)
    write("One two three.", streamer=speech, assistant_model=draft)
    assert heard(speech, sink) == "One two three."


# another streamer


def test_another_streamer_gets_all_of_it(
    voice: ScriptedVoice, sink: MemorySink, capsys: pytest.CaptureFixture[str]
) -> None:
    also = TextStreamer(TOKENIZER, skip_prompt=True, skip_special_tokens=True)
    with SpeechStreamer(TOKENIZER, voice, sink, also=also) as speech:
        write("Heard and seen.", streamer=speech)
    assert capsys.readouterr().out == "Heard and seen.\n"
    assert voice.voiced == "Heard and seen."


def test_an_error_of_the_other_streamer_is_the_users_affair(speech: SpeechStreamer) -> None:
    speech._also = TextStreamer(TOKENIZER)
    with pytest.raises(ValueError, match="batch size 1"):
        write("One.", "Two.", streamer=speech)


def test_it_can_be_called_by_another_streamer(speech: SpeechStreamer, sink: MemorySink) -> None:
    class Both:
        def put(self, value: Any) -> None:
            speech.put(value)

        def end(self) -> None:
            speech.end()

    for at in (7, None):
        fail(speech, at, streamer=Both(), prompt_lookup_num_tokens=2)
    assert heard(speech, sink).endswith("Never a dull word.")


def test_a_hand_written_loop_may_use_it(speech: SpeechStreamer, sink: MemorySink) -> None:
    prompt, tokens = (TOKENIZER(text, return_tensors="pt").input_ids for text in ("Why?", "Because."))
    for value in (prompt, *(tokens[:, at : at + 1] for at in range(tokens.shape[1]))):
        speech.put(value)
    speech.end()
    assert heard(speech, sink) == "Because."


# when it goes wrong


class OutOfMemoryError(Exception):
    pass


def fail(speech: SpeechStreamer, at: int | None, streamer: Any = None, **options: Any) -> None:
    """Generate, up to this token; None: to the end."""

    def before(token: int) -> None:
        time.sleep(0.005)
        if at is not None and token >= at:
            raise OutOfMemoryError

    text = "Never a dull word." if at is None else "Wrong " * 100
    try:
        write(text, streamer=streamer or speech, before=before, **options)
    except OutOfMemoryError:
        assert at is not None


@pytest.mark.parametrize("lookahead", [None, 2])
@pytest.mark.parametrize("seed", range(4))
def test_after_a_failure_the_next_call_begins_anew(
    voice: ScriptedVoice, sink: MemorySink, lookahead: int | None, seed: int
) -> None:
    """Its prompt is not taken for the answer's text, and what the failed one wrote falls silent."""
    options = {"prompt_lookup_num_tokens": lookahead} if lookahead else {}
    chance = random.Random(seed)
    speech = SpeechStreamer(TOKENIZER, ScriptedVoice(delay=0.02), sink, limits=PATIENT)
    for _ in range(3):
        fail(speech, chance.randrange(40), prompt="Unspoken?", **options)
    fail(speech, None, prompt="Unspoken?", **options)
    said = heard(speech, sink)
    assert said.endswith("Never a dull word.")
    assert set(said.removesuffix("Never a dull word.").split(" ")) <= {
        "",
        "Wrong",
        "Wron",
        "Wro",
        "Wr",
        "W",
    } | {"Wrong" * 2}
    assert speech._narrator._roots == {}
    speech.close(5)


def test_an_exception_in_generate_is_silence_in_a_with_block(voice: ScriptedVoice, sink: MemorySink) -> None:
    with (
        pytest.raises(OutOfMemoryError),
        SpeechStreamer(TOKENIZER, ScriptedVoice(delay=0.05), sink) as speech,
    ):
        write("Wrong " * 50, streamer=speech, before=lambda at: raise_at(at, 30))
    assert len(sink.samples) < ScriptedVoice().sample_rate
    assert speech.stream is not None
    assert speech.stream.state is StreamState.CANCELLED


def raise_at(at: int, limit: int) -> None:
    if at >= limit:
        raise OutOfMemoryError


def test_nobody_waits_for_a_thread_that_has_died(
    speech: SpeechStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda args: None)
    at_work, waits = threading.Event(), threading.Event()

    def before(at: int) -> None:
        at_work.set()
        assert waits.wait(5)
        raise_at(at, 8)

    thread = threading.Thread(
        target=write, args=["Wrong words."], kwargs={"streamer": speech, "before": before}
    )
    thread.start()
    assert at_work.wait(5)
    began = time.monotonic()
    threading.Timer(0.1, waits.set).start()
    assert speech.wait(10)
    assert time.monotonic() - began < 3
    thread.join()
    assert speech._calls == {}


def test_bytes_that_are_no_characters_are_left_out(speech: SpeechStreamer, sink: MemorySink) -> None:
    broken = TOKENIZER("é").input_ids[:1]
    tokens = [*TOKENIZER("Well").input_ids, *broken, *TOKENIZER(" then.").input_ids, *broken]
    speech.put(torch.tensor([[0]]))
    for token in tokens:
        speech.put(torch.tensor([token]))
    speech.end()
    assert speech.wait(5)
    assert speech.spoken.text.replace("\ufffd", "") == "Well then."


def test_interruption_is_silence_and_ends_the_writing_where_it_is_a_stopping_criterion(
    voice: ScriptedVoice, sink: MemorySink
) -> None:
    speech = SpeechStreamer(TOKENIZER, voice, sink)
    written: list[str] = []
    criteria = StoppingCriteriaList([speech.interrupted])

    def generate() -> None:
        written.extend(write("word " * 300, streamer=speech, pause=0.005, stopping_criteria=criteria))

    thread = threading.Thread(target=generate)
    thread.start()
    while len(sink.samples) == 0:
        time.sleep(0.01)
    spoken = speech.interrupt()
    thread.join(5)
    assert 0 < len(written[0]) < 500
    assert spoken.heard.startswith("word")
    assert written[0].startswith(spoken.heard)
    write("Next.", streamer=speech, stopping_criteria=criteria)
    assert heard(speech, sink).endswith("Next.")
    speech.close(5)


def test_threads_may_generate_at_once(speech: SpeechStreamer, sink: MemorySink) -> None:
    texts = [f"Thread {name} speaks, {name} and {name}." for name in "abcdef"]
    threads = [
        threading.Thread(target=write, args=[text], kwargs={"streamer": speech, "pause": 0.001})
        for text in texts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = heard(speech, sink)
    assert all(said.count(text) == 1 for text in texts)
    assert len(said) == sum(map(len, texts))


def test_it_can_be_read_in_another_thread_while_it_speaks(voice: ScriptedVoice, sink: MemorySink) -> None:
    shown = TextIteratorStreamer(TOKENIZER, skip_prompt=True, skip_special_tokens=True)
    with SpeechStreamer(TOKENIZER, voice, sink, also=shown) as speech:
        thread = threading.Thread(target=write, args=["Heard and shown."], kwargs={"streamer": speech})
        thread.start()
        assert "".join(shown) == "Heard and shown."
        thread.join()
    assert voice.voiced == "Heard and shown."


def broken_sink(chunk: AudioChunk) -> None:
    raise OSError("no device")


def test_trouble_with_speech_is_logged_once_and_kept(caplog: pytest.LogCaptureFixture) -> None:
    speech = SpeechStreamer(TOKENIZER, ScriptedVoice(), broken_sink)
    text = "One two three four."
    assert write(text, streamer=speech, pause=0.01) == [text]
    assert speech.wait(5)
    assert isinstance(speech.error, SinkError)
    assert [r.levelno for r in caplog.records if r.name.startswith("llmvox")] == [logging.ERROR]
    speech.close()


def test_trouble_in_the_doorway_does_not_reach_generate(
    speech: SpeechStreamer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Narrator, "write", lambda *args: 1 / 0)
    assert write("One.", streamer=speech) == ["One."]
    assert isinstance(speech.error, ZeroDivisionError)
    assert len([r for r in caplog.records if "transformers" in r.message]) == 1


def test_raise_errors_makes_trouble_loud() -> None:
    speech = SpeechStreamer(TOKENIZER, ScriptedVoice(), broken_sink, raise_errors=True)
    with pytest.raises(SinkError):
        write("One two three four.", streamer=speech, pause=0.02)


def test_what_would_be_wrong_in_every_call_is_said_at_once() -> None:
    with pytest.raises(UnknownVoiceError):
        SpeechStreamer(TOKENIZER, "espeak:english-of-mars", MemorySink())
    with pytest.raises(SinkError):
        SpeechStreamer(TOKENIZER, ScriptedVoice(), "/nowhere/answer.wav")
    with pytest.raises(TypeError):
        SpeechStreamer(TOKENIZER, ScriptedVoice(), MemorySink(), skip_promt=True)  # type: ignore[call-arg]


@pytest.mark.parametrize("slow", [lambda: ScriptedVoice(delay=0.5), ScriptedVoice])
def test_a_slow_voice_or_a_hanging_sink_holds_nobody_up(slow: Callable[[], ScriptedVoice]) -> None:
    hang = threading.Event()
    speech = SpeechStreamer(TOKENIZER, slow(), lambda chunk: hang.wait(30))
    took = []
    for streamer in (None, speech):
        began = time.monotonic()
        write("word " * 40, streamer=streamer)
        took.append(time.monotonic() - began)
    assert took[1] < 3 * took[0] + 2  # twenty seconds, if it waited
    speech.interrupt()
    hang.set()
    speech.close(5)


def test_a_narrator_that_is_there_may_be_spoken_through(voice: ScriptedVoice, sink: MemorySink) -> None:
    narrator = Narrator(voice, sink)
    write("Through it.", streamer=SpeechStreamer(TOKENIZER, narrator=narrator))
    assert narrator.wait(5)
    assert voice.voiced == "Through it."
    narrator.close()


def test_nothing_is_spoken_after_close(speech: SpeechStreamer, voice: ScriptedVoice) -> None:
    speech.close()
    assert write("Hello.", streamer=speech) == ["Hello."]
    assert voice.voiced == ""


def test_a_missing_transformers_is_told_with_its_remedy() -> None:
    code = "import sys; sys.modules['transformers'] = None; import llmvox_plugins.integrations.transformers"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MissingDependencyError: speech for transformers needs transformers" in done.stderr
    assert 'pip install "llmvox-plugins[transformers]"' in done.stderr


# the detokenizer


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60), st.randoms())
def test_text_comes_out_as_it_went_in_however_it_was_cut(text: str, chance: random.Random) -> None:
    text = text.replace("\ufffd", "")
    tokens = TOKENIZER(text).input_ids
    detokenizer = Detokenizer(lambda some: TOKENIZER.decode(some))
    parts = []
    while tokens:
        cut = chance.randint(1, 5)
        parts.append(detokenizer.feed(tokens[:cut]))
        tokens = tokens[cut:]
    assert "".join([*parts, detokenizer.flush()]) == text


def test_the_work_for_a_token_does_not_grow_with_the_text() -> None:
    lengths: list[int] = []

    def decode(tokens: list[int]) -> str:
        lengths.append(len(tokens))
        return "x" * sum(token != 0 for token in tokens)  # 0 stands for nothing, as special tokens do

    detokenizer = Detokenizer(decode)
    for token in [*range(1, 500), *[0] * 500]:
        detokenizer.feed([token])
    assert max(lengths) < 64
