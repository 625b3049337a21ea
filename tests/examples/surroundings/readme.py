import json
import sys
from pathlib import Path

import httpx2
from langchain_core.language_models.fake import FakeStreamingListLLM
from llama_index.core import MockEmbedding, SummaryIndex
from llama_index.core.llms import MockLLM
from llama_index.core.schema import TextNode
from openai import OpenAI

import llmvox_plugins
from llmvox_plugins import SpeakerSink, SpeechStream, WavSink, load_voice, speak

sys.path.append(str(Path(llmvox_plugins.__file__).parents[1] / "tests"))
from support.local_llm import Script, model_for, tokenizer_of


class Agent(FakeStreamingListLLM):
    """Answers whatever it is asked."""

    responses: list[str] = ["Hello world."]

    def invoke(self, input, config=None, **kwargs):
        return super().invoke("?", config, **kwargs)

    async def ainvoke(self, input, config=None, **kwargs):
        return await super().ainvoke("?", config, **kwargs)


chain = agent = Agent()
question, messages = "Why?", []


def run_my_agent(callbacks):
    chain.invoke(question, config={"callbacks": callbacks})
    callbacks[0].wait()


index = SummaryIndex([TextNode(text="Blue light scatters.")], embed_model=MockEmbedding(8))
query_engine = index.as_query_engine(llm=MockLLM(max_tokens=8))


def answer(request):
    choice = {"index": 0, "delta": {"content": "Hello world."}, "finish_reason": "stop"}
    frame = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    body = f"data: {json.dumps(frame)}\n\ndata: [DONE]\n\n"
    return httpx2.Response(200, text=body, headers={"content-type": "text/event-stream"})


client = OpenAI(
    api_key="none",
    base_url="http://llm.test/v1",
    http_client=httpx2.Client(transport=httpx2.MockTransport(answer)),
)
request = {"model": "m", "messages": [{"role": "user", "content": "Why?"}]}

tokenizer = tokenizer_of()
inputs = dict(tokenizer("Why?", return_tensors="pt"))


class Model:
    """A real one, whose answer is scripted."""

    model = model_for(tokenizer)

    def generate(self, **options):
        script = Script(tokenizer, ["Hello world."], inputs["input_ids"].shape[1])
        return self.model.generate(**options, logits_processor=[script])


model = Model()
