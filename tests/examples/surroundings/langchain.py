import asyncio
import sys
from pathlib import Path

from langchain_core.messages import AIMessage
from langchain_core.prompts import ChatPromptTemplate

import llmvox_plugins

sys.path.append(str(Path(llmvox_plugins.__file__).parents[1] / "tests"))
from support.langchain_models import ScriptedModel, graph_of, look_up, saying

ANSWERS = [["Blue light ", "is scattered ", "most."]]
question, messages = "Why is the sky blue?", [("user", "Why?")]
model = ScriptedModel(scripts=ANSWERS * 20)
chain = ChatPromptTemplate.from_template("{question}") | model
graph = graph_of(("greet", saying("Guten Tag.")))
tools = [look_up]


def play(samples, rate):
    assert len(samples)


async def user_speaks():
    await asyncio.sleep(0.3)
