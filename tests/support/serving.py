"""An app that really runs: uvicorn on a free port of 127.0.0.1, in a thread of this process."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import uvicorn

__all__ = ["Serving", "serving"]


class Serving(uvicorn.Server):
    """url: "http://127.0.0.1:port"; ws_url: the same for WebSockets. listener: the socket it listens on."""

    def __init__(self, app: Any, **options: Any) -> None:
        defaults = {
            "log_config": None,
            "lifespan": "on",
            "ws": "websockets-sansio",
            "ws_per_message_deflate": False,
            "access_log": False,
        }
        super().__init__(uvicorn.Config(app, **{**defaults, **options}))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self._running: Future[None] = Future()

    @property
    def port(self) -> int:
        port: int = self.listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._running.set_result(None)

    def run_in_thread(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, name="uvicorn")
        thread.start()
        self._running.result()
        return thread

    def _run(self) -> None:
        try:
            self.run(sockets=[self.listener])
        except SystemExit:
            self._running.set_exception(RuntimeError("the app did not start; the log says why"))
        finally:
            self.listener.close()


@contextmanager
def serving(app: Any, **options: Any) -> Iterator[Serving]:
    """The app, served until the block ends; then requests in flight are finished, within 5 seconds.

    options: as uvicorn.Config takes them.
    """
    server = Serving(app, **{"timeout_graceful_shutdown": 5, **options})
    thread = server.run_in_thread()
    try:
        yield server
    finally:
        server.should_exit = True
        thread.join()
