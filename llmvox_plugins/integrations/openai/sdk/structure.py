"""Whether a model was asked for data, for a program to read, rather than for words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["asks_for_data", "is_data"]


def asks_for_data(request: Any) -> bool:
    """Whether an HTTP request to a model does; False if that cannot be known."""
    try:
        content: bytes = request.content
        if b'"response_format"' not in content and b'"format"' not in content:
            return False  # what may be long is not read for nothing
        body = json.loads(content)
        return is_data(body.get("response_format")) or is_data((body.get("text") or {}).get("format"))
    except Exception:  # noqa: BLE001  an upload that streams, a proxy's own encoding: it is not ours to judge
        return False


def is_data(format: Any) -> bool:
    """Whether an answer in this format, as a request or a response names it, is data."""
    kind = format.get("type") if isinstance(format, Mapping) else getattr(format, "type", None)
    return kind not in (None, "text")
