"""What a local model understands of a chat completion's request; the rest does not change its answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import invalid

__all__ = ["Question"]


class _Message(BaseModel):
    model_config = ConfigDict(strict=True)

    role: str
    content: str | list[dict[str, Any]] | None = None


class _StreamOptions(BaseModel):
    model_config = ConfigDict(strict=True)

    include_usage: bool | None = None


class Question(BaseModel):
    """As OpenAI's. Temperature 0 writes the likeliest text."""

    model_config = ConfigDict(strict=True)

    messages: Annotated[list[_Message], Field(min_length=1)]
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    stop: str | list[str] | None = None
    n: int | None = None
    tools: list[Any] | None = None

    @classmethod
    def of(cls, body: dict[str, Any]) -> Question:
        """Raises RequestValidationError, and APIError for what would need another model."""
        try:
            question = cls.model_validate(body)
        except ValidationError as error:
            raise RequestValidationError(
                [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
            ) from None
        if question.n not in (None, 1):
            raise invalid("n: the local LLM gives one answer", "n")
        if question.tools:
            raise invalid("tools: the local LLM calls none", "tools")
        return question

    @property
    def turns(self) -> list[dict[str, str]]:
        """Who says what. Raises APIError for images and audio."""
        return [
            {"role": _role(message.role), "content": _text(message.content, f"messages.{at}.content")}
            for at, message in enumerate(self.messages)
        ]

    @property
    def most_tokens(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    @property
    def stops(self) -> list[str]:
        """Texts before which the answer ends."""
        stops = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return [stop for stop in stops if stop]

    @property
    def include_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)


def _role(name: str) -> str:
    return "system" if name == "developer" else name


def _text(content: str | list[dict[str, Any]] | None, param: str) -> str:
    if not isinstance(content, list):
        return _whole(content or "")
    if any(part.get("type") != "text" for part in content):
        raise invalid("the local LLM reads text only", param)
    return _whole("".join(str(part.get("text", "")) for part in content))


def _whole(text: str) -> str:
    """Without halves of characters, which no tokenizer takes."""
    return text.encode(errors="replace").decode()
