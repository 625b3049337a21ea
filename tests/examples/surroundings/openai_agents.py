from types import SimpleNamespace

import numpy as np
from agents import Agent, Runner, set_tracing_disabled
from agents.testing import ModelStep, ScriptedModel, assistant_message
from agents.voice import AudioInput, SingleAgentVoiceWorkflow, VoicePipeline, VoicePipelineConfig
from agents.voice.testing import ScriptedSTTModel

set_tracing_disabled(True)
agent = Agent(name="main", model=ScriptedModel([[assistant_message("Blue light scatters most.")]] * 20))
questions = ["Why is the sky blue?", "Why are sunsets red?"]
stt = ScriptedSTTModel(["Why is the sky blue?"] * 20)
audio = AudioInput(buffer=np.zeros(2400, np.int16))


def user_speaks():
    return False


player = SimpleNamespace(write=lambda data: None)
