"""Who may call, and from where: API keys, addresses, hosts, origins. Pure ASGI.

Without keys only this machine may. A web page that a user opens can reach it too: so then only names that
mean this machine are answered to, and what another site's page would have done is refused.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from hashlib import sha256

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import APIError, unavailable
from ..settings import ServerSettings, is_address, is_loopback, needs_keys
from .body import Bounded, path_of

__all__ = ["Guard"]

KEY_PROTOCOL = "llmvox-api-key."
"""A subprotocol that carries a key: browsers give WebSockets no header."""

_OPEN = frozenset("/ /health /ready /openapi.json".split())
_OPEN_FOLDER = "/page/"
_STILL_ANSWERED = ("/health", "/ready", "/metrics")  # when the server is about to end
_READING = ("GET", "HEAD", "OPTIONS")  # without CORS, another site's page learns nothing from them
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:/?#@\[\]]+)(?::(\d*))?")
_PORTS = {"http": "80", "https": "443"}


class Guard:
    """refused: is called with the reason of each refusal. closing: whether the server is about to end.
    passes_on: whether what comes to a path is somebody else's affair.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: ServerSettings,
        refused: Callable[[str], object],
        closing: Callable[[], bool],
        passes_on: Callable[[str], bool],
    ) -> None:
        self._app, self._refused, self._closing = app, refused, closing
        self._bounded = Bounded(app, settings, refused, passes_on)
        self._keys = [_digest(key.get_secret_value().encode()) for key in settings.api_keys]
        self._hosts = {_host_and_port(host)[0] for host in settings.allowed_hosts} - {""}
        self._origins = settings.cors_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        self._check_time(scope)
        self._check_address(scope)
        self._check_host(scope, headers)
        self._check_origin(scope, headers)
        self._check_key(scope, headers)
        return await self._bounded(scope, receive, send)

    def _check_time(self, scope: Scope) -> None:
        if self._closing() and path_of(scope) not in _STILL_ANSWERED:
            self._refused("shutting_down")
            error = unavailable("the server is shutting down", 5, "shutting_down")
            error.headers["Connection"] = "close"
            raise error

    def _check_address(self, scope: Scope) -> None:
        """Whoever runs the app under a server of his own chooses its address there."""
        address = _own_name(scope)
        if not self._keys and is_address(address) and not is_loopback(address):
            raise self._forbidden(needs_keys(address.strip("[]")), "api_keys_needed")

    def _check_host(self, scope: Scope, headers: Headers) -> None:
        if (self._keys and not self._hosts) or "*" in self._hosts:
            return
        hosts = headers.getlist("host")  # browsers always give one
        names = [_host_and_port(host)[0] for host in hosts]
        known = self._hosts | {_own_name(scope)} - {""}
        if len(hosts) > 1 or not all(is_loopback(name) or name in known for name in names):
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

    def _forbidden(self, message: str, code: str) -> APIError:
        self._refused("forbidden")
        return APIError(403, message, code=code)


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


def _own_name(scope: Scope) -> str:
    """The address where the connection came in, or what a client without a network calls the app."""
    name = str((scope.get("server") or ("",))[0]).lower()
    return f"[{name}]" if ":" in name else name


def _is_open(scope: Scope) -> bool:
    path = path_of(scope)
    reads = scope.get("method") in ("GET", "HEAD")
    return reads and (path in _OPEN or path.startswith(_OPEN_FOLDER))


def _host_and_port(text: str) -> tuple[str, str]:
    """ "[::1]:8000" → "[::1]" and "8000"; what is no host has no name."""
    found = _HOST.fullmatch(text.lower())
    return (found[1].rstrip("."), found[2] or "") if found else ("", "")
