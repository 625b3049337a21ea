"""The LLM behind the server: any OpenAI-compatible endpoint, or a local model."""

from __future__ import annotations

import os

from ....core.errors import ConfigurationError
from ..errors import APIError
from ..settings import ServerSettings
from .base import LLM, Answer, Forwarded, Forwards

__all__ = ["LLM", "Answer", "Forwarded", "Forwards", "llm_of", "not_configured"]

OPENAI = "https://api.openai.com/v1"


def llm_of(settings: ServerSettings) -> LLM | None:
    """The LLM that the settings name; None if they name none.

    Raises ConfigurationError, and MissingDependencyError.
    """
    if settings.llm_local and settings.llm_base_url:
        raise ConfigurationError("llm_local and llm_base_url name two LLMs: give one of them")
    if settings.llm_local:
        from .local import LocalLLM  # its own imports take seconds

        return LocalLLM(settings.llm_local, most_waiting=settings.max_waiting)
    if not (settings.llm_base_url or settings.llm_model):
        return None
    from .endpoint import EndpointLLM

    key = (
        settings.llm_api_key.get_secret_value() if settings.llm_api_key else os.environ.get("OPENAI_API_KEY")
    )
    return EndpointLLM(
        settings.llm_base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI,
        key=key or None,
        lends_keys=not settings.api_keys,
        model=settings.llm_model,
        patience=settings.llm_timeout,
    )


def not_configured() -> APIError:
    return APIError(
        404,
        "no LLM is configured: the server's llm_base_url, llm_model or llm_local name one",
        code="llm_not_configured",
    )
