"""One request to one address: no redirect is followed, the answer is small, and all of it ends in time."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import TargetError
from .address import PORTS, Address, looked_up

LARGEST = 64 << 10
"""Bytes of an answer, where nobody says that it may be larger."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


class _Pinned(http.client.HTTPConnection):
    """A connection to the IP address that was looked up and permitted, under the name that it was looked up for."""

    def __init__(self, address: Address, ip: str, seconds: float) -> None:
        super().__init__(address.host, address.port, timeout=seconds)
        self.default_port = PORTS[address.scheme]  # the Host header leaves it out
        self._secure, self._ip, self.late = address.scheme == "https", ip, False

    def connect(self) -> None:
        """Connect; https proves the host's name."""
        self.sock = socket.create_connection((self._ip, self.port), self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def end(self) -> None:
        """Hang up, whatever is under way: a peer that drips its answer would keep a time-out of the socket from ever ending."""
        self.late = True
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                self.sock.close()


def ask(
    method: str, address: Address, path: str, headers: Mapping[str, str], body: bytes | None, *, private: bool, seconds: float, largest: int = LARGEST,
) -> Answer:
    """The answer to a request.

    Args:
        path: below the address's own.
        private: see `looked_up`.
        seconds: for everything but looking the name up.
        largest: bytes of the answer.

    Raises:
        TargetError: there is none in time, it is a redirect or too large, or the address is not permitted.
    """
    connection = _Pinned(address, looked_up(address, private=private), seconds)
    limit = threading.Timer(seconds, connection.end)
    limit.daemon = True
    limit.start()
    began = time.monotonic()
    try:
        connection.request(method, (address.path + path) or "/", body, {**headers, "Accept-Encoding": "identity", "Connection": "close"})
        with connection.getresponse() as response:
            data = response.read(largest + 1)
            status = response.status
            whole = response.isclosed() or response.length in (None, 0)
    except (OSError, http.client.HTTPException) as error:
        late = connection.late or isinstance(error, TimeoutError) or time.monotonic() - began >= seconds
        raise TargetError(f"{address} {f'did not answer within {seconds:g} seconds' if late else f'cannot be asked: {type(error).__name__}'}") from None
    finally:
        limit.cancel()
        connection.close()
    if connection.late:
        raise TargetError(f"{address} did not answer within {seconds:g} seconds")
    if 300 <= status < 400:
        raise TargetError(f"{address} answers {status}: redirects are not followed, name the address itself")
    if len(data) > largest or not whole:
        raise TargetError(f"{address} answers {f'more than {largest >> 10} KiB' if len(data) > largest else 'in part'}")
    return Answer(status, data)
