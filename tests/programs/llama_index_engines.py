"""A program on LlamaIndex, with a model that asks through OpenAI's SDK. Its argument says how it asks."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from llama_index.core import Document, MockEmbedding, SummaryIndex
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, LLMMetadata
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.llms import CustomLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from openai import AsyncOpenAI, OpenAI

MESSAGES: Any = [{"role": "user", "content": "why?"}]
ASK: Any = {"model": "m", "messages": MESSAGES}


class Model(CustomLLM):
    """As small as one can be."""

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata()

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        answer = OpenAI().chat.completions.create(**ASK)
        return CompletionResponse(text=answer.choices[0].message.content or "")

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        def deltas() -> Iterator[CompletionResponse]:
            text = ""
            for chunk in OpenAI().chat.completions.create(**ASK, stream=True):
                delta = chunk.choices[0].delta.content or ""
                text += delta
                yield CompletionResponse(text=text, delta=delta)

        return deltas()


class CallingModel(Model, FunctionCallingLLM):
    """One that could call tools."""

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(is_function_calling_model=True)

    @llm_chat_callback()
    async def astream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        async def deltas() -> AsyncIterator[ChatResponse]:
            text = ""
            async with AsyncOpenAI() as client:
                async for chunk in await client.chat.completions.create(**ASK, stream=True):
                    delta = chunk.choices[0].delta.content or ""
                    text += delta
                    yield ChatResponse(message=ChatMessage(role="assistant", content=text), delta=delta)

        return deltas()

    async def astream_chat_with_tools(self, *args: Any, **kwargs: Any) -> Any:
        return await self.astream_chat(kwargs.get("chat_history") or [])

    def _prepare_chat_with_tools(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {"messages": []}

    def get_tool_calls_from_response(self, *args: Any, **kwargs: Any) -> list[ToolSelection]:
        return []


def index() -> SummaryIndex:
    return SummaryIndex.from_documents([Document(text="The sky is blue.")], embed_model=MockEmbedding(8))


def query() -> None:
    print(index().as_query_engine(llm=Model()).query("why?"))


def query_stream() -> None:
    response: Any = index().as_query_engine(llm=Model(), streaming=True).query("why?")
    for text in response.response_gen:
        print(text, end="", flush=True)
    print()


async def aquery() -> None:
    print(await index().as_query_engine(llm=Model()).aquery("why?"))


def chat_stream() -> None:
    for text in SimpleChatEngine.from_defaults(llm=Model()).stream_chat("why?").response_gen:
        print(text, end="", flush=True)
    print()


async def agent() -> None:
    print(await FunctionAgent(llm=CallingModel(), tools=[]).run("why?"))


how = globals()[sys.argv[1]]
if asyncio.iscoroutinefunction(how):
    asyncio.run(how())
else:
    how()
