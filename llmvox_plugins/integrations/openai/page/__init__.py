"""The page at `/`: type a text or ask the LLM, hear it while it is made, and see its words light up.

Its files are served as they are; there is no build, and no address outside of this server.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from ..errors import APIError

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
FILES = {path.name: path for path in FOLDER.iterdir() if path.suffix in TYPES}

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ]
)
HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@router.api_route("/", methods=["GET", "HEAD"])
async def show_page() -> Response:
    return await show_file("index.html")


@router.api_route("/page/{name}", methods=["GET", "HEAD"])
async def show_file(name: str) -> Response:
    path = FILES.get(name)
    if path is None:
        raise APIError(404, "the page has no such file", code="not_found")
    return FileResponse(path, headers=HEADERS, media_type=TYPES[path.suffix])
