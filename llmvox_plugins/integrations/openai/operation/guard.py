"""Who may call, from where, and with how much: API keys, hosts, origins, the size of a body. Pure ASGI.

A web page that a user opens can reach this machine too. So without keys only names that mean this machine
are answered to, and what another site's page would have done is refused.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from hashlib import sha256

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import APIError, unavailable
from ..settings import ServerSettings, is_loopback

__all__ = ["MOST_IN_MESSAGE", "Guard"]

MOST_IN_MESSAGE = 2**20  # bytes of one WebSocket message

KEY_PROTOCOL = "llmvox-api-key."
"""A subprotocol that carries a key: browsers give WebSockets no header."""

_OPEN = frozenset("/ /health /ready /openapi.json".split())
_OPEN_FOLDER = "/page/"
_STILL_ANSWERED = ("/health", "/ready", "/metrics")  # when the server is about to end
_READING = ("GET", "HEAD", "OPTIONS")  # without CORS, another site's page learns nothing from them
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:/?#@\[\]]+)(?::(\d*))?")
_LABEL = re.compile(r"[a-z0-9_-]+")
_PORTS = {"http": "80", "https": "443"}


class Guard:
    """refused: is called with the reason of each refusal. closing: whether the server is about to end."""

    def __init__(
        self,
        app: ASGIApp,
        settings: ServerSettings,
        refused: Callable[[str], object],
        closing: Callable[[], bool],
    ) -> None:
        self._app, self._refused, self._closing = app, refused, closing
        self._keys = [_digest(key.get_secret_value().encode()) for key in settings.api_keys]
        self._hosts = {_host_and_port(host)[0] for host in settings.allowed_hosts}
        self._origins = settings.cors_origins
        self._max_body, self._patience = settings.max_body, settings.stall_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        self._check_time(scope)
        self._check_host(headers)
        self._check_origin(scope, headers)
        self._check_key(scope, headers)
        if scope["type"] == "websocket":
            return await self._app(scope, self._bounded_messages(receive), send)
        self._check_length(headers)
        return await self._with_bounded_body(scope, receive, send)

    def _check_time(self, scope: Scope) -> None:
        if self._closing() and _path(scope) not in _STILL_ANSWERED:
            self._refused("shutting_down")
            error = unavailable("the server is shutting down", 5, "shutting_down")
            error.headers["Connection"] = "close"
            raise error

    def _check_host(self, headers: Headers) -> None:
        if (self._keys and not self._hosts) or "*" in self._hosts:
            return
        hosts = headers.getlist("host")  # browsers always give one
        names = [_host_and_port(host)[0] for host in hosts]
        if len(hosts) > 1 or not all(_is_local(name) or name in self._hosts for name in names):
            raise self._forbidden(
                "this server does not go by the name in your Host header: add it to "
                "LLMVOX_SERVER_ALLOWED_HOSTS, or set LLMVOX_SERVER_API_KEYS",
                "host_not_allowed",
            )

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        origin = headers.get("origin", "").lower()
        if not origin or scope.get("method") in _READING or {origin, "*"} & {*self._origins}:
            return
        scheme, _, place = origin.partition("://")
        here, there = _host_and_port(headers.get("host", "")), _host_and_port(place)
        usual = _PORTS.get(scheme, "")
        if not there[0] or (here[0], here[1] or usual) != (there[0], there[1] or usual):
            raise self._forbidden(
                "this server takes no requests from that web page: add its origin to "
                "LLMVOX_SERVER_CORS_ORIGINS",
                "origin_not_allowed",
            )

    def _check_key(self, scope: Scope, headers: Headers) -> None:
        if not self._keys:
            return
        given = _keys_given(scope, headers)
        if _is_open(scope) or True in [self._is_key(key) for key in given]:
            return
        self._refused("unauthorized")
        message = "that is not an API key of this server" if given else "an API key is needed"
        raise APIError(
            401,
            f"{message}: send it as Authorization: Bearer KEY",
            code="invalid_api_key",
            headers={"WWW-Authenticate": "Bearer"},
        )

    def _is_key(self, given: bytes) -> bool:
        """All are compared, whichever fits: how long it takes tells nothing."""
        digest = _digest(given)
        return True in [hmac.compare_digest(digest, key) for key in self._keys]

    def _check_length(self, headers: Headers) -> None:
        length = headers.get("content-length", "0")
        if len(length) > 18 or not length.isdecimal() or int(length) > self._max_body:
            raise self._too_large(self._max_body)

    async def _with_bounded_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the app read no more than it may; what it makes of a body that ends there is not sent."""
        body = _Body(receive, self._max_body, self._patience)
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if body.wrong is None or begun:
                begun = True
                await send(message)

        try:
            await self._app(scope, body.receive, sending)
        except Exception:
            if body.wrong is None or begun:
                raise
        if body.wrong is not None and not begun:
            raise self._too_large(self._max_body) if body.wrong == 413 else _too_slow()

    def _bounded_messages(self, receive: Receive) -> Receive:
        most = min(self._max_body, MOST_IN_MESSAGE)

        async def receiving() -> Message:
            message = await receive()
            if len(message.get("bytes") or message.get("text") or b"") > most:
                raise self._too_large(most)
            return message

        return receiving

    def _forbidden(self, message: str, code: str) -> APIError:
        self._refused("forbidden")
        return APIError(403, message, code=code)

    def _too_large(self, most: int) -> APIError:
        self._refused("too_large")
        return APIError(413, f"a request may have at most {most} bytes", code="request_too_large")


class _Body:
    """A request's body as it is received. wrong: 413 or 408, once it is too long or too slow."""

    def __init__(self, receive: Receive, most: int, patience: float) -> None:
        self.wrong: int | None = None
        self._receive, self._left, self._patience = receive, most, patience
        self._complete = False

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            with anyio.fail_after(self._patience):
                message = await self._receive()
        except TimeoutError:
            self.wrong = 408
            raise
        self._complete = not message.get("more_body", False)
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.wrong = 413
            raise ValueError("the body is too large")
        return message


def _too_slow() -> APIError:
    return APIError(408, "the body did not arrive in time", code="request_timeout")


def _digest(key: bytes) -> bytes:
    return sha256(key).digest()


def _keys_given(scope: Scope, headers: Headers) -> list[bytes]:
    """The keys that a client shows; those among the subprotocols are taken out of the app's sight."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    given = [key.strip().encode("latin-1")] if scheme.lower() == "bearer" and key.strip() else []
    offered = scope.get("subprotocols", [])
    keys = [name for name in offered if name.startswith(KEY_PROTOCOL)]
    if keys:
        scope["subprotocols"] = [name for name in offered if name not in keys]
    return given + [key.removeprefix(KEY_PROTOCOL).encode(errors="surrogatepass") for key in keys]


def _is_local(name: str) -> bool:
    """Whether no web page can have given that name to this address: names with no dot are a network's own."""
    return is_loopback(name) or _LABEL.fullmatch(name) is not None


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _is_open(scope: Scope) -> bool:
    path = _path(scope)
    reads = scope.get("method") in ("GET", "HEAD")
    return reads and (path in _OPEN or path.startswith(_OPEN_FOLDER))


def _host_and_port(text: str) -> tuple[str, str]:
    """ "[::1]:8000" → "[::1]" and "8000"; what is no host has no name."""
    found = _HOST.fullmatch(text.lower())
    return (found[1].rstrip("."), found[2] or "") if found else ("", "")
