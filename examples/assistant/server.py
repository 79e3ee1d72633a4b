"""A small stand-in for a language model: it speaks the OpenAI chat format on this machine, and answers the same question always the same.

    python examples/assistant/server.py 8099
    export AIRFLOW_CONN_ASSISTANT=http://127.0.0.1:8099/v1
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

URGENT = ("stolen", "never ordered", "locked out", "rent is due")
STANDARD = ("monthly fee", "statement", "waited", "address")


def answer(text: str) -> str:
    """The route of a complaint; a refusal of anything else."""
    told = text.lower()
    if any(words in told for words in URGENT):
        return "urgent"
    return "standard" if any(words in told for words in STANDARD) else "I cannot help with that request."


class Handler(BaseHTTPRequestHandler):
    """Chat completions; tokens are counted as words."""

    def do_POST(self) -> None:
        """Answer one request."""
        asked: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = answer(asked["messages"][-1]["content"])
        sent, got = sum(len(one["content"].split()) for one in asked["messages"]), len(said.split())
        data = json.dumps({
            "id": "chat", "object": "chat.completion", "created": 0, "model": asked["model"],
            "choices": [{"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": sent, "completion_tokens": got, "total_tokens": sent + got},
        }).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args: Any) -> None:
        """Nothing to the terminal."""


def serve(port: int) -> ThreadingHTTPServer:
    """A server of this machine alone."""
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8099).serve_forever()
