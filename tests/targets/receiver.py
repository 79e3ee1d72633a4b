"""A service that a webhook tells what is live: a real HTTP server in a thread, honest unless it is told otherwise.

What it should do, it does: it verifies the signature over the bytes that came, refuses a lower epoch with 409, and answers
what it has. `answers` lets a test answer something else in its place.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "a secret/of@both"


@dataclass
class Receiver:
    """Attributes:
    state: model -> what it has been told last.
    heard: method, path, headers and body of every request.
    answers: answers a request in its place, or declines with False.
    refuses: whether it refuses a lower epoch, as it must.
    """

    port: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    heard: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    answers: Callable[[BaseHTTPRequestHandler], bool] = lambda _: False
    refuses: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        """Without the secret."""
        return f"http://127.0.0.1:{self.port}/hooks/models"

    @property
    def url(self) -> str:
        """As a connection has it."""
        return f"http://:a%20secret%2Fof%40both@127.0.0.1:{self.port}/hooks%2Fmodels"

    def told(self, body: bytes) -> int:
        """Take a statement; answers the status."""
        said = json.loads(body)
        with self.lock:
            if self.refuses and self.state.get(said["model"], {"epoch": 0})["epoch"] > said["epoch"]:
                return 409
            self.state[said["model"]] = said
            return 204

    def shown(self, model: str) -> dict[str, Any]:
        """What it has of a model."""
        with self.lock:
            said = self.state.get(model, {"artifact": None, "epoch": 0})
            return {"model": model, "artifact": said["artifact"], "epoch": said["epoch"]}


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> bool:
    """Send an answer."""
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
    return True


@contextmanager
def receiver() -> Iterator[Receiver]:
    """The server while it runs."""
    here = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            here.heard.append((self.command, self.path, dict(self.headers), body))
            if here.answers(self):
                return
            signed = body if self.command == "POST" else f"http://127.0.0.1:{here.port}{self.path}".encode()
            right = "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
            if not hmac.compare_digest(right, self.headers.get("Modelops-Signature", "")):
                answer(self, 401)
            elif self.command == "POST" and self.path == "/hooks/models":
                answer(self, here.told(body))
            elif self.command == "GET" and self.path.startswith("/hooks/models/"):
                answer(self, 200, json.dumps(here.shown(self.path.rpartition("/")[2])).encode())
            else:
                answer(self, 404)

        do_GET = do_POST = _serve  # noqa: N815 - the names that the library calls

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    here.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
