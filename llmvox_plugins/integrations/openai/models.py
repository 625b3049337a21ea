"""GET /v1/models and /v1/audio/voices: what a client may ask for."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from .errors import APIError
from .service import Service, TheService

__all__ = ["router"]

router = APIRouter()

MODEL = "llmvox"
OPENAI_MODELS = ("gpt-4o-mini-tts", "tts-1", "tts-1-hd")
"""Names that programs ask for because they have them built in: they all mean the same here."""

CREATED = 1_740_000_000  # the spring of 2025, when LLMVoX came out; clients want a number


@router.get("/v1/models")
async def list_models(service: TheService, request: Request) -> dict[str, Any]:
    """Those that speak, and those of the LLM behind, in OpenAI's shape."""
    return {"object": "list", "data": await _models(service, request)}


@router.get("/v1/models/{model:path}")
async def retrieve_model(model: str, service: TheService, request: Request) -> dict[str, Any]:
    """One of them."""
    for known in await _models(service, request):
        if known["id"] == model:
            return known
    message = "there is no such model; GET /v1/models lists them"
    raise APIError(404, message, param="model", code="model_not_found")


async def _models(service: Service, request: Request) -> list[dict[str, Any]]:
    ours = [
        {"id": name, "object": "model", "created": CREATED, "owned_by": "llmvox-plugins"}
        for name in (MODEL, *OPENAI_MODELS)
    ]
    llm = await service.llm.models(request.headers) if service.llm else []
    return [*ours, *(model for model in llm if model["id"] not in (MODEL, *OPENAI_MODELS))]


@router.get("/v1/audio/models")
async def list_audio_models() -> dict[str, Any]:
    """Those that speak, as Open WebUI asks for them."""
    return {"models": [{"id": name} for name in (MODEL, *OPENAI_MODELS)]}


@router.get("/v1/audio/voices")
async def list_voices(service: TheService) -> dict[str, Any]:
    """The voices: their names, languages and descriptions."""
    await service.voices.load()
    voices = [
        {"id": voice.name, "name": voice.name, "language": voice.language, "description": voice.description}
        for voice in service.voices.list()
    ]
    return {"voices": voices}
