"""serve(): the app under uvicorn, from its address to its graceful end.

Told to end by SIGTERM or SIGINT, it takes no new work, and speech that is being spoken is spoken to its end
within a limit; what is left then is cut, and told so. A second signal ends it at once.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import sys
import time
from contextlib import ExitStack
from types import FrameType

import uvicorn

from ....core.voices.base import Voice
from ..app import create_app
from ..operation import logs
from ..operation.body import MOST_IN_MESSAGE
from ..service import Service
from ..settings import ServerSettings
from .address import end_stalled, listen, url_of

__all__ = ["serve"]

log = logging.getLogger("llmvox_plugins.server")

INTERRUPTED = 130
KEEP_ALIVE = 30  # seconds that an idle connection stays: longer than at clients, or requests get lost
LAST_WORDS = 1.0  # seconds in which speech that is cut may say so
TOTALS = 0.1  # and in which a WebSocket may tell how its last text went


def serve(voice: Voice | str | None = None, settings: ServerSettings | None = None) -> None:
    """Serve until SIGTERM or SIGINT. The process's logs go to stderr.

    voice, settings: as create_app() takes them.

    Raises LLMVoxError if it cannot listen, or if a voice cannot be loaded.
    """
    settings = settings or ServerSettings()
    logs.configure(settings.log_format, settings.log_level)
    log.getChild("start").setLevel(logging.CRITICAL)  # why it cannot start is raised, and told by who called
    with ExitStack() as open_sockets:
        listeners = [open_sockets.enter_context(one) for one in listen(settings.host, settings.port)]
        for listener in listeners:
            end_stalled(listener, settings.stall_timeout)
        app = create_app(voice, settings)
        service: Service = app.state.service
        server = _Server(_config(app, settings), service, url_of(settings.host, listeners))
        server.run(listeners)
    if service.failure is not None:
        raise service.failure


def _config(app: object, settings: ServerSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=_http(),
        ws="websockets-sansio",
        ws_max_size=min(settings.max_body, MOST_IN_MESSAGE),
        ws_per_message_deflate=False,  # audio does not get smaller
        timeout_keep_alive=KEEP_ALIVE,
        log_config=None,
        access_log=False,
        server_header=False,
    )


def _http() -> str | type:
    try:
        from .protocol import HTTPProtocol
    except ImportError:
        return "h11"
    return HTTPProtocol


class _Server(uvicorn.Server):
    """service: what is to be finished. url: is told once, as soon as requests are answered there."""

    def __init__(self, config: uvicorn.Config, service: Service, url: str) -> None:
        super().__init__(config)
        self._service, self._url = service, url
        self._told = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            os._exit(INTERRUPTED)  # waits for nothing: a voice may be in the middle of its work
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        if self._service.ready and not self._told:
            self._told = True
            _settle()
            _tell(self._url, self._service.settings.log_format)
        return self._service.failure is not None or await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """WebSockets too may finish: uvicorn itself would close them at once."""
        for listener in self.servers:
            listener.close()
        patience = self._service.settings.shutdown_timeout
        ends = time.monotonic() + patience
        await self._finish(patience)
        if not (self._service.ready or self._service.failure):
            os._exit(0)  # what a thread is loading would be waited for
        left = max(LAST_WORDS, ends - time.monotonic())
        self.config.timeout_graceful_shutdown = left + LAST_WORDS  # type: ignore[assignment]
        last = asyncio.get_running_loop().call_later(left, self._hang_up)
        await super().shutdown(sockets)
        last.cancel()

    def _hang_up(self) -> None:
        """Who takes nothing of his answer is left: uvicorn would tell its end as an error of the app."""
        for connection in self.server_state.connections:
            connection.transport.abort()

    async def _finish(self, patience: float) -> None:
        service = self._service
        said = asyncio.ensure_future(service.aloud.close(patience)) if service.aloud else None
        heard = await service.admission.close(patience)
        if not heard or not (said is None or await said):
            log.warning("speech is cut: it took longer than shutdown_timeout, %g s", patience)
            self._service.cut("the server was shut down")
            await service.admission.close(LAST_WORDS)
        if said is not None:
            await said
        await asyncio.sleep(TOTALS)


def _settle() -> None:
    """What is loaded stays: the collector need not look at all of it again, and stop the loop for 50 ms."""
    gc.collect()
    gc.freeze()


def _tell(url: str, log_format: str) -> None:
    if sys.stderr.isatty() and log_format != "json":
        sys.stderr.write(f"llmvox listens on {url}\n")
    else:
        log.info("ready", extra={"url": url})
