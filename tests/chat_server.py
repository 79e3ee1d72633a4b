"""A server that speaks the OpenAI chat format, on this machine, in a thread of its own: what it answers is a function of the messages."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "stub-router-2026-03-01"
KEY = "sk-never-to-be-seen"

Answer = Callable[[dict[str, Any]], "str | Reply"]


@dataclass(frozen=True)
class Reply:
    """What a request gets besides a plain answer."""

    text: str = ""
    status: int = 200
    model: str = MODEL
    finish: str = "stop"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    usage: bool = True
    refusal: str | None = None


@dataclass
class Chat:
    """A running server, and what it was asked."""

    port: int
    requests: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """As a connection has it."""
        return f"http://:{KEY}@127.0.0.1:{self.port}/v1"


@contextmanager
def chat(answer: Answer) -> Iterator[Chat]:
    """A server while the block runs."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                told.requests.append(body)
                told.authorizations.append(self.headers.get("authorization"))
                told.paths.append(self.path)
                said = answer(body)
            reply = said if isinstance(said, Reply) else Reply(said)
            data = reply.body if reply.body is not None else json.dumps(response(body, reply)).encode()
            try:
                self.send_response(reply.status)
                for name, value in {"content-length": str(len(data)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
            except OSError:  # who asked has seen enough
                pass

        def log_message(self, *_args: Any) -> None:
            """Nothing to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Chat(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def response(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    """A chat completion, tokens counted as words."""
    sent = sum(len(one["content"].split()) for one in body["messages"])
    usage = {"prompt_tokens": sent, "completion_tokens": len(reply.text.split()), "total_tokens": sent + len(reply.text.split())}
    message = {"role": "assistant", "content": reply.text} | ({"refusal": reply.refusal} if reply.refusal is not None else {})
    return {"id": "chat-1", "object": "chat.completion", "created": 0, "model": reply.model,
            "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}], **({"usage": usage} if reply.usage else {})}


def user(body: dict[str, Any]) -> str:
    """What the user's message says."""
    return str(body["messages"][-1]["content"])
