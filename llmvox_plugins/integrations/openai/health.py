"""GET and HEAD /health, /ready and /metrics: for whoever looks after the server."""

from __future__ import annotations

import time

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from .service import Service, TheService

__all__ = ["router"]

router = APIRouter(tags=["operation"])


@router.head("/health", include_in_schema=False)
@router.get("/health", responses={503: {"description": "Speech makes no progress: restart the server."}})
async def health(service: TheService) -> JSONResponse:
    """Whether those who wait for audio get it."""
    silence = service.silence
    if silence <= service.settings.health_timeout:
        return JSONResponse({"status": "ok"})
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - silence))
    return JSONResponse({"status": "stalled", "since": since, "seconds": round(silence, 1)}, 503)


@router.head("/ready", include_in_schema=False)
@router.get("/ready", responses={503: {"description": "Requests should go elsewhere."}})
async def ready(service: TheService) -> JSONResponse:
    """Whether requests are answered at once: the voices are loaded, and the server is not about to end."""
    reason = _why_not(service)
    if reason is None:
        return JSONResponse({"status": "ready"})
    return JSONResponse({"status": "not ready", "reason": reason}, 503)


def _why_not(service: Service) -> str | None:
    if service.admission.closing:
        return "the server is shutting down"
    if service.failure is not None:
        return str(service.failure)
    return None if service.ready else "the voices are being loaded"


@router.head("/metrics", include_in_schema=False)
@router.get("/metrics", response_class=Response)
async def metrics(service: TheService) -> Response:
    """The server's figures, for Prometheus."""
    return Response(service.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
