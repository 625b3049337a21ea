"""An LLM behind an OpenAI-compatible endpoint: its answers are passed on as they are, its errors too."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx2

from ....core.errors import ConfigurationError
from ..errors import APIError, invalid
from .base import Answer
from .chunks import broken_off

__all__ = ["EndpointLLM"]

_EXAMPLE = "http://127.0.0.1:11434/v1"
_CONNECT = 10.0  # s; a server that is there accepts at once
_LISTING = 3.0  # s; a list that comes later is not worth the wait
_KEPT = 2.0  # s; servers close what is idle for 5, and a request that meets it would fail
_OURS = (None, "", "llmvox")
"""Names of a model that can only mean: whichever there is."""

_LENT = ("authorization", "openai-organization", "openai-project")
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
        )

    async def open(self) -> None:
        pass  # an endpoint may come up later than we do

    async def close(self) -> None:
        await self._client.aclose()

    async def models(self, headers: Mapping[str, str]) -> list[dict[str, Any]]:
        try:
            answer = await self._client.get(
                self._base + "/models", headers=self._headers(headers), timeout=_LISTING
            )
            found = answer.json()["data"] if answer.status_code == 200 else []
            return [model for model in found if isinstance(model, dict) and isinstance(model["id"], str)]
        except (httpx2.RequestError, APIError, ValueError, LookupError, TypeError):
            return []

    @asynccontextmanager
    async def ask(self, body: dict[str, Any], headers: Mapping[str, str]) -> AsyncIterator[Answer]:
        if body.get("model") in _OURS and self._model:
            body = {**body, "model": self._model}
        with self._mapped():
            async with self._client.stream(
                "POST",
                self._base + "/chat/completions",
                content=_encoded(body),
                headers=self._headers(headers),
            ) as response:
                yield Answer(response.status_code, _of_interest(response.headers), self._parts(response))

    async def _parts(self, response: httpx2.Response) -> AsyncGenerator[bytes, None]:
        with self._mapped():
            try:
                async for part in response.aiter_bytes():
                    yield part
            except (httpx2.NetworkError, httpx2.ProtocolError) as error:  # it was there, and is gone
                raise broken_off(type(error).__name__) from error

    def _headers(self, asked: Mapping[str, str]) -> dict[str, str]:
        """Raises APIError if the request has been here before."""
        way = asked.get("via", "")
        if self._name in way:
            raise APIError(
                508, "the LLM's address is this server's own", type="server_error", code="llm_loop"
            )
        headers = {
            "content-type": "application/json",
            "accept": asked.get("accept", "*/*"),
            "accept-encoding": "identity",  # events would wait in a compressor
            "via": ", ".join(filter(None, [way, f"1.1 {self._name}"])),
        }
        if self._key:
            return headers | {"authorization": f"Bearer {self._key}"}
        return headers | {name: asked[name] for name in _LENT if self._lends_keys and name in asked}

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
