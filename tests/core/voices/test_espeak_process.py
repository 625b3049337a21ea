import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from llmvox_plugins.core.errors import MissingDependencyError, VoiceError
from llmvox_plugins.core.voices.espeak import process
from llmvox_plugins.core.voices.espeak.helper import SAMPLE_RATE
from llmvox_plugins.core.voices.espeak.process import EspeakCrashedError, Setting, Speech, synthesize

ENGLISH = Setting("gmw/en-US", 175, 50)


# The pitch flutters on from clause to clause, so the same text again is up to 0.02 s shorter or longer.


def say(text: str, setting: Setting = ENGLISH, *, pause: bool = False) -> Speech:
    return synthesize(text, setting, pause=pause, cancelled=lambda: False)


def seconds(speech: Speech) -> float:
    return len(speech.samples) / SAMPLE_RATE


def test_text_becomes_samples_and_word_positions() -> None:
    speech = say("one two naïve three.")
    assert speech.samples.dtype == np.float32
    assert 0.3 < np.abs(speech.samples).max() <= 1
    assert [position for position, _ in speech.words] == [0, 4, 8, 14]
    starts = [sample for _, sample in speech.words]
    assert starts == sorted(starts)
    assert starts[-1] < len(speech.samples)


def test_a_pause_follows_if_asked_for_and_is_shorter_after_a_comma() -> None:
    comma = seconds(say("Well,", pause=True)) - seconds(say("Well,"))
    stop = seconds(say("Well.", pause=True)) - seconds(say("Well."))
    assert 0.1 < comma < 0.2 < stop < 0.4


@pytest.mark.parametrize(
    "text", ['<break time="9s"/>', "[[h@l'oU]]", "&amp;", "\x01100P\x0190S hi", "a\0b", "\udc80"]
)
def test_markup_commands_and_nonsense_are_only_text(text: str) -> None:
    before = seconds(say("And then?"))
    say(text)
    assert seconds(say("And then?")) == pytest.approx(before, abs=0.03)
    assert seconds(say(text)) < 8


def test_a_cancelled_clause_ends_early_and_the_next_is_whole() -> None:
    whole = seconds(say("one two three four five six seven"))
    answers = iter([False, False])
    aborted = synthesize(
        "one two three four five six seven", ENGLISH, pause=False, cancelled=lambda: next(answers, True)
    )
    assert 0.2 < seconds(aborted) < 0.4
    assert seconds(say("one two three four five six seven")) == pytest.approx(whole, abs=0.03)


def test_a_crash_is_an_error_of_this_clause_only() -> None:
    assert seconds(say("one")) > 0
    assert process._idle is not None
    process._idle._process.kill()
    process._idle._process.wait()
    with pytest.raises(EspeakCrashedError):
        say("one")
    assert seconds(say("one")) > 0


def test_a_voice_that_is_not_there_is_an_error_of_this_clause_only() -> None:
    with pytest.raises(VoiceError, match="gmw/none"):
        say("one", Setting("gmw/none", 175, 50))
    assert seconds(say("one")) > 0


def test_threads_take_turns() -> None:
    alone = seconds(say("one two three"))
    spoken: list[float] = []
    threads = [
        threading.Thread(target=lambda: spoken.append(seconds(say("one two three")))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spoken == pytest.approx([alone] * 8, abs=0.03)


@pytest.mark.parametrize("missing", ["library_path", "data_path"])
def test_a_broken_installation_is_said_to_be_one(
    missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(process, missing, lambda: tmp_path / "none")
    monkeypatch.setattr(process, "_idle", None)
    with pytest.raises(MissingDependencyError, match=r"espeak-ng cannot be used here: .*none"):
        process.ensure_running()


def test_a_program_that_is_no_interpreter_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(process, "_idle", None)
    with pytest.raises(MissingDependencyError, match="interpreter"):
        process.ensure_running()


FORKING = """
import os, threading
from llmvox_plugins.core.voices.espeak.process import Setting, synthesize

def say():
    setting = Setting("gmw/en-US", 175, 50)
    return len(synthesize("one two three", setting, pause=False, cancelled=lambda: False).samples)

usual = say()
stop = threading.Event()
def keep_talking():
    while not stop.is_set():
        say()
talking = threading.Thread(target=keep_talking)
talking.start()
for _ in range(5):
    child = os.fork()
    if child == 0:
        os._exit(0 if abs(say() - usual) < 600 else 1)
    _, status = os.waitpid(child, 0)
    assert status == 0, status
stop.set()
talking.join()
assert abs(say() - usual) < 600
"""


def test_parent_and_children_of_a_fork_speak() -> None:
    subprocess.run([sys.executable, "-c", FORKING], check=True, timeout=30)


ABANDONING = """
import os
from llmvox_plugins.core.voices.espeak import process
process.ensure_running()
print(process._idle._process.pid, flush=True)
os._exit(0)
"""


def test_the_helper_ends_with_its_parent() -> None:
    helper = int(subprocess.check_output([sys.executable, "-c", ABANDONING], timeout=30))
    deadline = time.monotonic() + 5
    while is_running(helper):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
