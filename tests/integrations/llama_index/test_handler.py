"""The handler on the dispatcher: how it comes there and leaves, and what it does with trouble."""

import gc
import logging
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.span_handlers import BaseSpanHandler
from llama_index.core.llms import ChatMessage
from llama_index_instrumentation import get_dispatcher
from support.llama_models import ChatModel, PlainModel, index_of, notes

from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.errors import ConfigurationError, SinkError, UnknownVoiceError
from llmvox_plugins.core.narrator import Narrator
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.llama_index import SpeechEventHandler, SpeechSpanHandler, attach

QUESTION = [ChatMessage(content="?")]
ROOT = get_dispatcher()


def ask(text: str = "Hello there.") -> None:
    assert list(ChatModel([f"{word} " for word in text.split()]).stream_chat(QUESTION))


def handlers() -> tuple[int, int]:
    return len(ROOT.event_handlers), len(ROOT.span_handlers)


def test_attach_is_undone_by_a_call(voice: ScriptedVoice, sink: MemorySink) -> None:
    before = handlers()
    undo = attach(voice=voice, to=sink)
    ask("One.")
    undo()
    ask("Two.")
    assert ScriptedVoice.read(sink.samples) == "One."
    assert handlers() == before
    undo()


def test_attach_is_undone_by_a_with_block(voice: ScriptedVoice, sink: MemorySink) -> None:
    before = handlers()
    with attach(voice=voice, to=sink):
        ask("One.")
    ask("Two.")
    assert ScriptedVoice.read(sink.samples) == "One."
    assert handlers() == before


def test_an_exception_in_the_with_block_is_silence(sink: MemorySink) -> None:
    with pytest.raises(KeyError), attach(voice=ScriptedVoice(delay=0.05), to=sink):
        ask("word " * 50)
        raise KeyError
    assert ScriptedVoice.read(sink.samples).count("word") < 10


def test_a_narrator_that_was_given_goes_on(voice: ScriptedVoice, sink: MemorySink) -> None:
    narrator = Narrator(voice, sink)
    undo = attach(narrator)
    ask("One.")
    stream = ChatModel(["Two ", "and more."]).stream_chat(QUESTION)
    next(stream)
    undo()
    list(stream)
    ask("Hidden.")
    narrator.say("root", "Three.")
    narrator.finish("root")
    assert narrator.wait(5)
    assert ScriptedVoice.read(sink.samples) == "One.TwoThree."
    narrator.close()


def test_a_handler_that_was_given_is_not_closed(voice: ScriptedVoice, sink: MemorySink) -> None:
    speech = SpeechEventHandler(voice=voice, to=sink)
    for text in ("One.", "Two."):
        with attach(speech) as attached:
            assert attached is speech
            ask(text)
    ask("Hidden.")
    assert speech.wait(5)
    assert voice.voiced == "One. Two."
    speech.close()


def test_adding_the_event_handler_is_enough(voice: ScriptedVoice, sink: MemorySink) -> None:
    before = handlers()
    speech = SpeechEventHandler(voice=voice, to=sink)
    assert isinstance(speech, BaseEventHandler)
    ROOT.add_event_handler(speech)
    index_of("A fact.").as_chat_engine(llm=ChatModel(["It ", "is."]), memory=notes()).chat("Why?")
    assert speech.wait(5)
    assert voice.voiced == "It is."
    speech.close()
    assert handlers() == before


def test_what_is_added_twice_speaks_once(voice: ScriptedVoice, sink: MemorySink) -> None:
    before = handlers()
    speech = SpeechEventHandler(voice=voice, to=sink)
    with attach(speech), attach(speech):
        ROOT.add_event_handler(speech)
        ROOT.add_span_handler(speech._span_handler)
        ask()
        index_of("A fact.").as_query_engine(llm=ChatModel(["It ", "is."])).query("Why?")
        assert speech.wait(5)
    assert voice.voiced == "Hello there. It is."
    speech.close()
    assert handlers() == before


def test_a_handler_that_nobody_holds_leaves_the_dispatcher(voice: ScriptedVoice, sink: MemorySink) -> None:
    before = handlers()
    SpeechEventHandler(voice=voice, to=sink)
    gc.collect()
    assert handlers() == before


def test_two_handlers_both_speak(voice: ScriptedVoice, sink: MemorySink) -> None:
    other, place = ScriptedVoice(), MemorySink()
    engine = index_of("A fact.").as_query_engine(llm=ChatModel(["It ", "is."]), streaming=True)
    with attach(voice=voice, to=sink) as one, attach(voice=other, to=place) as two:
        ask()
        assert str(engine.query("Why?")) == "It is."
        assert one.wait(5)
        assert two.wait(5)
    assert voice.voiced == other.voiced == "Hello there. It is."


def test_what_would_be_wrong_in_every_call_raises_at_once() -> None:
    before = handlers()
    with pytest.raises(UnknownVoiceError):
        attach(voice="no-such-voice")
    with pytest.raises(SinkError):
        attach(voice=ScriptedVoice(), to="/nowhere/answer.wav")
    with pytest.raises(ConfigurationError):
        attach(voice=ScriptedVoice(), to=MemorySink(), turns="loudest")
    with pytest.raises(TypeError):
        attach(volume=11)
    assert handlers() == before


def test_trouble_with_the_sink_stays_away_from_the_program(caplog: pytest.LogCaptureFixture) -> None:
    def broken(chunk: AudioChunk) -> None:
        raise OSError("no device")

    with attach(voice=ScriptedVoice(), to=broken) as speech:
        ask()
        engine = index_of("A fact.").as_query_engine(llm=ChatModel(["It ", "is."]), streaming=True)
        assert str(engine.query("Why?")) == "It is."
        speech.wait(5)
        assert isinstance(speech.error, SinkError)
    assert "no device" in caplog.text


def test_raise_errors_raises_where_it_is_waited_for() -> None:
    def broken(chunk: AudioChunk) -> None:
        raise OSError("no device")

    speech = SpeechEventHandler(voice=ScriptedVoice(), to=broken, raise_errors=True)
    undo = attach(speech)
    ask()
    with pytest.raises(SinkError, match="no device"):
        speech.wait(5)
    undo()


def test_a_mistake_of_ours_is_logged_once(
    speech: SpeechEventHandler, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(speech._narrator, "write", stumble)
    ask()
    engine = index_of("A fact.").as_query_engine(llm=ChatModel(["It ", "is."]), streaming=True)
    assert str(engine.query("Why?")) == "It is."
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.ERROR, "speech for LlamaIndex failed: RuntimeError")
    ]
    assert isinstance(speech.error, RuntimeError)
    speech._error = None


def test_a_slow_or_hanging_listener_holds_up_nobody(sink: MemorySink) -> None:
    hangs = threading.Event()

    def hanging(chunk: AudioChunk) -> None:
        hangs.wait(30)

    for voice, place in ((ScriptedVoice(delay=0.5), sink), (ScriptedVoice(), hanging)):
        undo = attach(SpeechEventHandler(voice=voice, to=place))
        began = time.monotonic()
        ask("word " * 50)
        assert time.monotonic() - began < 0.4
        assert undo.speech.interrupt().text
        hangs.set()
        undo.speech.close()


def test_interrupt_tells_what_was_heard(sink: MemorySink) -> None:
    with attach(voice=ScriptedVoice(delay=0.02), to=sink) as speech:
        stream = ChatModel(["word " * 50, "more"], ["Again."]).stream_chat(QUESTION)
        next(stream)
        time.sleep(0.2)
        spoken = speech.interrupt()
        assert "word" in spoken.heard
        assert "word" in spoken.unheard
        list(stream)
        ask("Next.")
    assert ScriptedVoice.read(sink.samples).endswith("Next.")
    assert "more" not in ScriptedVoice.read(sink.samples)


@pytest.mark.parametrize(("turns", "said"), [("first", "One one."), ("latest", "Two two.")])
def test_turns(turns: Any, said: str, sink: MemorySink) -> None:
    with attach(voice=ScriptedVoice(delay=0.05), to=sink, turns=turns):
        one = ChatModel(["One ", "one."]).stream_chat(QUESTION)
        next(one)
        two = PlainModel(["Two ", "two."]).stream_chat(QUESTION)
        next(two)
        list(one)
        list(two)
    assert ScriptedVoice.read(sink.samples).endswith(said)


def test_spans_and_streams_that_never_end_are_forgotten(voice: ScriptedVoice, sink: MemorySink) -> None:
    from llmvox_plugins.integrations.llama_index import spans

    arguments: Any = None
    with attach(voice=voice, to=sink) as speech:
        for n in range(spans.MOST_OPEN + 10):
            speech.span_enters(f"Lost.call-{n:036}", arguments, object(), None, {})
        assert len(speech._listener) == spans.MOST_OPEN
        for n in range(spans.MOST_OPEN + 10):
            speech.span_leaves(f"Lost.call-{n:036}", None)
        assert len(speech._listener) == 0
        assert len(speech._listener._spans._past) == spans.MOST_PAST
        assert speech.error is None


def test_the_span_handler_keeps_nothing(speech: SpeechEventHandler) -> None:
    ask()
    handler: Any = next(each for each in ROOT.span_handlers if isinstance(each, SpeechSpanHandler))
    assert isinstance(handler, BaseSpanHandler)
    assert not handler.open_spans
    assert not handler.completed_spans
    ROOT.shutdown()


def test_without_llama_index_the_error_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['llama_index'] = None\n"
        "try: import llmvox_plugins.integrations.llama_index\n"
        "except ImportError as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (
        "MissingDependencyError speech for LlamaIndex needs llama-index-core: "
        'pip install "llmvox-plugins[llama-index]"'
    )
