"""The speaker on a device that the test plays: time passes only when the test says so."""

from __future__ import annotations

import os
import sys
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llmvox_plugins.core.audio import AudioChunk, Samples
from llmvox_plugins.core.errors import ConfigurationError, MissingDependencyError, SinkError
from llmvox_plugins.core.sinks import SpeakerSink

RATE = 1_000  # one frame is a millisecond
BLOCK = 10


class PortAudioError(Exception):
    pass


class Stream:
    """An output stream of the fake device."""

    def __init__(self, device: Device, samplerate: int, callback: Callable[..., None]) -> None:
        self.samplerate = samplerate
        self.latency = device.latency
        self.callback = callback
        self.active = self.closed = False
        self.events: list[str] = []

    def start(self) -> None:
        self.active = True
        self.events.append("start")

    def stop(self) -> None:
        self.active = False
        self.events.append("stop")

    def close(self) -> None:
        self.closed = True
        self.events.append("close")


class Device(types.ModuleType):
    """What `import sounddevice` gives, with one sound card whose clock is `now`."""

    PortAudioError = PortAudioError

    def __init__(self) -> None:
        super().__init__("sounddevice")
        self.now = 100.0
        self.latency = 0.03
        self.rates: set[int] | None = None
        self.streams: list[Stream] = []
        self.heard = np.zeros(0, np.float32)
        self.cards = [
            {"index": 0, "name": "Microphone", "max_output_channels": 0, "default_samplerate": 44_100.0},
            {"index": 1, "name": "Loud", "max_output_channels": 2, "default_samplerate": 48_000.0},
        ]

    def query_devices(self, device: int | str | None = None, kind: str | None = None) -> Any:
        if kind is None:
            return self.cards
        known = [card for card in self.cards if device in (None, card["index"], card["name"])]
        if isinstance(device, str) and not known:
            raise ValueError(f"No output device matching {device!r}")
        playing = [card for card in known if card["max_output_channels"]]
        if not playing:
            raise PortAudioError(f"Error querying device {device}")
        return playing[0]

    def check_output_settings(self, device: object, channels: int, dtype: str, samplerate: int) -> None:
        assert (channels, dtype) == (1, "float32")
        if self.rates is not None and samplerate not in self.rates:
            raise PortAudioError("Invalid sample rate")

    def OutputStream(self, **settings: Any) -> Stream:  # noqa: N802
        self.check_output_settings(
            settings.pop("device"), settings.pop("channels"), settings.pop("dtype"), settings["samplerate"]
        )
        self.streams.append(Stream(self, **settings))
        return self.streams[-1]

    def play(self, seconds: float, *, underflow: bool = False) -> Samples:
        """Let time pass: the device takes block after block, and returns what it took."""
        stream = self.streams[-1]
        blocks = []
        for _ in range(round(seconds * stream.samplerate / BLOCK)):
            out = np.full((BLOCK, 1), np.nan, np.float32)
            stream.callback(out, BLOCK, None, types.SimpleNamespace(output_underflow=underflow))
            self.now += BLOCK / stream.samplerate
            blocks.append(out[:, 0])
        return np.concatenate(blocks)


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    fake = Device()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    monkeypatch.setattr("llmvox_plugins.core.sinks.speaker.monotonic", lambda: fake.now)
    return fake


@pytest.fixture
def speaker(device: Device) -> Iterator[SpeakerSink]:
    sink = SpeakerSink(preroll=0.05, buffer_seconds=1.0)
    yield sink
    sink.close()


def voice(frames: int, rate: int = RATE) -> AudioChunk:
    """Samples that differ from each other and from silence."""
    return AudioChunk(np.linspace(0.1, 0.9, frames, dtype=np.float32), rate, 0.0, (0, 1))


class Aside:
    """A call in a thread of its own, as the drain thread makes it."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.error: SinkError | None = None
        self._call = call
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._call()
        except SinkError as error:
            self.error = error

    def blocks(self) -> bool:
        self._thread.join(0.05)
        return self._thread.is_alive()

    def returns(self) -> bool:
        self._thread.join(5)
        return not self._thread.is_alive()


def start(speaker: SpeakerSink, chunk: AudioChunk) -> None:
    speaker.begin(chunk.sample_rate)
    speaker.write(chunk)


def play_out(device: Device, speaker: SpeakerSink) -> Samples:
    """finish(), while the device plays."""
    finishing = Aside(speaker.finish)
    heard: list[Samples] = []
    while finishing.blocks():
        assert len(heard) < 50, "finish() does not return"
        heard.append(device.play(0.1))
    assert finishing.error is None
    return np.concatenate(heard)


# --- what sounds -------------------------------------------------------------------------------------


def test_what_is_written_is_what_sounds(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(333))
    heard = play_out(device, speaker)
    np.testing.assert_array_equal(heard[:333], voice(333).samples)
    assert not heard[333:].any()


def test_the_ring_keeps_the_order_when_it_wraps(device: Device, speaker: SpeakerSink) -> None:
    said = np.arange(1, 3_001, dtype=np.float32)
    speaker.begin(RATE)
    heard = []
    for part in np.split(said, range(70, 3_000, 70)):
        speaker.write(AudioChunk(part, RATE, 0.0, (0, 1)))
        heard.append(device.play(0.07))
    assert np.concatenate(heard)[:3_000].tolist() == said.tolist()


def test_nothing_sounds_before_the_preroll_is_there(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(49))
    assert not device.play(0.2).any()
    assert speaker.played == 0.0
    speaker.write(voice(1))
    assert device.play(0.05).all()
    assert speaker.underruns == 0


def test_audio_shorter_than_the_preroll_sounds_once_it_is_complete(
    device: Device, speaker: SpeakerSink
) -> None:
    start(speaker, voice(20))
    assert not device.play(0.1).any()
    heard = play_out(device, speaker)
    np.testing.assert_array_equal(heard[:20], voice(20).samples)
    assert speaker.underruns == 0


def test_between_answers_the_device_stays_open_and_is_silent(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(100))
    play_out(device, speaker)
    assert not device.play(0.5).any()
    start(speaker, voice(100))
    play_out(device, speaker)
    assert len(device.streams) == 1
    assert device.streams[0].events == ["start"]


def test_another_rate_opens_the_device_anew(device: Device, speaker: SpeakerSink) -> None:
    speaker.begin(RATE)
    speaker.begin(2_000)
    assert [stream.samplerate for stream in device.streams] == [RATE, 2_000]
    assert device.streams[0].events == ["start", "stop", "close"]  # stop() first: it waits for the callback


def test_a_rate_that_the_device_refuses_is_resampled_to_its_own(device: Device) -> None:
    device.rates = {48_000}
    speaker = SpeakerSink()
    tone = np.asarray(np.sin(2 * np.pi * 440 * np.arange(11_111) / 22_050), dtype=np.float32)
    start(speaker, AudioChunk(tone, 22_050, 0.0, (0, 1)))
    heard = play_out(device, speaker)
    assert device.streams[0].samplerate == 48_000
    expected = np.sin(2 * np.pi * 440 * np.arange(24_000) / 48_000)
    np.testing.assert_allclose(heard[1_000:23_000], expected[1_000:23_000], atol=1e-3)
    assert speaker.played == 11_111 / 22_050
    speaker.close()


# --- what has been heard -----------------------------------------------------------------------------


def test_played_lags_behind_by_the_devices_latency(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(800))
    device.play(0.02)
    assert speaker.played == 0.0
    device.play(0.48)
    assert speaker.played == pytest.approx(0.47)
    device.now += 0.005  # the device takes in blocks, and is heard in between
    assert speaker.played == pytest.approx(0.475)


def test_played_reaches_all_that_was_written_and_no_more(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(105))
    seen = [speaker.played]
    for _ in range(30):
        device.play(0.01)
        seen.append(speaker.played)
    assert seen == sorted(seen)
    assert seen[-1] == 0.105


def test_played_waits_while_there_is_a_gap_and_never_steps_back(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(100))
    device.play(0.5)
    assert speaker.played == 0.1
    speaker.write(voice(100))
    for _ in range(3):
        device.play(0.01)
        assert 0.1 <= speaker.played < 0.13
    device.play(0.2)
    assert speaker.played == 0.2


def test_played_knows_what_was_heard_before_a_gap_though_nobody_asked(
    device: Device, speaker: SpeakerSink
) -> None:
    start(speaker, voice(100))
    device.play(0.5)
    speaker.write(voice(100))
    device.play(0.01)
    assert speaker.played == 0.1


def test_played_begins_anew_with_each_stream(device: Device, speaker: SpeakerSink) -> None:
    assert speaker.played == 0.0
    start(speaker, voice(100))
    play_out(device, speaker)
    assert speaker.played == 0.1
    speaker.begin(RATE)
    assert speaker.played == 0.0


def test_finish_returns_when_the_latency_has_passed_too(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(100))
    finishing = Aside(speaker.finish)
    assert finishing.blocks()
    device.play(0.1)
    assert finishing.blocks()
    device.play(0.02)
    assert finishing.blocks()
    device.play(0.01)
    assert finishing.returns()
    assert speaker.played == 0.1


def test_a_stream_without_audio_finishes_at_once(speaker: SpeakerSink) -> None:
    speaker.begin(RATE)
    assert Aside(speaker.finish).returns()
    assert speaker.played == 0.0


# --- underruns ---------------------------------------------------------------------------------------


def test_a_gap_is_one_underrun_however_long(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(100))
    device.play(0.7)
    speaker.write(voice(30))
    assert not device.play(0.1).any()  # the preroll counts after a gap too
    speaker.write(voice(70))
    device.play(0.2)
    assert speaker.underruns == 1
    speaker.write(voice(100))
    device.play(0.1)
    play_out(device, speaker)
    assert speaker.underruns == 2


def test_audio_that_comes_in_time_is_no_underrun(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(100))
    for _ in range(20):
        device.play(0.05)
        speaker.write(voice(50))
    play_out(device, speaker)
    assert speaker.underruns == 0


def test_an_end_that_is_told_late_is_no_underrun(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(100))
    device.play(0.5)
    assert Aside(speaker.finish).returns()
    device.play(0.1)
    assert speaker.underruns == 0


def test_what_the_device_itself_missed_is_an_underrun(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(300))
    device.play(0.01, underflow=True)  # nothing had sounded yet
    assert speaker.underruns == 0
    device.play(0.02, underflow=True)
    assert speaker.underruns == 2
    play_out(device, speaker)
    device.play(0.1, underflow=True)  # nothing sounds any more
    assert speaker.underruns == 2
    speaker.begin(RATE)
    assert speaker.underruns == 0


# --- back-pressure and abort -------------------------------------------------------------------------


def test_write_blocks_while_the_ring_is_full(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(1_000))
    writing = Aside(lambda: speaker.write(voice(200)))
    assert writing.blocks()
    device.play(0.1)
    assert writing.blocks()
    device.play(0.1)
    assert writing.returns()


def test_a_chunk_longer_than_the_ring_passes_through_it(device: Device, speaker: SpeakerSink) -> None:
    said = voice(2_500)
    speaker.begin(RATE)
    writing, heard = Aside(lambda: speaker.write(said)), []
    while writing.blocks():
        heard.append(device.play(0.25))
    heard.append(play_out(device, speaker))
    np.testing.assert_array_equal(np.concatenate(heard)[:2_500], said.samples)


def test_abort_drops_the_ring_and_releases_a_blocked_write(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(1_000))
    device.play(0.1)
    writing = Aside(lambda: speaker.write(voice(500)))
    assert writing.blocks()
    speaker.abort()
    assert writing.returns()
    assert writing.error is None
    assert not device.play(0.5).any()


def test_abort_releases_a_blocked_finish(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(500))
    finishing = Aside(speaker.finish)
    assert finishing.blocks()
    speaker.abort()
    assert finishing.returns()
    assert finishing.error is None


def test_after_abort_played_stays_at_what_was_heard(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(500))
    device.play(0.2)
    speaker.abort()
    assert speaker.played == pytest.approx(0.17)
    device.play(0.5)
    speaker.write(voice(100))
    speaker.finish()
    assert speaker.played == pytest.approx(0.17)


def test_the_stream_after_an_abort_sounds_from_its_beginning(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(500))
    device.play(0.2)
    speaker.abort()
    start(speaker, voice(77))
    heard = play_out(device, speaker)
    np.testing.assert_array_equal(heard[:77], voice(77).samples)
    assert speaker.played == 0.077
    assert speaker.underruns == 0


def test_close_releases_a_blocked_finish_and_nothing_follows(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(500))
    finishing = Aside(speaker.finish)
    assert finishing.blocks()
    speaker.close()
    speaker.close()
    assert finishing.returns()
    assert finishing.error is None
    assert device.streams[0].events == ["start", "stop", "close"]
    with pytest.raises(SinkError, match="closed"):
        speaker.begin(RATE)
    with pytest.raises(SinkError, match="closed"):
        speaker.write(voice(1))


# --- errors ------------------------------------------------------------------------------------------


def test_without_the_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "llmvox-plugins\[speaker\]"'):
        SpeakerSink()


def test_without_portaudio_the_error_names_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')\n")
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingDependencyError, match="apt-get install libportaudio2"):
        SpeakerSink()


def test_a_device_that_does_not_exist_is_refused_with_those_there_are(device: Device) -> None:
    with pytest.raises(SinkError, match=r"no output device 'Quiet'; there are 1 'Loud'$"):
        SpeakerSink("Quiet")
    with pytest.raises(SinkError, match="no output device 7"):
        SpeakerSink(7)
    with pytest.raises(SinkError, match="no output device 0"):  # a microphone
        SpeakerSink(0)


def test_a_machine_without_devices_says_so(device: Device) -> None:
    device.cards = []
    with pytest.raises(SinkError, match="no default output device; this machine has none at all"):
        SpeakerSink()


def test_a_device_that_vanishes_fails_write_and_finish(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(1_000))
    writing = Aside(lambda: speaker.write(voice(100)))
    assert writing.blocks()
    device.streams[0].active = False
    assert writing.returns()
    assert "unplugged" in str(writing.error)
    with pytest.raises(SinkError, match="unplugged"):
        speaker.finish()


def test_a_device_that_has_come_back_is_opened_anew(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(100))
    device.streams[0].active = False
    start(speaker, voice(100))
    heard = play_out(device, speaker)
    assert len(device.streams) == 2
    np.testing.assert_array_equal(heard[:100], voice(100).samples)


def test_a_device_that_does_not_open_is_a_sink_error_and_may_open_later(
    device: Device, speaker: SpeakerSink
) -> None:
    device.rates = set()
    with pytest.raises(SinkError, match="the audio device failed: Invalid sample rate"):
        speaker.begin(RATE)
    device.rates = {RATE}
    start(speaker, voice(100))
    assert device.play(0.1).all()


def test_a_preroll_that_never_fits_the_buffer_is_refused(device: Device) -> None:
    for preroll, buffer_seconds in [(0.5, 0.4), (-0.1, 1.0), (0.0, 0.0)]:
        with pytest.raises(ConfigurationError, match="does not fit"):
            SpeakerSink(preroll=preroll, buffer_seconds=buffer_seconds)


def test_a_forked_child_may_not_use_the_device(device: Device, speaker: SpeakerSink) -> None:
    start(speaker, voice(100))
    reader, writer = os.pipe()
    if not os.fork():
        calls: list[Callable[[], None]] = [
            lambda: speaker.begin(RATE),
            lambda: speaker.write(voice(1)),
            speaker.finish,
        ]
        for call in calls:
            try:
                call()
            except SinkError as error:
                os.write(writer, f"{error}\n".encode())
        speaker.abort()
        speaker.close()
        os.write(writer, f"{device.streams[0].events}".encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as outcome:
        *errors, events = outcome.read().splitlines()
    os.wait()
    assert len(errors) == 3
    assert all("parent of this process" in error for error in errors)
    assert events == "['start']"
    np.testing.assert_array_equal(play_out(device, speaker)[:100], voice(100).samples)


def test_a_speaker_that_nobody_closes_is_closed_at_exit(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_exit: list[Callable[[], None]] = []
    monkeypatch.setattr("atexit.register", at_exit.append)
    monkeypatch.setattr("atexit.unregister", at_exit.remove)
    speaker = SpeakerSink()
    speaker.begin(RATE)
    for call in list(at_exit):
        call()
    assert device.streams[0].events == ["start", "stop", "close"]
    assert at_exit == []
