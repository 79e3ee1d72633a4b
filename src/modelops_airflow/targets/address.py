"""Where a connection points: an address that may be asked, looked up once, and never one of this machine's own network by chance."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from ..errors import TargetError

PORTS = {"http": 80, "https": 443}

_METADATA = tuple(ipaddress.ip_network(one) for one in ("fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32"))
"""Where clouds tell machines their credentials, besides the link-local 169.254.169.254."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

IP = ipaddress.IPv4Address | ipaddress.IPv6Address


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


def address_of(url: str, connection: str) -> tuple[Address, str]:
    """The address of a connection, and the secret in it.

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
    if not secret:
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
        if why := _refused(ipaddress.ip_address(text.partition("%")[0]), private=private):
            raise TargetError(f"{address.host} leads to {text}, {why}")
    return found[0]


def _refused(ip: IP, *, private: bool) -> str:
    """Why an IP address is not asked; empty if it may be."""
    inner = _inside(ip)
    if inner is not None:
        return _refused(inner, private=private)
    if ip.is_link_local or any(ip in one for one in _METADATA):
        return "where machines are told their credentials; that is never asked"
    if ip.is_multicast or ip.is_unspecified or (ip.is_reserved and not ip.is_loopback):
        return "which is no address of one machine"
    if ip.is_global or private:
        return ""
    return "which is of a private network; if that is meant, set private: true"


def _inside(ip: IP) -> IP | None:
    """The IPv4 address that an IPv6 address carries."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
