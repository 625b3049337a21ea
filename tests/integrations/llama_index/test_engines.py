"""Query engines, synthesisers and chat engines: of all that their models write, the answer alone is told."""

import asyncio
import time
from typing import Any

import pytest
from llama_index.core import (
    DocumentSummaryIndex,
    Response,
    Settings,
    SimpleKeywordTableIndex,
    TreeIndex,
    get_response_synthesizer,
)
from llama_index.core.base.response.schema import AsyncStreamingResponse, StreamingResponse
from llama_index.core.chat_engine import (
    CondensePlusContextChatEngine,
    CondenseQuestionChatEngine,
    SimpleChatEngine,
)
from llama_index.core.chat_engine.types import ChatMode
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.evaluation import FaithfulnessEvaluator, GuidelineEvaluator
from llama_index.core.extractors import SummaryExtractor
from llama_index.core.indices.query.query_transform import HyDEQueryTransform, StepDecomposeQueryTransform
from llama_index.core.llms import ChatMessage
from llama_index.core.memory import ChatSummaryMemoryBuffer
from llama_index.core.postprocessor import LLMRerank
from llama_index.core.query_engine import (
    CustomQueryEngine,
    MultiStepQueryEngine,
    RetrieverQueryEngine,
    RetryGuidelineQueryEngine,
    RouterQueryEngine,
    SubQuestionQueryEngine,
    TransformQueryEngine,
)
from llama_index.core.question_gen import LLMQuestionGenerator
from llama_index.core.response_synthesizers import ResponseMode
from llama_index.core.retrievers import BaseRetriever, QueryFusionRetriever
from llama_index.core.schema import Document, MetadataMode, NodeWithScore, TextNode
from llama_index.core.selectors import LLMSingleSelector
from llama_index.core.tools import QueryEngineTool
from pydantic import BaseModel
from support.llama_models import ChatModel, PlainModel, Tool, index_of, notes

from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.llama_index import SpeechEventHandler

SLOWLY = pytest.mark.parametrize("pace", [0.01])
MODELS: list[Any] = [ChatModel, PlainModel]
FACTS = ("Sunlight holds every colour.", "Air scatters blue light the most.")
ANSWER = ["It is ", "scattered ", "light."]
SAID = "It is scattered light."


async def read(response: Any) -> str:
    return "".join([token async for token in response.async_response_gen()])


# query engines


@pytest.mark.parametrize("model", MODELS)
def test_a_query_engine_s_response_is_spoken_once(
    model: Any, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    index = index_of(*FACTS)
    assert str(index.as_query_engine(llm=model(ANSWER)).query("Why?")) == SAID
    assert speech.wait(5)
    assert voice.voiced == SAID
    streaming: Any = index.as_query_engine(llm=model(ANSWER), streaming=True)
    assert "".join(streaming.query("Why?").response_gen) == SAID
    assert str(index.as_query_engine(llm=model(ANSWER), streaming=True).query("Why?")) == SAID
    assert speech.wait(5)
    assert voice.voiced == " ".join([SAID] * 3)


@pytest.mark.parametrize("model", MODELS)
async def test_a_query_engine_s_response_is_spoken_once_on_a_loop(
    model: Any, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    index = index_of(*FACTS)
    assert str(await index.as_query_engine(llm=model(ANSWER)).aquery("Why?")) == SAID
    response: Any = await index.as_query_engine(llm=model(ANSWER), streaming=True).aquery("Why?")
    assert isinstance(response, AsyncStreamingResponse)
    assert await read(response) == SAID
    response = await index.as_query_engine(llm=model(ANSWER), streaming=True).aquery("Why?")
    assert str(await response.get_response()) == SAID
    assert await speech.wait_async(5)
    assert voice.voiced == " ".join([SAID] * 3)


def test_a_stream_is_spoken_while_it_is_read(speech: SpeechEventHandler, sink: MemorySink) -> None:
    engine = index_of(*FACTS).as_query_engine(
        llm=ChatModel(["One two three. ", 0.3, "Four."]), streaming=True
    )
    response = engine.query("Why?")
    time.sleep(0.1)
    assert not sink.chunks
    assert isinstance(response, StreamingResponse)
    tokens = iter(response.response_gen)
    assert next(tokens) == "One two three. "
    assert next(tokens) == "Four."
    assert ScriptedVoice.read(sink.samples).startswith("One two")
    assert next(tokens, None) is None


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize(
    ("mode", "calls"),
    [
        (ResponseMode.REFINE, 2),
        (ResponseMode.COMPACT, 1),
        (ResponseMode.TREE_SUMMARIZE, 1),
        (ResponseMode.SIMPLE_SUMMARIZE, 1),
        (ResponseMode.GENERATION, 1),
    ],
)
def test_steps_on_the_way_to_the_answer_are_not_spoken(
    mode: ResponseMode, calls: int, streaming: bool, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    model = ChatModel(*[["Hidden ", "step."]] * (calls - 1), ANSWER)
    engine = index_of(*FACTS).as_query_engine(llm=model, response_mode=mode, streaming=streaming)
    assert str(engine.query("Why?")) == SAID
    assert speech.wait(5)
    assert voice.voiced == SAID
    assert len(model.asked) == calls


@pytest.mark.parametrize("use_async", [False, True])
def test_summaries_of_a_tree_are_not_spoken(
    use_async: bool, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    model = PlainModel(["Hidden one."], ["Hidden two."], ANSWER, context_window=480)
    engine = index_of("left " * 150, "right " * 150).as_query_engine(
        llm=model, response_mode=ResponseMode.TREE_SUMMARIZE, streaming=True, use_async=use_async
    )
    assert str(engine.query("Why?")) == SAID
    assert len(model.asked) == 3
    assert speech.wait(5)
    assert voice.voiced == SAID


def test_an_accumulated_response_is_spoken_as_it_is_given(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    engine = index_of(*FACTS).as_query_engine(
        llm=ChatModel(["One."], ["Two."]), response_mode=ResponseMode.ACCUMULATE
    )
    engine.query("Why?")
    assert speech.wait(5)
    assert voice.voiced == "Response 1: One. Response 2: Two."


@pytest.mark.parametrize("streaming", [False, True])
def test_rerankers_rewriters_and_retrievers_are_not_spoken(
    streaming: bool, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    index = index_of(*FACTS)
    model = ChatModel(["Hidden question."], ["Hidden dream."], ["Doc: 1, Relevance: 10"], ANSWER)
    fusion = QueryFusionRetriever([index.as_retriever()], llm=model, num_queries=2, use_async=False)
    engine = RetrieverQueryEngine.from_args(
        fusion, llm=model, streaming=streaming, node_postprocessors=[LLMRerank(llm=model)]
    )
    assert str(TransformQueryEngine(engine, HyDEQueryTransform(llm=model)).query("Why?")) == SAID
    assert len(model.asked) == 4
    assert speech.wait(5)
    assert voice.voiced == SAID


def test_a_router_s_choice_is_not_spoken(speech: SpeechEventHandler, voice: ScriptedVoice) -> None:
    choice = ['[{"choice": 1, "reason": "Hidden."}]']
    model = ChatModel(choice, ANSWER, choice, ANSWER)
    for streaming in (False, True):
        tool = QueryEngineTool.from_defaults(
            index_of(*FACTS).as_query_engine(llm=model, streaming=streaming), description="facts"
        )
        router = RouterQueryEngine(LLMSingleSelector.from_defaults(llm=model), [tool], llm=model)
        assert str(router.query("Why?")) == SAID
    assert speech.wait(5)
    assert voice.voiced == f"{SAID} {SAID}"


@pytest.mark.parametrize("use_async", [False, True])
@pytest.mark.parametrize("streaming", [False, True])
def test_sub_questions_are_not_spoken(
    streaming: bool, use_async: bool, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    questions = ['[{"sub_question": "Hidden?", "tool_name": "facts"}]']
    model = ChatModel(questions, ["Hidden ", "answer."], ANSWER)
    tool = QueryEngineTool.from_defaults(
        index_of(*FACTS).as_query_engine(llm=model, streaming=streaming), name="facts", description="facts"
    )
    engine = SubQuestionQueryEngine(
        LLMQuestionGenerator.from_defaults(llm=model),
        get_response_synthesizer(llm=model, streaming=streaming),
        [tool],
        use_async=use_async,
        verbose=False,
    )
    assert str(engine.query("Why?")) == SAID
    assert len(model.asked) == 3
    assert speech.wait(5)
    assert voice.voiced == SAID


def test_steps_and_retries_of_a_query_are_not_spoken(
    speech: SpeechEventHandler, voice: ScriptedVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ChatModel(["Hidden question?"], ["Hidden answer."], ["None"], ANSWER)
    steps = MultiStepQueryEngine(
        index_of(*FACTS).as_query_engine(llm=model),
        StepDecomposeQueryTransform(llm=model),
        response_synthesizer=get_response_synthesizer(llm=model),
    )
    assert str(steps.query("Why?")) == SAID
    verdict = '{"passing": false, "feedback": "Hidden."}', '{"passing": true, "feedback": "Hidden."}'
    model = ChatModel(["Hidden ", "attempt."], [verdict[0]], ANSWER, [verdict[1]])
    monkeypatch.setattr(Settings, "_llm", model)
    for_retry = index_of(*FACTS).as_query_engine(llm=model, streaming=True)
    retried = RetryGuidelineQueryEngine(for_retry, GuidelineEvaluator(llm=model)).query("Why?")
    assert str(retried) == SAID
    assert speech.wait(5)
    assert voice.voiced == f"{SAID} {SAID}"


def test_an_engine_of_one_s_own_is_spoken(speech: SpeechEventHandler, voice: ScriptedVoice) -> None:
    class Engine(CustomQueryEngine):
        llm: Any

        def custom_query(self, query_str: str) -> Any:
            return self.llm.complete("Hidden").text.replace("Hidden", "Shown")

    assert str(Engine(llm=ChatModel(["Hidden ", "text."])).query("?")) == "Shown text."
    assert speech.wait(5)
    assert voice.voiced == "Shown text."


async def test_a_synthesiser_of_its_own_is_spoken(speech: SpeechEventHandler, voice: ScriptedVoice) -> None:
    nodes = [NodeWithScore(node=TextNode(text=text)) for text in FACTS]
    model = ChatModel(ANSWER, ANSWER, ANSWER)
    assert str(get_response_synthesizer(llm=model).synthesize("Why?", nodes)) == SAID
    assert str(get_response_synthesizer(llm=model, streaming=True).synthesize("Why?", nodes)) == SAID
    assert get_response_synthesizer(llm=model).get_response("Why?", list(FACTS)) == SAID
    assert await speech.wait_async(5)
    assert voice.voiced == " ".join([SAID] * 3)


def test_data_is_not_spoken(speech: SpeechEventHandler, voice: ScriptedVoice) -> None:
    class Reason(BaseModel):
        """Why."""

        text: str

    index = index_of(*FACTS)
    call: list[Any] = ["Hidden. ", Tool("Reason", {"text": "Hidden."})]
    index.as_query_engine(llm=ChatModel(call), output_cls=Reason).query("Why?")
    index.as_query_engine(llm=ChatModel(call).as_structured_llm(Reason)).query("Why?")
    structured = ChatModel(call).as_structured_llm(Reason)
    SimpleChatEngine.from_defaults(llm=structured, memory=notes()).chat("Why?")
    assert speech.wait(5)
    assert voice.voiced == ""


def test_what_is_written_while_documents_are_taken_in_is_not_spoken(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    documents = [Document(text=text) for text in FACTS]
    embedding = MockEmbedding(embed_dim=4)
    model = ChatModel(*[["Hidden."]] * 8)
    splitters: Any = []
    DocumentSummaryIndex.from_documents(
        documents, llm=model, embed_model=embedding, transformations=splitters, use_async=False
    )
    TreeIndex([TextNode(text=text) for text in FACTS * 6], llm=model, use_async=False)
    SimpleKeywordTableIndex.from_documents(documents, llm=model, transformations=splitters)
    FaithfulnessEvaluator(llm=model).evaluate(response="Hidden.", contexts=["Hidden."])
    index_of(*FACTS).as_retriever().retrieve("Why?")
    SummaryExtractor(llm=model, metadata_mode=MetadataMode.NONE).extract([TextNode(text="a")] * 2)
    assert len(model.asked) > 5
    assert speech.wait(5)
    assert voice.voiced == ""


async def test_a_retriever_of_one_s_own_is_not_spoken(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    class Retriever(BaseRetriever):
        def _retrieve(self, query_bundle: Any) -> list[NodeWithScore]:
            return []

        async def _aretrieve(self, query_bundle: Any) -> list[NodeWithScore]:
            await asyncio.to_thread(ChatModel(["Hidden."]).complete, "?")
            return []

    assert await Retriever().aretrieve("?") == []
    assert await speech.wait_async(5)
    assert voice.voiced == ""


@SLOWLY
def test_a_failing_engine_is_silent_and_a_broken_stream_falls_silent(
    speech: SpeechEventHandler, sink: MemorySink
) -> None:
    script: list[Any] = ["word " * 50, KeyError("gone")]
    index = index_of(*FACTS)
    with pytest.raises(KeyError):
        index.as_query_engine(llm=ChatModel(script)).query("Why?")
    with pytest.raises(KeyError):
        str(index.as_query_engine(llm=ChatModel(script), streaming=True).query("Why?"))
    response: Any = index.as_query_engine(llm=ChatModel(["word " * 50] * 2), streaming=True).query("Why?")
    for _ in response.response_gen:
        break
    del response
    assert speech.wait(5)
    assert len(ScriptedVoice.read(sink.samples)) < 300


def test_a_stream_that_nobody_reads_is_forgotten(speech: SpeechEventHandler, voice: ScriptedVoice) -> None:
    index_of(*FACTS).as_query_engine(llm=ChatModel(ANSWER), streaming=True).query("Why?")
    assert speech.wait(5)
    assert voice.voiced == ""


# chat engines


HISTORY = [ChatMessage(content="Hello."), ChatMessage(role="assistant", content="Hello!")]


def simple(model: Any) -> Any:
    return SimpleChatEngine.from_defaults(llm=model(ANSWER), memory=notes())


def with_context(model: Any) -> Any:
    return index_of(*FACTS).as_chat_engine(ChatMode.CONTEXT, llm=model(ANSWER), memory=notes())


def condensing(model: Any) -> Any:
    return CondensePlusContextChatEngine.from_defaults(
        index_of(*FACTS).as_retriever(),
        llm=model(["Hidden ", "question?"], ANSWER),
        memory=notes(*HISTORY),
    )


def asking(model: Any) -> Any:
    llm = model(["Hidden ", "question?"], ANSWER)
    return CondenseQuestionChatEngine.from_defaults(
        index_of(*FACTS).as_query_engine(llm=llm), llm=llm, memory=notes(*HISTORY)
    )


CHATS = [simple, with_context, condensing, asking]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("engine", CHATS)
def test_a_chat_engine_s_answer_is_spoken_once(
    engine: Any, model: Any, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    assert str(engine(model).chat("Why?")) == SAID
    assert "".join(engine(model).stream_chat("Why?").response_gen) == SAID
    assert speech.wait(5)
    assert voice.voiced == f"{SAID} {SAID}"


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("engine", CHATS)
async def test_a_chat_engine_s_answer_is_spoken_once_on_a_loop(
    engine: Any, model: Any, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    assert str(await engine(model).achat("Why?")) == SAID
    assert await read(await engine(model).astream_chat("Why?")) == SAID
    assert await speech.wait_async(5)
    assert voice.voiced == f"{SAID} {SAID}"


def test_a_memory_s_summary_is_not_spoken(speech: SpeechEventHandler, voice: ScriptedVoice) -> None:
    history = [ChatMessage(content="word " * 400), *HISTORY, ChatMessage(content="word " * 400)]
    summariser = ChatModel(["Hidden summary."])
    memory = ChatSummaryMemoryBuffer.from_defaults(
        chat_history=history, llm=summariser, token_limit=500, tokenizer_fn=str.split
    )
    engine = SimpleChatEngine.from_defaults(llm=ChatModel(ANSWER), memory=memory)
    assert str(engine.chat("Why?")) == SAID
    assert summariser.asked
    assert speech.wait(5)
    assert voice.voiced == SAID


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@SLOWLY
def test_a_broken_chat_falls_silent(speech: SpeechEventHandler, sink: MemorySink) -> None:
    script: list[Any] = ["word " * 50, KeyError("gone")]
    engine = SimpleChatEngine.from_defaults(llm=ChatModel(script, script), memory=notes())
    with pytest.raises(KeyError):
        engine.chat("Why?")
    response = engine.stream_chat("Why?")
    with pytest.raises(KeyError):
        list(response.response_gen)
    assert speech.wait(5)
    assert len(ScriptedVoice.read(sink.samples)) < 250


async def test_a_chat_whose_writer_is_cancelled_falls_silent(
    speech: SpeechEventHandler, sink: MemorySink
) -> None:
    engine = SimpleChatEngine.from_defaults(llm=ChatModel(["word ", 5.0, "more"]), memory=notes())
    response = await engine.astream_chat("Why?")
    await asyncio.sleep(0.05)
    writer: Any = response.awrite_response_to_history_task
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    assert await speech.wait_async(5)
    assert "more" not in ScriptedVoice.read(sink.samples)


async def test_an_engine_that_is_interrupted_at_its_work_stays_silent(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    engine = index_of(*FACTS).as_query_engine(llm=ChatModel([0.1, "Hidden."], ["Heard."]))
    asking = asyncio.create_task(engine.aquery("Why?"))
    await asyncio.sleep(0.05)
    speech.interrupt()
    await asking
    await engine.aquery("Why?")
    assert await speech.wait_async(5)
    assert voice.voiced == "Heard."


async def test_chats_at_once_are_heard_one_after_another(
    speech: SpeechEventHandler, sink: MemorySink
) -> None:
    async def ask(n: int) -> None:
        script = [f"{n}a ", 0.02, f"{n}b ", 0.02, f"{n}c."]
        engine = SimpleChatEngine.from_defaults(llm=ChatModel(script), memory=notes())
        await read(await engine.astream_chat("?"))

    await asyncio.gather(*map(ask, range(4)))
    assert await speech.wait_async(5)
    said = ScriptedVoice.read(sink.samples)
    assert len(said) == 4 * len("0a 0b 0c.")
    assert all(f"{n}a {n}b {n}c." in said for n in range(4))


def test_a_response_is_what_it_was(speech: SpeechEventHandler) -> None:
    index = index_of(*FACTS)
    assert type(index.as_query_engine(llm=ChatModel(ANSWER)).query("Why?")) is Response
    streaming: Any = index.as_query_engine(llm=ChatModel(ANSWER), streaming=True).query("Why?")
    assert type(streaming) is StreamingResponse
    assert len(streaming.source_nodes) == 2
    assert streaming.get_response().response == SAID
