"""What one model says in one run: which of it is text for the user, by whichever way LangChain tells of it.

Tokens, events of the v3 protocol and the whole message at the end may all tell the same text, in any
combination. The first that has any is believed, and the others are not heard.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import finalize

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult

__all__ = ["Answer", "Source", "is_for_the_user", "message_of", "text_of"]


class Source(enum.Enum):
    """What tells the text of an answer."""

    TOKENS = enum.auto()
    EVENTS = enum.auto()
    END = enum.auto()


@dataclass(slots=True, eq=False)
class Answer:
    """root, key: the narrator's names for it.
    names: what the model's run is called by, the nearest first.
    begun: whether the narrator knows of it; heard: and lets it be heard.
    said: whether any of it was told to the narrator, and still stands.
    filled: whether a remark has been made in place of it.
    """

    root: Hashable
    key: int
    names: tuple[str, ...]
    begun: bool = False
    heard: bool = False
    said: bool = False
    filled: bool = False
    source: Source | None = None
    blocks: dict[Any, list[str]] = field(default_factory=dict)  # of the v3 protocol, by their index
    vanishing: finalize[..., Any] | None = None

    def takes(self, source: Source) -> bool:
        """Whether text from there is believed."""
        if self.source is None:
            self.source = source
        return self.source is source

    def text_of_event(self, event: Mapping[str, Any]) -> str:
        """The text that is new in an event of the v3 protocol."""
        kind = event.get("event")
        if kind == "content-block-delta":
            delta = event.get("delta") or {}
            text = delta.get("text") if delta.get("type") == "text-delta" else None
        elif kind == "content-block-finish":
            text = self._unseen(event)
        else:
            return ""
        if text:
            self.blocks.setdefault(event.get("index"), []).append(text)
        return text or ""

    def _unseen(self, event: Mapping[str, Any]) -> str | None:
        """What a block that is complete has beyond its deltas; without any, that is all of it."""
        block = event.get("content") or {}
        if block.get("type") != "text" or not isinstance(block.get("text"), str):
            return None
        seen = "".join(self.blocks.get(event.get("index"), ()))
        return str(block["text"])[len(seen) :] if block["text"].startswith(seen) else None


def text_of(generation: Any) -> str:
    """What a model says to its user: not its reasoning, nor its tool calls."""
    if isinstance(generation, ChatGeneration):
        return str(generation.message.text)
    return str(generation.text)


def message_of(response: LLMResult) -> tuple[str, AIMessage | None]:
    """The text of an answer that has ended, and its message where it is a chat model's."""
    if not response.generations or not response.generations[0]:
        return "", None
    generation = response.generations[0][0]
    message: BaseMessage | None = getattr(generation, "message", None)
    return text_of(generation), message if isinstance(message, AIMessage) else None


def is_for_the_user(
    tags: list[str] | None, metadata: Mapping[str, Any] | None, options: Mapping[str, Any]
) -> bool:
    """Whether an answer is meant for a listener: not data, and not a step of the machinery.

    `nostream` is LangGraph's tag for what its users shall not see; a middleware of LangChain marks the calls
    that it makes for itself, such as a summary, with `lc_source`.
    """
    if "nostream" in (tags or ()) or "lc_source" in (metadata or ()):
        return False
    if (options.get("options") or {}).get("ls_structured_output_format"):
        return False
    wanted = (options.get("invocation_params") or {}).get("response_format")
    return not wanted or (isinstance(wanted, Mapping) and wanted.get("type") == "text")
