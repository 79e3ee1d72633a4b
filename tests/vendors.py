"""Services to ask, real ones on this machine: the example's vendor, and one that says what it is told to say."""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).parents[1] / "examples" / "vendor"

_spec = importlib.util.spec_from_file_location("vendor_server", EXAMPLE / "server.py")
assert _spec is not None and _spec.loader is not None
vendor_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(vendor_server)


def address(server: ThreadingHTTPServer) -> str:
    """Where a server listens."""
    return f"http://127.0.0.1:{server.server_port}"


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[Any]:
    """A server that runs in a thread of its own."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Saying:
    """One answer of a parrot.

    Attributes:
        body: JSON values, or bytes as they are.
        length: what Content-Length says; None for the truth.
        act: what it does instead of answering, with the handler.
    """

    body: Any = field(default_factory=lambda: [{"p": 1}])
    status: int = 200
    headers: Sequence[tuple[str, str]] = (("Content-Type", "application/json"),)
    length: int | None = None
    act: Callable[[BaseHTTPRequestHandler], None] | None = None


class Parrot(ThreadingHTTPServer):
    """Says one thing after the other, the last again and again; it keeps what it was asked."""

    daemon_threads = True

    def __init__(self, *sayings: Saying) -> None:
        super().__init__(("127.0.0.1", 0), _Beak)
        self.sayings = list(sayings)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []


class _Beak(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Parrot

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        said = self.server.sayings[min(len(self.server.asked), len(self.server.sayings) - 1)]
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        if said.act is not None:
            said.act(self)
            return
        data = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
        self.send_response(said.status)
        for name, value in said.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data) if said.length is None else said.length))
        self.end_headers()
        try:
            self.wfile.write(data)
            if said.length is not None:
                self.close_connection = True
        except OSError:  # whoever asked has hung up
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing of each request."""
