"""HTTP as uvicorn reads it with httptools, with limits on what is not content: httptools has none."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

__all__ = ["HTTPProtocol"]

MOST_IN_HEAD = 2**16  # bytes without content, as h11 has it
SLOWEST_HEAD = 30.0  # seconds from its first byte, or from the connection, to its end
MOST_WAITING = 16  # requests that came before the answer to an earlier one was complete


class HTTPProtocol(HttpToolsProtocol):
    """A head that is too long or too slow ends its connection, and so do too many requests at once.

    Trailers and the extensions of chunks count as a head does; trailers are not kept.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._dry = 0  # bytes since the last content
        self._in_head = True
        self._deadline: asyncio.TimerHandle | None = None
        self._answering: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_end_of_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_ended()
        if (cycle := self._answering) is not None and not cycle.response_complete:
            cycle.disconnected = True  # uvicorn tells it only to the request that came last
            cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._dry += len(data)
        super().data_received(data)
        if self._dry > MOST_IN_HEAD:
            self._refuse("The head of the request is too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if not self._in_head:
            self._expect_end_of_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._head_ended()
        if len(self.pipeline) < MOST_WAITING:
            super().on_headers_complete()
        else:
            self._refuse("There are too many requests at once.")

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def on_body(self, body: bytes) -> None:
        self._dry = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._dry = 0
        super().on_message_complete()

    def _expect_end_of_head(self) -> None:
        self._in_head = True
        self._deadline = self.loop.call_later(SLOWEST_HEAD, self.transport.close)

    def _head_ended(self) -> None:
        self._in_head, self._dry = False, 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, why: str) -> None:
        """Within an answer that has begun nothing can be said."""
        if self.transport.is_closing():
            return
        cycle = self._answering
        if self.pipeline or (cycle and cycle.response_started and not cycle.response_complete):
            self.transport.close()
        else:
            self.send_400_response(why)
