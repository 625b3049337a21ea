"""A LlamaIndex query engine over a few documents, whose answer is spoken while it streams, and recorded.

python examples/llama_index_rag.py                                        a scripted answer
python examples/llama_index_rag.py "Why are sunsets red?"
OPENAI_API_KEY=… python examples/llama_index_rag.py                       asks OpenAI
OPENAI_BASE_URL=http://127.0.0.1:11434/v1 OPENAI_MODEL=llama3.2 python examples/llama_index_rag.py
"""

import os
import re
import sys
import time
import zlib
from collections.abc import Iterator
from typing import Any

from llama_index.core import VectorStoreIndex
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.llms import LLM, CompletionResponse, CustomLLM, LLMMetadata
from llama_index.core.llms.callbacks import llm_completion_callback
from llama_index.core.schema import TextNode

from llmvox_plugins import LLMVoxError, SpeakerSink, WavSink
from llmvox_plugins.core.sinks import Sink, TeeSink, open_sink
from llmvox_plugins.integrations.llama_index import attach

DOCUMENTS = [
    "The sky is blue because air scatters blue light far more than red light.",
    "Sunsets are red because the light has come through far more air, and most of its blue is gone.",
    "Seen from the moon, which has no air, the heavens are black by day.",
]
ANSWER = (
    "**Because the air scatters blue light the most.** Sunlight holds every colour; wherever you look, away "
    "from the sun, it is mostly scattered blue that reaches your eyes."
)


class ScriptedModel(CustomLLM):
    """Stands in for a model where none is configured: 20 words a second."""

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata()

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text="".join(self._words(prompt)))

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        def responses() -> Iterator[CompletionResponse]:
            text = ""
            for word in self._words(prompt):
                text += word
                yield CompletionResponse(text=text, delta=word)

        return responses()

    def _words(self, prompt: str) -> Iterator[str]:
        for word in re.findall(r"\S+\s*", ANSWER):
            time.sleep(0.05)
            yield word


class OpenAIModel(ScriptedModel):
    """Any OpenAI-compatible server; the package llama-index-llms-openai-like can do more."""

    def _words(self, prompt: str) -> Iterator[str]:
        from openai import OpenAI

        client = OpenAI(api_key=os.environ.get("OPENAI_API_KEY", "none"))  # local servers ask for no key
        answer = client.chat.completions.create(
            model=os.environ.get("OPENAI_MODEL", "gpt-4o-mini"),
            messages=[{"role": "user", "content": prompt}],
            stream=True,
        )
        for chunk in answer:
            yield (chunk.choices[0].delta.content or "") if chunk.choices else ""


class WordEmbedding(BaseEmbedding):
    """Texts are alike that share words: enough for three documents, and nothing to download."""

    def _get_text_embedding(self, text: str) -> list[float]:
        vector = [0.0] * 256
        for word in set(re.findall(r"\w{3,}", text.lower())):
            vector[zlib.crc32(word.encode()) % 256] += 1.0
        return vector

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


def choose_model() -> LLM:
    if os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL"):
        return OpenAIModel()
    print("Neither OPENAI_API_KEY nor OPENAI_BASE_URL is set: this is a scripted answer.")
    return ScriptedModel()


def choose_sink() -> Sink:
    if os.environ.get("LLMVOX_TO"):
        return open_sink(None)
    recording = WavSink("answer.wav")
    try:
        return TeeSink(SpeakerSink(), recording)
    except LLMVoxError as error:
        print(f"Not heard, only written to answer.wav: {error}")
        return recording


def main() -> None:
    question = " ".join(sys.argv[1:]) or "Why is the sky blue?"
    index = VectorStoreIndex([TextNode(text=text) for text in DOCUMENTS], embed_model=WordEmbedding())
    query_engine = index.as_query_engine(llm=choose_model(), streaming=True, similarity_top_k=2)
    sink = choose_sink()

    print(f"\n> {question}\n")
    with attach(to=sink) as speech:  # the voice that LLMVOX_VOICE names, or the best there is
        response: Any = query_engine.query(question)
        response.print_response_stream()
    sink.close()

    print("\n\nFrom:", *(f"  {source.score:.2f} {source.text}" for source in response.source_nodes), sep="\n")
    if speech.stream is None or speech.stream.stats.time_to_first_audio is None:
        print("Nothing was spoken.")
    else:
        stats = speech.stream.stats
        print(
            f"First audio {1000 * (stats.time_to_first_audio or 0):.0f} ms after the first token; "
            f"{stats.audio_seconds:.1f} s of speech."
        )


if __name__ == "__main__":
    main()
