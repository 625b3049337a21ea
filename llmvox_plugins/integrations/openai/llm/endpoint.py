"""An LLM behind an OpenAI-compatible endpoint: its answers are passed on as they are, its errors too."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx2

from ....core.errors import ConfigurationError
from ..errors import APIError, invalid
from .base import Answer, Forwarded
from .chunks import broken_off
from .headers import Pairs, encoded, forwarded, returned

__all__ = ["EndpointLLM"]

_EXAMPLE = "http://127.0.0.1:11434/v1"
_CONNECT = 10.0  # s; a server that is there accepts at once
_LISTING = 3.0  # s; a list that comes later is not worth the wait
_KEPT = 2.0  # s; servers close what is idle for 5, and a request that meets it would fail
_OURS = (None, "", "llmvox")
"""Names of a model that can only mean: whichever there is."""

_LENT = ("authorization", "openai-organization", "openai-project", "via")
_PASSED = ("content-type", "retry-after", "retry-after-ms", "x-should-retry")
_PASSED_FAMILIES = ("openai-", "x-ratelimit-")


class EndpointLLM:
    """base_url: as the openai package takes it.
    key: what it is asked with. lends_keys: without one, it is asked with the client's own.
    model: what is asked for where a client names none, or only "llmvox".
    patience: seconds for which the endpoint may be silent.
    """

    def __init__(
        self, base_url: str, *, key: str | None, lends_keys: bool, model: str | None, patience: float
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ConfigurationError(f"llm_base_url is an address such as {_EXAMPLE}, not {base_url!r}")
        self._key, self._lends_keys, self._model, self._patience = key, lends_keys, model, patience
        self._base = base_url.rstrip("/")
        self._name = f"llmvox-{secrets.token_hex(4)}"
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(patience, connect=min(patience, _CONNECT), pool=None),
            limits=httpx2.Limits(max_connections=None, keepalive_expiry=_KEPT),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # one client's are not another's
        )

    async def open(self) -> None:
        pass  # an endpoint may come up later than we do

    async def close(self) -> None:
        await self._client.aclose()

    async def models(self, headers: Mapping[str, str]) -> list[dict[str, Any]]:
        lent = {name: headers[name] for name in _LENT if name in headers}  # not on what terms he asks
        try:
            answer = await self._client.get(
                self._base + "/models", headers=self._headers(lent, {}), timeout=_LISTING
            )
            found = answer.json()["data"] if answer.status_code == 200 else []
            return [model for model in found if isinstance(model, dict) and isinstance(model["id"], str)]
        except (httpx2.RequestError, APIError, ValueError, LookupError, TypeError):
            return []

    @asynccontextmanager
    async def ask(self, body: dict[str, Any], headers: Mapping[str, str]) -> AsyncIterator[Answer]:
        with self._mapped():
            async with self._client.stream(
                "POST",
                self._base + "/chat/completions",
                content=_encoded(self.addressed(body)),
                headers=self._headers(headers, {"content-type": "application/json"}),
            ) as response:
                yield Answer(response.status_code, _of_interest(response.headers), self._parts(response))

    def addressed(self, body: dict[str, Any]) -> dict[str, Any]:
        means_any = body.get("model") in _OURS and self._model
        return {**body, "model": self._model} if means_any else body

    @asynccontextmanager
    async def forward(self, request: Forwarded) -> AsyncIterator[Answer]:
        """The same as `ask`, of all that an endpoint may have."""
        asked, ours = request.headers, {}
        if request.as_it_is:
            ours["accept-encoding"] = asked.get("accept-encoding", "identity")
        if "content-length" in asked and not isinstance(request.body, bytes):
            ours["content-length"] = asked["content-length"]
        with self._mapped():
            async with self._client.stream(
                request.method,
                self._url(request),
                content=request.body,
                headers=self._headers(asked, ours),
            ) as response:
                headers = returned(response.headers.raw)
                yield Answer(response.status_code, headers, self._parts(response, raw=True))

    def _url(self, request: Forwarded) -> httpx2.URL:
        """Only the path and the query are the client's."""
        base = httpx2.URL(self._base)
        target = base.raw_path.rstrip(b"/") + b"/" + request.path
        return base.copy_with(raw_path=target + b"?" + request.query if request.query else target)

    async def _parts(self, response: httpx2.Response, raw: bool = False) -> AsyncGenerator[bytes, None]:
        with self._mapped():
            try:
                async for part in response.aiter_raw() if raw else response.aiter_bytes():
                    yield part
            except (httpx2.NetworkError, httpx2.ProtocolError) as error:  # it was there, and is gone
                raise broken_off(type(error).__name__) from error

    def _headers(self, asked: Mapping[str, str], ours: dict[str, str]) -> Pairs:
        """Those of the client's request that are the LLM's affair, and ours in place of his.

        Raises APIError if the request has been here before.
        """
        ours = {
            "accept-encoding": "identity",
            **ours,
            "via": self._way(asked),
        }  # compressed, events would wait
        if self._key:
            ours["authorization"] = f"Bearer {self._key}"
        given = [(name, value) for name, value in asked.items() if name.lower() not in ours]
        lends = self._lends_keys and not self._key
        return [*forwarded(encoded(given), with_credentials=lends), *encoded(ours.items())]

    def _way(self, asked: Mapping[str, str]) -> str:
        """Where the request has been, and that it was here. Raises APIError if it was before."""
        way = asked.get("via", "")
        if self._name in way:
            raise APIError(
                508, "the LLM's address is this server's own", type="server_error", code="llm_loop"
            )
        return ", ".join(filter(None, [way, f"1.1 {self._name}"]))

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except httpx2.TimeoutException as error:
            raise _trouble(504, f"the LLM was silent for too long: {type(error).__name__}") from error
        except httpx2.RequestError as error:
            raise _trouble(502, f"the LLM cannot be reached: {type(error).__name__}") from error


def _trouble(status: int, message: str) -> APIError:
    code = "llm_timeout" if status == 504 else "llm_unreachable"
    return APIError(status, message, type="server_error", code=code)


def _encoded(body: dict[str, Any]) -> bytes:
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise invalid("the body is not JSON: it has a number that is none, or no bottom") from None


def _of_interest(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in headers.items() if name in _PASSED or name.startswith(_PASSED_FAMILIES)
    }
