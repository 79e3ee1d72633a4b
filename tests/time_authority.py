"""A time-stamping authority on this machine: `openssl ts -reply` behind HTTP, with certificates that it makes itself.

Its `bend` lets a test answer something else than what was asked for.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

CONFIGURATION = """
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[stamps]
basicConstraints = critical,CA:false
extendedKeyUsage = critical,timeStamping
[web]
basicConstraints = critical,CA:false
extendedKeyUsage = critical,serverAuth
[tsa]
default_tsa = here
[here]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def openssl(folder: Path, *arguments: str, data: bytes | None = None) -> bytes:
    """What openssl answers; its complaint is the error's text."""
    done = subprocess.run(["openssl", *arguments], cwd=folder, input=data, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@dataclass
class Issuer:
    """A certificate authority in a folder, with a certificate for time stamps.

    Attributes:
        name: the last part of its subjects.
    """

    folder: Path
    name: str

    @property
    def root(self) -> Path:
        """What a reader trusts."""
        return self.folder / "ca.pem"

    def make(self) -> Issuer:
        """Make its certificates."""
        self.folder.mkdir()
        (self.folder / "openssl.cnf").write_text(CONFIGURATION)
        self._certify("ca", "ca")
        self._certify("tsa", "stamps")
        return self

    def _certify(self, name: str, use: str, *, serial: str = "7") -> None:
        signer = ("-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", serial) if name != "ca" else ()
        openssl(self.folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", *signer,
                "-config", "openssl.cnf", "-extensions", use, "-subj", f"/O=Test/CN={name} of {self.name}", "-keyout", f"{name}.key",
                "-out", f"{name}.pem")

    def certify(self, name: str, use: str, serial: str) -> None:
        """One more certificate, for another use."""
        self._certify(name, use, serial=serial)

    def answer(self, query: bytes) -> bytes:
        """The reply to a query."""
        (self.folder / "query.tsq").write_bytes(query)
        openssl(self.folder, "ts", "-reply", "-config", "openssl.cnf", "-queryfile", "query.tsq", "-inkey", "tsa.key", "-signer", "tsa.pem",
                "-out", "reply.tsr")
        return (self.folder / "reply.tsr").read_bytes()

    def stamp(self, data: bytes, *, nonce: bool = True) -> bytes:
        """A reply over other data than was asked for."""
        (self.folder / "data").write_bytes(data)
        openssl(self.folder, "ts", "-query", "-data", "data", "-sha256", "-cert", *(() if nonce else ("-no_nonce",)), "-out", "own.tsq")
        return self.answer((self.folder / "own.tsq").read_bytes())


Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Authority:
    """An authority that is asked over HTTP.

    Attributes:
        url: where it is.
        asked: what it was sent: path, headers and body of each request.
        bend: what it answers instead; None answers honestly.
    """

    issuer: Issuer
    url: str
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    bend: Callable[[bytes], Answer] | None = None

    def answer(self, query: bytes) -> Answer:
        """Status, headers and body."""
        return self.bend(query) if self.bend else (200, {"Content-Type": "application/timestamp-reply"}, self.issuer.answer(query))


@contextlib.contextmanager
def serving(issuer: Issuer) -> Iterator[Authority]:
    """An authority on a free port of the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            authority.asked.append((self.path, dict(self.headers), query))
            status, headers, body = authority.answer(query)
            with contextlib.suppress(OSError):  # who asked may have gone
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    authority = Authority(issuer, f"http://127.0.0.1:{server.server_port}/stamp")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def issuers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Issuer, Issuer]:
    """One who is trusted, and one who is not."""
    folder = tmp_path_factory.mktemp("issuers")
    return Issuer(folder / "trusted", "the trusted").make(), Issuer(folder / "other", "others").make()


@pytest.fixture
def authority(issuers: tuple[Issuer, Issuer]) -> Iterator[Authority]:
    """An authority that answers honestly until it is bent."""
    with serving(issuers[0]) as found:
        yield found
