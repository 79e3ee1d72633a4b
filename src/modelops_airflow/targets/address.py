"""Where a connection points: an address that may be asked, looked up once, and never one of this machine's own network by chance."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from ..addresses import Refusal, refusal
from ..errors import TargetError

PORTS = {"http": 80, "https": 443}

_WORDS = {
    Refusal.NO_ADDRESS: "which is no address",
    Refusal.SURROUNDINGS: "where machines are told their credentials; that is never asked",
    Refusal.NO_MACHINE: "which is no address of one machine",
    Refusal.PRIVATE: "which is of a private network; if that is meant, set private: true",
}


@dataclass(frozen=True)
class Address:
    """An address without its secret, which may be told.

    Attributes:
        path: begins with a slash or is empty, and does not end with one.
    """

    scheme: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}{'' if self.port == PORTS[self.scheme] else f':{self.port}'}{self.path}"


def address_of(url: str, connection: str, *, signs: bool = True) -> tuple[Address, str]:
    """The address of a connection, and the secret in it.

    Args:
        signs: the secret signs, so there must be one.

    Raises:
        TargetError: it is no http or https address with a password; the message does not tell it.
    """
    what = f"connection {connection!r}"
    try:
        parts = urlsplit(url)
        host, port, secret = parts.hostname or "", parts.port, unquote(parts.password or "")
    except ValueError:
        raise TargetError(f"{what} is no address; expected https://:SECRET@host/path") from None
    if parts.scheme not in PORTS or not host:
        raise TargetError(f"{what} is no address that can be asked: expected http:// or https:// and a host, found {parts.scheme or 'neither'}")
    if signs and not secret:
        raise TargetError(f"{what} has no secret to sign with; expected it as the password: https://:SECRET@host/path")
    if parts.query or parts.fragment:
        raise TargetError(f"{what} has something behind its path; expected https://:SECRET@host/path")
    path = unquote(parts.path).strip("/")  # Airflow writes the slashes of a path as %2F
    if re.search(r"[\x00-\x20\x7f\\]", path + host) or ".." in path.split("/"):
        raise TargetError(f"{what} has a path or host that is none; expected https://:SECRET@host/path")
    return Address(parts.scheme, host, port or PORTS[parts.scheme], f"/{quote(path)}" if path else ""), secret


def looked_up(address: Address, *, private: bool) -> str:
    """The one IP address to connect to, every one of the name's being permitted.

    Args:
        private: addresses of private networks and of this machine are permitted.

    Raises:
        TargetError: the name is not known, or leads somewhere that is not permitted.
    """
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise TargetError(f"the host {address.host} is not known") from None
    for text in found:
        if (why := refusal(text, private=private)) is not None:
            raise TargetError(f"{address.host} leads to {text}, {_WORDS[why]}")
    return found[0]
