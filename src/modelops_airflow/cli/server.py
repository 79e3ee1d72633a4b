"""Our JSON API and Airflow's, over HTTP, with the person's own credentials."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Any

from ..errors import DataError, ModelOpsError, Refused
from .output import reading, somebody_can_be_asked

OURS = "/modelops/api/v1"
AIRFLOW = "/api/v2"
_REFUSALS = frozenset({401, 403, 409})


class Server:
    """One Airflow API server as one person sees it."""

    def __init__(self, url: str, token: str) -> None:
        import httpx

        self.url = url.rstrip("/")
        self._client = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    @classmethod
    def log_in(cls, url: str, user: str, password: str) -> Server:
        """A server with a token for a user.

        Raises:
            Refused: Airflow does not accept the password.
        """
        import httpx

        body = {"username": user, "password": password}
        answer = _sent(url, lambda: httpx.post(f"{url.rstrip('/')}/auth/token", json=body, timeout=30))
        if answer.status_code in (400, 401, 403, 422):
            raise Refused(f"{url} does not accept the password of {user!r}", "not_authenticated")
        if answer.status_code != 201:
            raise ModelOpsError(f"{url} answers {answer.status_code} to a log-in; is it an Airflow 3 API server?")
        return cls(url, answer.json()["access_token"])

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at a path."""
        return self._answer("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Send JSON."""
        return self._answer("POST", path, json=body)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def __enter__(self) -> Server:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close."""
        self.close()

    def _answer(self, method: str, path: str, **how: Any) -> Any:
        answer = _sent(self.url, lambda: self._client.request(method, path, **how))
        if answer.is_success:
            return answer.json() if answer.content else None
        message, code = _told(answer)
        if answer.status_code in _REFUSALS:
            raise Refused(message, code)
        raise ModelOpsError(message)


def server_for(url: str, user: str, token_file: Path | None) -> Server:
    """The server with the caller's own credentials: token file, MODELOPS_PASSWORD, or a question.

    Raises:
        DataError: there is no token in the file.
    """
    import typer

    if token_file is not None:
        told = reading("the token file", token_file, "write the token there in one line, or leave --token-file away to log in with a password")
        token = told.decode(errors="replace").strip()
        if not token or "\n" in token:
            raise DataError(f"{token_file} holds no token; expected one line")
        return Server(url, token)
    if not (user and os.environ.get("MODELOPS_PASSWORD")) and not somebody_can_be_asked():
        raise DataError("nobody can be asked for user and password here: there is no terminal; "
                        "give --token-file FILE, or --user NAME and the password in MODELOPS_PASSWORD")
    name = user or str(typer.prompt("Airflow user", err=True))
    password = os.environ.get("MODELOPS_PASSWORD") or str(typer.prompt(f"Password of {name}", hide_input=True, err=True))
    return Server.log_in(url, name, password)


def _sent(url: str, send: Any) -> Any:
    import httpx

    try:
        return send()
    except httpx.HTTPError as error:
        raise ModelOpsError(f"{url} cannot be reached: {error}; is Airflow running there?") from None
    except httpx.InvalidURL as error:
        raise DataError(f"{url!r} is no address: {error}") from None


def _told(answer: Any) -> tuple[str, str]:
    """Message and code of an error of ours, of Airflow's, or of something between."""
    try:
        body = answer.json()
    except ValueError:
        body = {}
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        error = body["error"]
        step = f"; {error['next_step']}" if error.get("next_step") else ""
        return f"{error['message']}{step}", str(error["code"])
    detail = body.get("detail") if isinstance(body, dict) else None
    return f"{answer.request.method} {answer.request.url.path} answers {answer.status_code}: {detail or 'no reason given'}", "http"
