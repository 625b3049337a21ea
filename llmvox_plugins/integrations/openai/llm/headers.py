"""Which headers of a request go on to the LLM, and which of its answer come back.

What belongs to one connection stays there; what belongs to one origin, such as cookies and the rules for
other sites' pages, would mean something else on the other side.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Pairs", "encoded", "forwarded", "returned"]

Pairs = list[tuple[bytes, bytes]]

_OF_A_CONNECTION = frozenset(
    b"connection expect http2-settings keep-alive proxy-authenticate proxy-authorization proxy-connection te "
    b"trailer transfer-encoding upgrade".split()
)
_OF_THE_CLIENT = frozenset(b"content-length cookie forwarded host origin referer via x-real-ip".split())
_FAMILIES_OF_THE_CLIENT = (b"sec-", b"x-forwarded-", b"x-llmvox-", b"access-control-")
_CREDENTIALS = frozenset(b"authorization api-key x-api-key openai-organization openai-project".split())
_OF_THE_LLM = frozenset(
    b"alt-svc clear-site-data content-security-policy date nel refresh report-to reporting-endpoints server "
    b"service-worker-allowed set-cookie strict-transport-security x-content-type-options x-frame-options "
    b"x-request-id".split()
)
_FAMILIES_OF_THE_LLM = (b"access-control-", b"cross-origin-")


def forwarded(given: Iterable[tuple[bytes, bytes]], *, with_credentials: bool) -> Pairs:
    """Of a request's headers those for the LLM. with_credentials: whether the client's own are its affair."""
    left_out = _OF_THE_CLIENT if with_credentials else _OF_THE_CLIENT | _CREDENTIALS
    return _without(given, left_out, _FAMILIES_OF_THE_CLIENT)


def returned(given: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Of an answer's headers those for the client."""
    headers: dict[str, str] = {}
    for name, value in _without(given, _OF_THE_LLM, _FAMILIES_OF_THE_LLM):
        before = headers.get(name.decode("latin-1"))
        text = value.decode("latin-1")
        headers[name.decode("latin-1")] = text if before is None else f"{before}, {text}"
    return headers


def encoded(given: Iterable[tuple[str, str]]) -> Pairs:
    """As they stand on the wire."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in given]


def _without(
    given: Iterable[tuple[bytes, bytes]], names: frozenset[bytes], families: tuple[bytes, ...]
) -> Pairs:
    pairs = [(name.lower(), value) for name, value in given]
    named = [value for name, value in pairs if name == b"connection"]
    ends_here = {name.strip().lower() for value in named for name in value.split(b",")}
    ends_here |= names | _OF_A_CONNECTION
    return [(name, value) for name, value in pairs if name not in ends_here and not name.startswith(families)]
