"""How a request fails: one JSON shape for every error, and never a traceback.

{"error": {"code": "stale", "message": "...", "next_step": "..."}}
"""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ..errors import ModelOpsError, Refused, RegisterError, SigningError

log = logging.getLogger(__name__)

_CODES = {
    400: "bad_request", 401: "not_authenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 413: "too_large", 415: "not_json", 422: "bad_input",
}
_NEXT_STEPS = {
    401: "log in to Airflow, then try again",
    403: "ask somebody who holds the role, or your Airflow administrator for the permission",
    404: "check the name; you see only models whose DAGs you may read",
}


_CONFLICTS = frozenset({"stale", "closed", "decided", "state", "pending", "active", "fence", "not-passed", "never-live",
                        "nothing-live", "nothing", "over", "unrecorded"})
_BAD_INPUT = frozenset({"comment", "reason", "decision", "environment", "digest", "invalid", "signature"})


class ApiError(Exception):
    """A request that is answered with an error of our shape."""

    def __init__(self, status: int, code: str, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.next_step = status, code, message, next_step


def not_found(what: str) -> ApiError:
    """The same answer for what does not exist and for what this user may not see."""
    return ApiError(404, "not_found", f"there is no {what} that you may see", _NEXT_STEPS[404])


def answer(status: int, code: str, message: str, next_step: str = "") -> JSONResponse:
    """An error as a response."""
    return JSONResponse({"error": {"code": code, "message": message, "next_step": next_step}}, status)


def install(app: FastAPI) -> None:
    """Answer every exception of the app in our shape."""

    @app.exception_handler(ApiError)
    def _api(_: Request, error: ApiError) -> JSONResponse:
        return answer(error.status, error.code, error.message, error.next_step)

    @app.exception_handler(HTTPException)
    def _http(_: Request, error: HTTPException) -> JSONResponse:
        code = _CODES.get(error.status_code, "error")
        return answer(error.status_code, code, str(error.detail), _NEXT_STEPS.get(error.status_code, ""))

    @app.exception_handler(RequestValidationError)
    def _parameters(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        return answer(422, "bad_input", f"{'.'.join(map(str, first['loc']))}: {first['msg']}", "correct the address")

    @app.exception_handler(Refused)
    def _refused(_: Request, error: Refused) -> JSONResponse:
        if error.code in _CONFLICTS:
            return answer(409, error.code, str(error), "load the page again and look at what is asked now")
        if error.code in _BAD_INPUT:
            return answer(422, error.code, str(error), "correct it and send it again")
        if error.code == "gone":
            return answer(404, error.code, str(error), _NEXT_STEPS[404])
        return answer(403, error.code, str(error), "somebody else who holds the role may decide; the refusal is on record")

    @app.exception_handler(RegisterError)
    def _register(_: Request, error: RegisterError) -> JSONResponse:
        return answer(503, "register", str(error), "run: modelops db migrate")

    @app.exception_handler(SigningError)
    def _signing(_: Request, error: SigningError) -> JSONResponse:
        return answer(503, "signing", str(error), "ask whoever runs the API server; nothing was recorded")

    @app.exception_handler(ModelOpsError)
    def _ours(_: Request, error: ModelOpsError) -> JSONResponse:
        return answer(422, "bad_input", str(error))

    @app.exception_handler(Exception)
    def _unknown(request: Request, error: Exception) -> JSONResponse:
        log.exception("%s %s failed", request.method, request.url.path, exc_info=error)
        return answer(500, "internal", "the server failed to answer", "try again; the API server's log has the cause")
