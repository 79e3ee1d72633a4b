"""A mail server and a Slack on this machine, which keep what they are sent; real sockets, and Airflow's real connections."""

from __future__ import annotations

import json
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


class Mails:
    """Takes mails for everybody but whom it does not know."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], EmailMessage]] = []
        self.port = 0
        self._controller = Controller(self, hostname="127.0.0.1", port=0)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if address.startswith("unknown"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))  # type: ignore[arg-type]
        return "250 OK"

    def start(self) -> int:
        """Listen; answers the port."""
        import socket

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._controller.port = free.getsockname()[1]
        self._controller.start()
        return int(self._controller.port)

    def stop(self) -> None:
        """Listen no more."""
        self._controller.stop()

    def connection(self, port: int) -> str:
        """An Airflow connection to it."""
        return json.dumps({"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": {
            "from_email": "modelops@bank.example", "disable_ssl": True, "disable_tls": True, "retry_limit": 0, "timeout": 5}})


class Slack(ThreadingHTTPServer):
    """Answers as Slack does, to chat.postMessage and to a webhook; `error` is what it says instead."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[tuple[str, str, dict[str, Any]]] = []
        self.error = ""
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def api(self) -> str:
        """An Airflow connection to its API."""
        return json.dumps({"conn_type": "slack", "password": "xoxb-test", "extra": {"base_url": f"{self.url}/api/"}})

    def webhook(self) -> str:
        """An Airflow connection to a webhook of it."""
        return json.dumps({"conn_type": "slackwebhook", "host": f"{self.url}/services", "password": "T0/B0/secret"})


class _Handler(BaseHTTPRequestHandler):
    server: Slack

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.taken.append((self.path, self.headers.get("Authorization", ""), body))
        api = self.path.startswith("/api/")
        answer = json.dumps({"ok": not self.server.error, "error": self.server.error}) if api else self.server.error or "ok"
        self.send_response(500 if self.server.error and not api else 200)
        self.send_header("Content-Type", "application/json" if api else "text/html")
        self.end_headers()
        self.wfile.write(answer.encode())
