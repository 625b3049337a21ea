import sys
from pathlib import Path

import llmvox_plugins

sys.path.append(str(Path(llmvox_plugins.__file__).parents[1] / "tests"))
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent
from support.llama_models import ChatModel, PlainModel, index_of, notes


def model(kind=PlainModel):
    return kind(*[["Blue ", "light ", "scatters."]] * 9)


index = index_of("Blue light scatters.")
query_engine = index.as_query_engine(llm=model())
streaming_engine = index.as_query_engine(llm=model(), streaming=True)
chat_engine = index.as_chat_engine(llm=model(), memory=notes())
agent = FunctionAgent(llm=model(ChatModel))
writer = FunctionAgent(name="writer", description="writes", llm=model(ChatModel))
team = AgentWorkflow([writer], root_agent="writer")
