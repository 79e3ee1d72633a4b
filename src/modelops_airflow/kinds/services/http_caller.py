"""One request after the other to one address: in bounded time, of bounded size, again where that may help."""

from __future__ import annotations

import email.utils
import http.client
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ...errors import ArtifactError
from .address import Address

LARGEST = 64 << 20
"""Bytes of one answer."""

LONGEST_PAUSE = 60.0
"""Seconds before a request is sent again, whatever the service asks for."""

AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


@dataclass
class Traffic:
    """What was asked so far.

    Attributes:
        seconds: of each answered request with rows.
        again: requests that were sent once more.
    """

    seconds: list[float] = field(default_factory=list)
    again: int = 0


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was looked up, under the name that it was looked up for."""

    def __init__(self, address: Address, timeout: float) -> None:
        super().__init__(address.host, address.port, timeout=timeout)
        self._address = address
        self.default_port = {"http": 80, "https": 443}[address.scheme]  # the Host header leaves it out

    def connect(self) -> None:
        """Connect, and prove the host's name where the scheme is https."""
        plain = socket.create_connection((self._address.ip, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = plain
        if self._address.scheme == "https":
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)


class Caller:
    """Asks one address.

    Args:
        timeout: seconds that one request may take, the connecting aside, and that the connecting may take.
        retries: how often a request is sent again that failed for a reason that may pass.
        per_second: requests in a second, at most; None for no limit.
    """

    def __init__(
        self, address: Address, *, timeout: float, retries: int, per_second: float | None,
        sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address, self._timeout, self._retries = address, timeout, retries
        self._gap = 1 / per_second if per_second else 0.0
        self._sleep, self._clock = sleep, clock
        self._next = -math.inf
        self._connection: _Pinned | None = None
        self.traffic = Traffic()

    def ask(self, method: str, path: str, body: bytes | None = None) -> Reply:
        """The reply, whatever its status, once it is none after which asking again may help.

        Raises:
            ArtifactError: there is none, it is too large, or the service cannot prove its name.
        """
        for attempt in range(self._retries + 1):
            reply, why = self._try(method, path, body)
            if reply is not None and reply.status not in AGAIN:
                if body is not None:  # a question about health is no scoring
                    self.traffic.seconds.append(reply.seconds)
                return reply
            if attempt < self._retries:
                self.traffic.again += 1
                self._sleep(pause_of(attempt, reply.headers.get("retry-after") if reply is not None else None))
        asked = "once" if self._retries == 0 else f"{self._retries + 1} times"
        raise ArtifactError(f"the service was asked {asked} and {why}")

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _try(self, method: str, path: str, body: bytes | None) -> tuple[Reply | None, str]:
        """A reply, or none and why."""
        self._wait()
        try:
            reply = self._once(method, path, body)
            return reply, f"answered with status {reply.status}"
        except ssl.SSLCertVerificationError:
            self.close()
            raise ArtifactError("the service's certificate is not one that is trusted here for its name; nothing was sent") from None
        except TimeoutError:
            self.close()
            return None, f"did not answer within {self._timeout:g} s"
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return None, f"did not answer: {type(error).__name__}"

    def _once(self, method: str, path: str, body: bytes | None) -> Reply:
        started = self._clock()
        connection = self._connection or _Pinned(self._address, self._timeout)
        if connection.sock is None:
            connection.connect()
        self._connection = connection
        late = threading.Event()
        timer = threading.Timer(self._timeout, _hang_up, (connection.sock, late))
        timer.daemon = True
        timer.start()
        try:
            headers = {"Accept": "application/json", **({"Content-Type": "application/json"} if body is not None else {})}
            connection.request(method, path, body, {**headers, **self._address.headers})
            reply = _read(connection.getresponse(), started, self._clock)
        except ArtifactError:
            self.close()
            raise
        except (OSError, http.client.HTTPException):
            if late.is_set():
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()
        if late.is_set():  # hung up while it was read, which may look like its end
            raise TimeoutError
        return reply

    def _wait(self) -> None:
        """Until the next request may be sent."""
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._gap


def _hang_up(sock: socket.socket, late: threading.Event) -> None:
    """End a request that takes too long, byte by byte as it may come."""
    late.set()
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has ended meanwhile
        return


def _read(response: http.client.HTTPResponse, started: float, clock: Callable[[], float]) -> Reply:
    body = response.read(LARGEST + 1)
    if len(body) > LARGEST:
        response.close()
        raise ArtifactError(f"an answer is larger than {LARGEST >> 20} MiB; ask for fewer rows a request (batch)")
    if response.length:
        raise http.client.IncompleteRead(body)
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return Reply(response.status, headers, body, clock() - started)


def pause_of(attempt: int, told: str | None) -> float:
    """Seconds before the next attempt: half a second, twice as long each time, or what the service asks for."""
    return min(LONGEST_PAUSE, max(math.ldexp(0.5, attempt), _told_seconds(told)))


def _told_seconds(told: str | None) -> float:
    """What `Retry-After` says: seconds or a date; 0 for anything else."""
    if told is None:
        return 0.0
    if told.strip().isdecimal():
        return float(told.strip()[:9])
    try:
        when = email.utils.parsedate_to_datetime(told)
    except ValueError:
        return 0.0
    return (when - datetime.now(UTC)).total_seconds() if when.tzinfo else 0.0
