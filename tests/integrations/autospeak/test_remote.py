"""What doorways tell in the program arrives at the companion's narrator, and costs the program nothing."""

import inspect
import json
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from llmvox_plugins.core.narrator import Narrator
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.autospeak import line, remote
from llmvox_plugins.integrations.autospeak.companion import heed
from llmvox_plugins.integrations.autospeak.messages import BYE
from llmvox_plugins.integrations.autospeak.remote import RemoteNarrator


class Companion:
    """The other end of the line, in this process. It reads once it is told to."""

    def __init__(self) -> None:
        self.voice, self.sink = ScriptedVoice(), MemorySink()
        self.narrator = Narrator(self.voice, self.sink)
        self.reads = threading.Event()
        self.messages = 0
        self._thread = threading.Thread(target=self._listen)
        self._theirs: socket.socket | None = None

    def start(self, theirs: socket.socket) -> None:
        self._theirs = theirs.dup()
        self._thread.start()

    def _listen(self) -> None:
        assert self._theirs is not None
        self.reads.wait()
        with self._theirs, self._theirs.makefile("rb") as messages:
            for message in messages:
                self.messages += 1
                if message == BYE:
                    break
                heed(self.narrator, *json.loads(message))
            self.narrator.close(5)

    def ends(self) -> None:
        self.reads.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture
def companion(monkeypatch: pytest.MonkeyPatch) -> Iterator[Companion]:
    companion = Companion()
    companion.reads.set()
    monkeypatch.setattr(remote, "start_companion", companion.start)
    yield companion
    if companion._theirs is not None:
        companion.ends()


def test_it_is_spoken_to_as_a_narrator() -> None:
    for name, method in inspect.getmembers(RemoteNarrator, inspect.isfunction):
        if not name.startswith("_") and name != "hush":
            theirs = inspect.signature(getattr(Narrator, name)).parameters
            assert list(inspect.signature(method).parameters) == list(theirs), name


def test_all_that_is_told_arrives(companion: Companion) -> None:
    told = RemoteNarrator()
    assert told.begin("a", "a1", ["agent"])
    told.write("a", "a1", "One ")
    told.write("a", "a1", 'one,\n"quoted" \ud800 ü.')
    told.end("a", "a1")
    told.say("a", "A remark.")
    assert told.begin("a", "a2", hold=True)
    told.write("a", "a2", "Void.")
    told.drop("a", "a2")
    told.finish("a")
    assert told.begin("b", "b1", hold=True)
    told.write("b", "b1", "Never heard.")
    told.cancel("b")
    assert told.begin("c", "c1")
    told.write("c", "c1", "Two.")
    told.end("c", "c1")
    told.finish("c")
    told.close()
    assert companion.voice.voiced == 'One one, "quoted" ü. A remark. Two.'


def test_an_interruption_arrives(companion: Companion) -> None:
    told = RemoteNarrator()
    told.begin("a", "a1")
    told.write("a", "a1", "Before. ")
    told.interrupt()
    told.write("a", "a1", "After.")
    told.finish("a")
    told.close()
    assert "After." not in companion.voice.voiced


def test_what_nobody_has_begun_is_not_told(companion: Companion) -> None:
    told = RemoteNarrator()
    told.write("a", "a1", "x")
    told.finish("a")
    told.begin("b", "b1")
    told.write("b", "b2", "x")
    told.write("c", "b1", "x")
    told.finish("b")
    told.finish("b")
    told.close()
    assert companion.messages == 3  # begin, finish, bye
    assert not told.begin("d", "d1")  # it is closed
    told.close()
    told.hush()


def test_roots_that_nobody_ends_are_forgotten(companion: Companion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MOST_ROOTS", 10)
    told = RemoteNarrator()
    for number in range(100):
        told.begin(number, "run")
    assert len(told._roots) == 10
    told.close()


def test_sending_waits_for_nobody_and_loses_nothing(companion: Companion) -> None:
    companion.reads.clear()
    told = RemoteNarrator()
    told.begin("a", "a1")
    began = time.monotonic()
    for _ in range(1000):
        told.write("a", "a1", "0123456789 " * 100)
        told.write("a", "a1", "")
    assert time.monotonic() - began < 1
    threading.Timer(0.2, companion.reads.set).start()
    told.interrupt()
    told.finish("a")
    told.close()
    assert companion.messages == 2004


def test_a_companion_that_hangs_is_given_up(
    companion: Companion, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(line, "MOST_WAITING", 100_000)
    companion.reads.clear()
    told = RemoteNarrator()
    told.begin("a", "a1")
    for _ in range(1000):
        told.write("a", "a1", "0123456789 " * 100)
    assert not told.begin("a", "a2")
    told.close()
    said = "llmvox: nothing more will be heard: the process that speaks hangs\n"
    assert capsys.readouterr().err == said


def test_a_companion_that_cannot_be_started_is_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def start(theirs: socket.socket) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(remote, "start_companion", start)
    told = RemoteNarrator()
    assert not told.begin("a", "a1")
    assert not told.begin("b", "b1")
    told.write("a", "a1", "x")
    told.close()
    assert capsys.readouterr().err == "llmvox: nothing more will be heard: no more processes\n"


def test_threads_may_tell_at_once(companion: Companion) -> None:
    told = RemoteNarrator()

    def tell(name: str) -> None:
        told.begin(name, name)
        for _ in range(200):
            told.write(name, name, f"{name} ")
        told.finish(name)

    threads = [threading.Thread(target=tell, args=[name]) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.close()
    said = ScriptedVoice.read(companion.sink.samples)
    assert sorted(said[begin : begin + 399] for begin in range(0, 4 * 399, 399)) == [
        " ".join(name * 200) for name in "abcd"
    ]


def cost_of(call: Callable[[], object], count: int = 2000) -> list[float]:
    costs = []
    for _ in range(count):
        began = time.perf_counter()
        call()
        costs.append(time.perf_counter() - began)
        time.sleep(0.0001)
    return costs


def test_a_token_costs_next_to_nothing(companion: Companion) -> None:
    told = RemoteNarrator()
    told.begin("a", "a1")
    assert statistics.median(cost_of(lambda: told.write("a", "a1", "token "))) < 50e-6
    told.cancel("a")
    told.close()
