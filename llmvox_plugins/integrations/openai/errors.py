"""What goes wrong, in OpenAI's shape: a status, and an envelope that says what was wrong."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from ...core.errors import ConfigurationError, InboxFullError, LLMVoxError

__all__ = ["APIError", "api_error", "busy", "install", "invalid", "unavailable"]

log = logging.getLogger("llmvox_plugins")

NO_JSON = "the body must be a JSON object, sent with Content-Type: application/json"


class APIError(Exception):
    """A request that is answered with an error.

    param: the parameter that is wrong; code: a word for programs, such as "invalid_api_key".
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body = {"message": message, "type": type, "param": param, "code": code}

    @property
    def envelope(self) -> dict[str, Any]:
        return {"error": self.body}

    def response(self) -> Response:
        """Within ASCII: a message may repeat half a character, which UTF-8 has no bytes for."""
        return Response(json.dumps(self.envelope), self.status, self.headers, "application/json")


def invalid(message: str, param: str | None = None, code: str | None = None) -> APIError:
    return APIError(400, message, param=param, code=code)


def busy(message: str, retry_after: float) -> APIError:
    """Too much is asked for at once: 429."""
    headers = {"Retry-After": str(max(1, math.ceil(retry_after)))}
    return APIError(429, message, type="rate_limit_error", code="rate_limit_exceeded", headers=headers)


def unavailable(message: str, retry_after: float, code: str = "service_unavailable") -> APIError:
    headers = {"Retry-After": str(max(1, math.ceil(retry_after)))}
    return APIError(503, message, type="server_error", code=code, headers=headers)


def api_error(error: Exception) -> APIError:
    """Any error as one that may be shown to a client: nothing of what was unforeseen is."""
    if isinstance(error, APIError):
        return error
    if isinstance(error, InboxFullError):
        return APIError(413, "more text came than may wait to be spoken: send it in pace with the speech")
    if isinstance(error, ConfigurationError):
        return invalid(str(error))
    if isinstance(error, LLMVoxError):
        return APIError(500, f"speech failed: {error}", type="server_error", code="speech_failed")
    return APIError(500, "the server failed; its log says how", type="server_error")


def install(app: FastAPI) -> None:
    """Have every error of the app leave in the envelope."""
    app.add_exception_handler(RequestValidationError, _wrong_parameter)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(APIError, _known)
    app.add_exception_handler(LLMVoxError, _known)
    app.add_exception_handler(Exception, _known)


async def _known(request: Request, error: Exception) -> Response:
    return api_error(error).response()


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    where = f"{request.method} {request.url.path}"
    messages = {400: NO_JSON, 404: f"there is nothing at {where}", 405: f"{where} is not possible"}
    message = messages.get(error.status_code, error.detail)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code)
    return APIError(error.status_code, message, code=code, headers=error.headers).response()


async def _wrong_parameter(request: Request, error: Exception) -> Response:
    """The first thing that is wrong. What the client sent is not repeated: it may be of any kind and size."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = [str(part) for part in first["loc"][1:]]
    message, code = f"{'.'.join(where)}: {first['msg'][0].lower()}{first['msg'][1:]}", None
    if first["type"] == "unknown_parameter":
        where.append(first["ctx"]["name"])
        message, code = first["msg"], "unknown_parameter"
    elif not where or first["type"] == "json_invalid":
        message, where = NO_JSON, []
    elif first["type"] == "missing":
        message, code = f"the parameter {'.'.join(where)!r} is missing", "missing_required_parameter"
    param = ".".join(where) or None
    return invalid(message, param, code).response()
