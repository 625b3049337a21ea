"""HTTP as uvicorn reads it with httptools, with limits on the head of a request: httptools has none."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["HTTPProtocol"]

MOST_IN_HEAD = 2**16  # bytes, as h11 has it
SLOWEST_HEAD = 30.0  # seconds from its first byte, or from the connection, to its end


class HTTPProtocol(HttpToolsProtocol):
    """A head that is too long or too slow ends its connection."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head = 0  # bytes of a head that is not complete
        self._in_head = True
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_end_of_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_ended()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head += len(data)
            if self._head > MOST_IN_HEAD and not self.transport.is_closing():
                self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if not self._in_head:
            self._expect_end_of_head()

    def on_headers_complete(self) -> None:
        self._head_ended()
        super().on_headers_complete()

    def _expect_end_of_head(self) -> None:
        self._in_head, self._head = True, 0
        self._deadline = self.loop.call_later(SLOWEST_HEAD, self.transport.close)

    def _head_ended(self) -> None:
        self._in_head = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
