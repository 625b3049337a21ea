"""GET /v1/models and /v1/audio/voices: what a client may ask for."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from .errors import APIError
from .speech import TheService

__all__ = ["router"]

router = APIRouter()

MODEL = "llmvox"
OPENAI_MODELS = ("gpt-4o-mini-tts", "tts-1", "tts-1-hd")
"""Names that programs ask for because they have them built in: they all mean the same here."""


@router.get("/v1/models")
async def list_models() -> dict[str, Any]:
    """The models, in OpenAI's shape."""
    return {"object": "list", "data": [_model(name) for name in (MODEL, *OPENAI_MODELS)]}


@router.get("/v1/models/{model}")
async def retrieve_model(model: str) -> dict[str, Any]:
    if model not in (MODEL, *OPENAI_MODELS):
        raise APIError(
            404, "there is no such model; GET /v1/models lists them", param="model", code="model_not_found"
        )
    return _model(model)


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "llmvox-plugins"}


@router.get("/v1/audio/voices")
async def list_voices(service: TheService) -> dict[str, Any]:
    """The voices: their names, languages and descriptions."""
    await service.voices.load()
    voices = [
        {"id": voice.name, "name": voice.name, "language": voice.language, "description": voice.description}
        for voice in service.voices.list()
    ]
    return {"voices": voices}
