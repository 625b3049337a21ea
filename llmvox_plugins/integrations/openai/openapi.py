"""The OpenAPI document: what FastAPI derives from the endpoints, and what the server alone knows.

That is how errors look, which voices there are, and whether a key is needed.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from .service import Service
from .wire import voice_schema

__all__ = ["describe"]

Document = dict[str, Any]

_OF_ALL = {403: "The server does not go by that name, or the web page may not call it."}
_OF_BODIES = {
    400: "Something is wrong with the request.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    429: "Too much is being spoken; `Retry-After` says when to come again.",
    500: "Speech failed.",
    503: "The voices could not be loaded, or the server is about to end.",
}
_OF_NAMES = {400: "Something is wrong with the name.", 404: "There is nothing of this name."}
_WITHOUT_KEY = ("/health", "/ready")

_ENVELOPE: Document = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI, service: Service) -> None:
    """Have the app tell the truth at /openapi.json."""
    complete: Document = {}

    def document() -> Document:
        if not complete:
            complete.update(_document(app, service))
        return complete

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI, service: Service) -> Document:
    document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    schemas = document["components"]["schemas"]
    for name in _FASTAPIS_OWN:
        schemas.pop(name, None)
    schemas["Error"] = _ENVELOPE
    schemas["Voice"] = {"type": "string", "enum": service.voices.names}
    _name_voices(schemas)
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _describe_errors(path, operation, needs_key=bool(service.settings.api_keys))
    if service.settings.api_keys:
        document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    return document


def _name_voices(schemas: Document) -> None:
    """Wherever a voice is asked for, it is one of those that there are."""
    voice = {"$ref": "#/components/schemas/Voice"}
    for schema in schemas.values():
        if "voice" in (properties := schema.get("properties", {})):
            kinds = voice_schema(voice)["anyOf"]
            if "voice" not in schema.get("required", ()):
                kinds = [*kinds, {"type": "null"}]
            properties["voice"] = {"anyOf": kinds}


def _describe_errors(path: str, operation: Document, needs_key: bool) -> None:
    answers = operation["responses"]
    answers.pop("422", None)
    errors = dict(_OF_ALL)
    if "requestBody" in operation:
        errors |= _OF_BODIES
    if "parameters" in operation:
        errors |= _OF_NAMES
    if needs_key and path not in _WITHOUT_KEY:
        errors[401] = "An API key is needed."
        operation["security"] = [{"key": []}]
    for status, description in errors.items():
        if f"{str(status)[0]}XX" not in answers:  # where what is behind may answer in its own way
            answers.setdefault(str(status), {"description": description, "content": _ERROR})
