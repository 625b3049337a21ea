"""The app: where the server's rooms meet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from ...core.sinks import Place
from ...core.voices.base import Voice
from . import chat, errors, health, live, models, page, speech, tts
from .llm import llm_of
from .openapi import describe
from .operation.failsafe import Failsafe
from .operation.guard import Guard
from .operation.logs import RequestLog
from .passthrough import Passthrough
from .service import Service
from .settings import ServerSettings
from .voices import Voices

__all__ = ["create_app"]

_ROOMS = (speech, live, tts, chat, models, health, page)
_PATHS = {getattr(route, "path", "") for room in _ROOMS for route in room.router.routes}


def create_app(
    voice: Voice | str | None = None, settings: ServerSettings | None = None, aloud: Place | None = None
) -> FastAPI:
    """An ASGI app that speaks: OpenAI's `/v1/audio/speech`, and what belongs to it.

    voice: what speaks where a client names no voice, or one of OpenAI's; a voice, its name, or None for
        what the settings say.
    settings: None reads the environment.
    aloud: where the LLM's answers are spoken on this machine, "speaker", a path, a sink or a function that
        takes chunks; None for what the settings say.

    Raises ConfigurationError, and what a place raises that cannot be opened.
    """
    settings = settings or ServerSettings()
    voices = Voices(voice or settings.voice, settings.voices)
    service = Service(settings, voices, llm_of(settings), settings.aloud if aloud is None else aloud)

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
    passthrough = app.router.default = Passthrough(service, app.router.default, _PATHS)
    _surround(app, service, passthrough)
    return app


def _surround(app: FastAPI, service: Service, passthrough: Passthrough) -> None:
    """What every request passes; the last is the outermost."""
    app.add_middleware(
        Guard,
        settings=service.settings,
        refused=service.metrics.refused,
        closing=lambda: service.admission.closing,
        passes_on=passthrough.takes,
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
