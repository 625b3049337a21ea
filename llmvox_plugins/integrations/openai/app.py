"""The app: where the server's rooms meet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from ...core.voices.base import Voice
from . import chat, errors, health, live, models, page, speech, tts
from .llm import llm_of
from .openapi import describe
from .operation.failsafe import Failsafe
from .operation.guard import Guard
from .operation.logs import RequestLog
from .service import Service
from .settings import ServerSettings
from .voices import Voices

__all__ = ["create_app"]

_ROOMS = (speech, live, tts, chat, models, health, page)
_PATHS = {getattr(route, "path", "") for room in _ROOMS for route in room.router.routes}


def create_app(voice: Voice | str | None = None, settings: ServerSettings | None = None) -> FastAPI:
    """An ASGI app that speaks: OpenAI's `/v1/audio/speech`, and what belongs to it.

    voice: what speaks where a client names no voice, or one of OpenAI's; a voice, its name, or None for
        what the settings say.
    settings: None reads the environment.
    """
    settings = settings or ServerSettings()
    service = Service(settings, Voices(voice or settings.voice, settings.voices), llm_of(settings))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    app = FastAPI(
        title="llmvox",
        summary="Speech while the text is being written.",
        lifespan=lifespan,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
    )
    app.state.service = service
    app.state.transcripts = chat.Transcripts()
    errors.install(app)
    for room in _ROOMS:
        app.include_router(room.router)
    describe(app, service)
    _surround(app, service)
    return app


def _surround(app: FastAPI, service: Service) -> None:
    """What every request passes; the last is the outermost."""
    app.add_middleware(
        Guard,
        settings=service.settings,
        refused=service.metrics.refused,
        closing=lambda: service.admission.closing,
    )
    app.add_middleware(Failsafe)
    if service.settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=service.settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["*"],
        )
    app.add_middleware(RequestLog, answered=service.metrics.answered, paths=_PATHS)
