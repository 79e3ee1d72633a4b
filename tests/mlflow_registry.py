"""MLflow's REST API as far as registered models go, on this machine: answers in the form of MLflow 3.17's, pages and all."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

MADE = 1714521600000  # 2024-05-01, in milliseconds


def version(name: str, number: int, stage: str = "None", **more: Any) -> dict[str, Any]:
    """A model version as MLflow tells it."""
    return {"name": name, "version": str(number), "creation_timestamp": MADE, "last_updated_timestamp": MADE, "current_stage": stage, "description": "",
            "source": f"s3://bank/{name}/{number}", "run_id": "", "status": "READY", **more}


def registered(name: str, *, alias: tuple[str, int] | None = None, versions: list[dict[str, Any]] | None = None, description: str = "") -> dict[str, Any]:
    """A registered model as MLflow tells it: what there is none of is left out."""
    found: dict[str, Any] = {"name": name, "creation_timestamp": MADE, "last_updated_timestamp": MADE, "description": description}
    latest = [version(name, 2)] if versions is None else versions
    return found | ({"latest_versions": latest} if latest else {}) | ({"aliases": [{"alias": alias[0], "version": str(alias[1])}]} if alias else {})


class Registry:
    """Attributes:
    models: what it has; asked: the paths it was asked, in order; login: the one header that it lets in; broken: what it answers instead.
    """

    def __init__(self, models: list[dict[str, Any]]) -> None:
        self.models, self.asked, self.login, self.url = models, [], "", ""  # type: ignore[var-annotated]
        self.broken: tuple[int, bytes] | None = None

    def answer(self, path: str, query: dict[str, list[str]], login: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if self.broken is not None:
            return self.broken
        if self.login and login != self.login:
            return 401, b"You are not authenticated."
        if path.endswith("registered-models/search"):
            start, most = int(query.get("page_token", ["0"])[0]), int(query["max_results"][0])
            page: dict[str, Any] = {"registered_models": self.models[start:start + most]}
            return 200, json.dumps(page | ({"next_page_token": str(start + most)} if start + most < len(self.models) else {})).encode()
        if path.endswith("model-versions/get"):
            return 200, json.dumps({"model_version": version(query["name"][0], int(query["version"][0]))}).encode()
        return 404, b"{}"


@contextmanager
def registry(models: list[dict[str, Any]]) -> Iterator[Registry]:
    """The server while a test runs."""
    told = Registry(models)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            status, body = told.answer(asked.path, parse_qs(asked.query), self.headers.get("Authorization", ""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
