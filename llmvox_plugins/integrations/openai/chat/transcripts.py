"""What was said in earlier audio answers: clients give back an id, and the LLM shall read the text."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from typing import Any

from ..errors import invalid

__all__ = ["LIFETIME", "Transcripts", "new_id"]

LIFETIME = 24 * 3600
"""Seconds for which an answer is remembered, at most."""

_MARK = "audio_llmvox_"
_OVERHEAD = 500


def new_id() -> str:
    """Of an answer; nobody can guess it."""
    return _MARK + secrets.token_hex(12)


class Transcripts:
    """most: characters that are remembered, each answer some hundreds more; then the oldest are forgotten."""

    def __init__(self, most: int = 2**24) -> None:
        self._most = most
        self._held = 0
        self._texts: OrderedDict[str, tuple[float, str]] = OrderedDict()  # id → when it expires, text

    def remember(self, id: str, text: str) -> int:
        """Returns when it will be forgotten, as a Unix timestamp."""
        expires = time.time() + LIFETIME
        self._texts[id] = expires, text
        self._held += _OVERHEAD + len(text)
        while self._held > self._most:
            _, (_, oldest) = self._texts.popitem(last=False)
            self._held -= _OVERHEAD + len(oldest)
        return int(expires)

    def put_back(self, body: dict[str, Any]) -> dict[str, Any]:
        """The request, its messages with the text of the answers of which they have only the id.

        Raises APIError if one is forgotten. Audio that is not ours stays.
        """
        messages = body.get("messages")
        if not isinstance(messages, list):
            return body
        return {**body, "messages": [self._with_text(message, at) for at, message in enumerate(messages)]}

    def _with_text(self, message: Any, at: int) -> Any:
        audio = message.get("audio") if isinstance(message, dict) else None
        id = audio.get("id") if isinstance(audio, dict) else None
        if not (isinstance(id, str) and id.startswith(_MARK)):
            return message
        text = message.get("content") or self._text(id, f"messages.{at}.audio.id")
        return {name: value for name, value in message.items() if name != "audio"} | {"content": text}

    def _text(self, id: str, param: str) -> str:
        expires, text = self._texts.get(id, (0.0, ""))
        if expires < time.time():
            raise invalid("there is no such audio answer, or it has expired", param, "audio_not_found")
        return text
