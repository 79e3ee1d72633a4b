"""A vendor's credit score behind an address: a points table, which the vendor may change without a word.

    python examples/vendor/server.py --port 8900
    python examples/vendor/server.py --port 8900 --shift 0.4    # other answers, the same version

It speaks JSON of its own (`POST /score`) and the Open Inference Protocol v2 (`POST /v2/models/credit/infer`), says its
version in the header X-Model-Version, and wants the header X-Api-Key where it is started with --key.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VERSION = "2026.1"
POINTS: Mapping[str, Mapping[str, float]] = {
    "account_status": {"200 or more": 0.1, "below 0": 0.75, "below 200": 0.25, "none": -1.05},
    "credit_history": {"all paid here": 0.3, "critical": -0.6, "delayed": -0.15, "none taken": 0.55, "paid so far": -0.05},
    "savings": {"1000 or more": -0.3, "below 100": 0.35, "below 500": 0.3, "unknown": -0.35},
    "employment": {"7 years or more": -0.25, "below 1 year": 0.65, "below 4 years": 0.15, "below 7 years": -0.35, "none": -0.2},
}
CONSTANT, PER_MONTH, PER_THOUSAND, PER_RATE, CUT = -2.53, 0.03, 0.05, 0.26, 0.5


def probability(row: Mapping[str, Any], shift: float = 0.0) -> float:
    """Of a default, to six digits."""
    lean = CONSTANT + shift + PER_MONTH * row["duration_months"] + PER_THOUSAND * row["amount"] / 1000 + PER_RATE * row["instalment_rate"]
    lean += sum(points.get(row[column], 0.0) for column, points in POINTS.items())
    return round(1 / (1 + math.exp(-lean)), 6)


def label(likely: float) -> int:
    """1 where a default is expected."""
    return int(likely >= CUT)


class Vendor(ThreadingHTTPServer):
    """The service. `shift` and `version` may be changed while it runs, as a vendor may."""

    daemon_threads = True

    def __init__(self, port: int = 0, *, shift: float = 0.0, version: str = VERSION, key: str = "") -> None:
        super().__init__(("127.0.0.1", port), _Desk)
        self.shift, self.version, self.key = shift, version, key


class _Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Vendor

    def do_GET(self) -> None:
        """Whether it can be asked."""
        if self.path in ("/health", "/v2/models/credit/ready"):
            self._say(200, {"ready": True})
        else:
            self._say(404, {"error": "there is nothing here"})

    def do_POST(self) -> None:
        """Answer rows."""
        asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.key and self.headers.get("X-Api-Key") != self.server.key:
            self._say(401, {"error": "this key is not known"})
            return
        answer = {"/score": self._mapped, "/v2/models/credit/infer": self._inferred}.get(self.path)
        try:
            told = answer(json.loads(asked)) if answer else None
        except (KeyError, TypeError, ValueError):
            self._say(400, {"error": "these are no applications"})
            return
        self._say(*((404, {"error": "there is nothing here"}) if told is None else (200, told)))

    def _mapped(self, body: Any) -> dict[str, Any]:
        likely = [probability(row, self.server.shift) for row in body["applications"]]
        return {"results": [{"decision": {"label": label(one), "probability": one}} for one in likely]}

    def _inferred(self, body: Any) -> dict[str, Any]:
        names = [one["name"] for one in body["inputs"]]
        rows = [dict(zip(names, one, strict=True)) for one in zip(*(one["data"] for one in body["inputs"]), strict=True)]
        likely = [probability(row, self.server.shift) for row in rows]
        n = len(likely)
        return {"model_name": "credit", "model_version": self.server.version, "outputs": [
            {"name": "label", "shape": [n], "datatype": "INT64", "data": [label(one) for one in likely]},
            {"name": "probability", "shape": [n], "datatype": "FP64", "data": likely}]}

    def _say(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(data))), ("X-Model-Version", self.server.version)):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing of each request."""


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    asked.add_argument("--port", type=int, default=8900)
    asked.add_argument("--shift", type=float, default=0.0, help="added to the log-odds of everybody")
    asked.add_argument("--version", default=VERSION)
    asked.add_argument("--key", default="", help="what X-Api-Key must say")
    told = asked.parse_args()
    with Vendor(told.port, shift=told.shift, version=told.version, key=told.key) as vendor:
        print(f"http://127.0.0.1:{vendor.server_port}", flush=True)
        vendor.serve_forever()
