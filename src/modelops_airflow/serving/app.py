"""The runtime's HTTP: Open Inference Protocol v2, health, and figures for Prometheus.

What may not answer does not: then the named fallback does, visibly, or the answer is 503.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from ..errors import ArtifactError, DataError, ModelOpsError
from .canary import Canary
from .figures import Figures
from .inference import LARGEST, read_request, written
from .log import PredictionLog
from .shadow import Shadow
from .slot import Answer, Slot


class _TooLarge(DataError):
    """More bytes than a request may have."""


def make_app(
    slot: Slot, *, canary: Canary | None = None, shadow: Shadow | None = None, fallback: Slot | None = None,
    log: PredictionLog | None = None, token: str = "",
) -> FastAPI:
    """The application of one model.

    Args:
        canary: gets a share of the requests.
        shadow: is asked what was answered, for the log alone.
        fallback: what answers where the model may not, or cannot.
        token: what callers must send as bearer; empty for none.
    """
    app = FastAPI(title=f"modelops serve {slot.model}", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_writing_to_the_end(shadow, log))
    _health(app, slot, fallback)
    runtime = _Runtime(slot, canary, shadow, fallback, log, Figures(slot.model, shadow))

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(runtime.figures.text(), media_type="text/plain; version=0.0.4")

    @app.post(f"/v2/models/{slot.model}/infer")
    async def infer(request: Request) -> Response:
        if token and not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode()):
            return _said(401, "a bearer token is needed")
        from fastapi.concurrency import run_in_threadpool

        try:
            return await run_in_threadpool(runtime.answer, await _body(request))
        except _TooLarge as error:
            return _said(413, str(error))

    return app


class _Runtime:
    """Asks the model or its fallback, counts and writes down."""

    def __init__(
        self, slot: Slot, canary: Canary | None, shadow: Shadow | None, fallback: Slot | None, log: PredictionLog | None, figures: Figures
    ) -> None:
        self.slot, self.canary, self.shadow, self.fallback, self.log, self.figures = slot, canary, shadow, fallback, log, figures

    def answer(self, body: bytes) -> Response:
        """The response to one request."""
        started = time.perf_counter()
        try:
            request, rows = read_request(body)
        except DataError as error:
            return self._refused(400, error)
        try:
            found, role, why = self._asked(rows)
            facts = found.by.told()
            told = written(found.table, model=self.slot.model, version=found.by.version, request=request,
                           facts=facts | {"role": role} | ({"why": why} if why else {}))
            if self.log is not None:
                self.log.add(self.slot.model, rows, found.table, facts | {"request": request, "role": role})
        except ArtifactError as error:
            return self._refused(422, error)
        except ModelOpsError as error:
            return self._refused(503, error)
        except OSError as error:  # what is not written down is not answered
            return self._refused(503, ModelOpsError(f"the log of predictions cannot be written: {error.strerror}"))
        except Exception as error:  # whatever it is, it is counted, and no trace of it goes to a caller
            return self._refused(500, ModelOpsError(f"the request cannot be answered ({type(error).__name__})"))
        if self.shadow is not None:
            self.shadow.offer(request, rows)
        self.figures.answered(found.by.version, rows.num_rows, role=role, seconds=time.perf_counter() - started)
        return JSONResponse(told, headers={"modelops-version": found.by.version, "modelops-served-by": found.by.model, "modelops-role": role})

    def _asked(self, rows: Any) -> tuple[Answer, str, str]:
        """An answer, whose it is (`stable`, `canary`, `fallback`), and why it is the fallback's."""
        try:
            return (*self.canary.score(rows), "") if self.canary is not None else (self.slot.score(rows), "stable", "")
        except ModelOpsError as error:
            if self.fallback is None:
                raise
            return self.fallback.score(rows), "fallback", str(error)[:300]

    def _refused(self, status: int, error: ModelOpsError) -> Response:
        self.figures.refused(status)
        return _said(status, str(error))


def _writing_to_the_end(shadow: Shadow | None, log: PredictionLog | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """At a stop the last predictions are written while the process still lives; the server ends it with the signal that it got."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if shadow is not None:
            shadow.stop()
        if log is not None:
            log.flush()

    return lifespan


def _health(app: FastAPI, slot: Slot, fallback: Slot | None) -> None:
    @app.get("/v2/health/live")
    def live() -> dict[str, bool]:
        return {"live": True}

    @app.get("/v2/health/ready")
    @app.get(f"/v2/models/{slot.model}/ready")
    def ready() -> Response:
        if slot.about is not None or (fallback is not None and fallback.about is not None):
            return JSONResponse({"ready": True})
        return JSONResponse({"ready": False, "why": slot.why}, status_code=503)

    @app.get(f"/v2/models/{slot.model}")
    def about() -> Response:
        found = slot.about
        if found is None:
            return _said(503, slot.why)
        return JSONResponse({"name": slot.model, "versions": [found.version], "platform": f"modelops_{found.kind}",
                             "parameters": {"artifact": found.artifact, "epoch": found.epoch, "subject": found.subject}})


def _said(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status_code=status)


async def _body(request: Request) -> bytes:
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > LARGEST:
            raise _TooLarge(f"a request has at most {LARGEST:,} bytes")
    return bytes(found)
