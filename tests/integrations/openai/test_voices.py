"""Names of voices that clients may say."""

import pytest

from llmvox_plugins.core.errors import UnknownVoiceError
from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.openai.errors import APIError
from llmvox_plugins.integrations.openai.voices import MOST_LOADED, OPENAI_VOICES, Voices


async def test_names_mean_what_they_were_told_to() -> None:
    own = ScriptedVoice()
    voices = Voices("espeak:en-us", {"Alloy": "espeak:en-gb", "narrator": own})
    assert (await voices.get("alloy")).name == "espeak:en-gb"
    assert (await voices.get("ALLOY ")).name == "espeak:en-gb"
    assert await voices.get("narrator") is own
    assert await voices.get("scripted") is own
    for name in ("default", "espeak:en-us", *OPENAI_VOICES[1:]):
        assert (await voices.get(name)).name == "espeak:en-us"
    assert (await voices.get("espeak:de")).name == "espeak:de"
    names = [voice.name for voice in voices.list()]
    assert len(names) == len(set(names))
    assert {"alloy", "narrator", "default", "espeak:de"} <= set(names)


@pytest.mark.parametrize("name", ["llmvox", "/etc", "..", "espeak:../../x", "espeak:zz", "", "script"])
async def test_what_is_not_configured_is_not_looked_for(name: str) -> None:
    voices = Voices(ScriptedVoice(), {})
    with pytest.raises(APIError) as refused:
        await voices.get(name)
    assert refused.value.status == 400
    assert refused.value.body["param"] == "voice"


async def test_clients_cannot_fill_the_memory_with_names() -> None:
    voices = Voices(ScriptedVoice(), {})
    for at in range(2 * MOST_LOADED):
        spaced = "espeak:" + " " * at + "de"
        assert (await voices.get(spaced)).name == "espeak:de"
    assert len(voices._loaded) <= MOST_LOADED + len(OPENAI_VOICES)


async def test_a_configured_voice_that_does_not_exist_is_told_when_it_is_loaded() -> None:
    voices = Voices(None, {"alloy": "espeak:xx"})
    assert not voices.ready
    for _ in range(2):
        with pytest.raises(UnknownVoiceError):
            await voices.load()
    assert not voices.ready
