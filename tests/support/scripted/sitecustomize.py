"""In a companion of `llmvox run` every voice is the scripted one, with this folder on the PYTHONPATH."""

import os

if os.environ.get("LLMVOX_RUN") == "0":
    from llmvox_plugins.core import casting
    from llmvox_plugins.core.testing import ScriptedVoice

    def load_voice(name: object = None) -> ScriptedVoice:
        return ScriptedVoice(delay=float(os.environ.get("SCRIPTED_DELAY", "0")))

    vars(casting)["load_voice"] = load_voice
