"""The app: where the server's rooms meet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ...core.voices.base import Voice
from . import errors, live, models, speech
from .service import Service
from .settings import ServerSettings
from .voices import Voices

__all__ = ["create_app"]


def create_app(voice: Voice | str | None = None, settings: ServerSettings | None = None) -> FastAPI:
    """An ASGI app that speaks: OpenAI's `/v1/audio/speech`, and what belongs to it.

    voice: what speaks where a client names no voice, or one of OpenAI's; a voice, its name, or None for
        what the settings say.
    settings: None reads the environment.
    """
    settings = settings or ServerSettings()
    service = Service(settings, Voices(voice or settings.voice, settings.voices))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await service.voices.load()
        yield

    app = FastAPI(title="llmvox", summary="Speech while the text is being written.", lifespan=lifespan)
    app.state.service = service
    errors.install(app)
    for room in (speech, live, models):
        app.include_router(room.router)
    return app
