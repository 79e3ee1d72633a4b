"""How a request fails: one JSON shape for every error, and never a traceback.

{"error": {"code": "stale", "message": "...", "next_step": "..."}}

Every refusal of a request that might have changed something is in the ledger with who asked: those
of governance's verbs are there already, the others are added here, without a word of the caller's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from ..errors import ModelOpsError, Refused, RegisterError, SigningError
from ..governance.refusal import record_refusal

log = logging.getLogger(__name__)

_CODES = {
    400: "bad_request", 401: "not_authenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 413: "too_large", 415: "not_json", 422: "bad_input", 429: "too_many",
}
_NEXT_STEPS = {
    401: "log in to Airflow, then try again",
    403: "ask somebody who holds the role, or your Airflow administrator for the permission",
    404: "check the name; you see only models whose DAGs you may read",
}

_CONFLICTS = frozenset({"hold", "in-use", "retention", "stale", "closed", "decided", "state", "finding", "late", "pending", "active", "fence", "not-passed", "never-live",
                        "nothing-live", "nothing", "over", "unrecorded", "database"})
_BAD_INPUT = frozenset({"comment", "reason", "decision", "environment", "digest", "invalid", "signature", "conditions", "expiry", "evidence", "severity", "act", "ground",
                        "pack", "control", "compensating", "not-waivable", "approver"})


@dataclass(frozen=True)
class Answer:
    """An error as it is answered."""

    status: int
    code: str
    message: str
    next_step: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> JSONResponse:
        """In our shape."""
        error = {"code": self.code, "message": self.message, "next_step": self.next_step}
        return JSONResponse({"error": error}, self.status, dict(self.headers))


class ApiError(Exception):
    """A request that is answered with an error of our shape."""

    def __init__(
        self, status: int, code: str, message: str, next_step: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.told = Answer(status, code, message, next_step, headers or {})


def not_found(what: str) -> ApiError:
    """The same answer for what does not exist and for what this user may not see."""
    return ApiError(404, "not_found", f"there is no {what} that you may see", _NEXT_STEPS[404])


def install(app: FastAPI) -> None:
    """Answer every exception of the app in our shape."""
    for kind, told in _TOLD.items():
        app.add_exception_handler(kind, _handler(told))


def _handler(told: Callable[[Exception], Answer]) -> Callable[[Request, Exception], JSONResponse]:
    def handle(request: Request, error: Exception) -> JSONResponse:
        answer = told(error)
        if answer.status >= 500:
            log.error("%s %s failed", request.method, _template(request), exc_info=error)
        elif not getattr(error, "recorded", False):
            answer = _on_record(request, answer)
        return answer.response()

    return handle


def _on_record(request: Request, answer: Answer) -> Answer:
    """The answer, once the refusal is in the ledger; without a record there is no answer but that."""
    actor = getattr(request.state, "actor", None)
    if actor is None or request.method in ("GET", "HEAD", "OPTIONS") or getattr(request.state, "unrecorded", False):
        return answer
    try:
        record_refusal(
            request.app.state.register, by=actor.label, request=f"{request.method} {_template(request)}",
            status=answer.status, code=answer.code, model_id=request.path_params.get("model_id"),
        )
    except SQLAlchemyError as error:
        log.error("a refusal could not be recorded", exc_info=error)
        return _register_down(error)
    return answer


def _template(request: Request) -> str:
    """The route as we wrote it, never the address as the caller wrote it."""
    return str(getattr(request.scope.get("route"), "path", "an unknown route"))


def _http(error: HTTPException) -> Answer:
    code = _CODES.get(error.status_code, "error")
    return Answer(error.status_code, code, str(error.detail), _NEXT_STEPS.get(error.status_code, ""), error.headers or {})


def _parameters(error: RequestValidationError) -> Answer:
    first = error.errors()[0]
    return Answer(422, "bad_input", f"{'.'.join(map(str, first['loc']))}: {first['msg']}", "correct the address")


def _refused(error: Refused) -> Answer:
    if error.code in _CONFLICTS:
        return Answer(409, error.code, str(error), "load the page again and look at what is asked now")
    if error.code in _BAD_INPUT:
        return Answer(422, error.code, str(error), "correct it and send it again")
    if error.code == "gone":
        return Answer(404, error.code, str(error), _NEXT_STEPS[404])
    return Answer(403, error.code, str(error), "somebody else who holds the role may decide; the refusal is on record")


def _register_down(_: Exception) -> Answer:
    return Answer(503, "register", "the register cannot answer now; nothing was recorded",
                  "try again; the API server's log has the cause")


_TOLD: dict[type[Exception], Callable[..., Answer]] = {
    ApiError: lambda error: error.told,
    HTTPException: _http,
    RequestValidationError: _parameters,
    Refused: _refused,
    RegisterError: lambda error: Answer(503, "register", str(error), "run: modelops db migrate"),
    SigningError: lambda error: Answer(503, "signing", str(error), "ask whoever runs the API server; nothing was recorded"),
    ModelOpsError: lambda error: Answer(422, "bad_input", str(error)),
    SQLAlchemyError: _register_down,
    Exception: lambda _: Answer(500, "internal", "the server failed to answer", "try again; the API server's log has the cause"),
}
