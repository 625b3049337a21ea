"""A program on LangChain. Its argument says how it asks."""

import asyncio
import sys
import threading

from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

model = ChatOpenAI(model="m")
chain = ChatPromptTemplate.from_template("{question}") | model | StrOutputParser()
QUESTION = {"question": "why?"}


def invoke() -> None:
    print(chain.invoke(QUESTION))


def stream() -> None:
    for text in chain.stream(QUESTION):
        print(text, end="", flush=True)
    print()


def batch() -> None:
    print(chain.batch([QUESTION, QUESTION]))


def message() -> None:
    """All that a message says of itself."""
    answer = model.invoke("why?")
    print(answer.content, answer.response_metadata, answer.usage_metadata)


def threads() -> None:
    worker = threading.Thread(target=invoke)
    worker.start()
    worker.join()


async def ainvoke() -> None:
    print(await chain.ainvoke(QUESTION))


async def astream() -> None:
    async for text in chain.astream(QUESTION):
        print(text, end="", flush=True)
    print()


how = globals()[sys.argv[1]]
if asyncio.iscoroutinefunction(how):
    asyncio.run(how())
else:
    how()
