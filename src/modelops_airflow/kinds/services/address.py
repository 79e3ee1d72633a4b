"""Where a connection leads, looked up once: a service is asked at that address, and at no other.

A name that is looked up again may lead elsewhere, so what was found is what is connected to. Addresses that are nobody's
service are refused however they are written, private ones unless the model file says that its service is private.
"""

from __future__ import annotations

import base64
import json
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from ...addresses import Refusal, refusal
from ...errors import ArtifactError

PORTS = {"http": 80, "https": 443}
Resolve = Callable[..., list[tuple[Any, ...]]]

_WORDS = {
    Refusal.NO_ADDRESS: "something that is no address",
    Refusal.SURROUNDINGS: "an address of the machine's own surroundings (link-local or metadata), which is no model",
    Refusal.NO_MACHINE: "an address that is no single machine's",
    Refusal.PRIVATE: "a private address; if it is a service of your own network, say private: true under model.with",
}
_OF_AIRFLOW = frozenset({"timeout", "allow_redirects", "proxies", "verify", "cert", "stream", "max_redirects", "trust_env", "check_response"})
"""Extras of an Airflow connection that are settings of its own client and no headers; none of them is followed."""

_HEADER = re.compile(r"[A-Za-z0-9-]+")
_VALUE = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True)
class Address:
    """Where to connect, and what to say there.

    Attributes:
        host: as certificates and the Host header have it.
        ip: what is connected to.
        headers: credentials among them.
    """

    scheme: str
    host: str
    port: int
    ip: str
    headers: Mapping[str, str] = field(repr=False)


def address_of(url: str, connection: str, *, private: bool, resolve: Resolve = socket.getaddrinfo) -> Address:
    """The address of a connection.

    Args:
        url: as the environment has it, or as Airflow writes one: `http://host:port/https`, `http://https://host`.
        connection: its name, for messages; the URL may hold a secret and is in none.
        private: whether the service may be on this machine or in a private network.

    Raises:
        ArtifactError: it is no URL of http or https, leads to an address that may not be asked, or to none.
    """
    parts, what = _split(url), f"connection {connection!r}"
    scheme = _scheme(parts, what)
    host = parts.hostname
    try:
        port = PORTS[scheme] if parts.port is None else parts.port
    except ValueError:
        port = 0
    if not host or not port:
        raise ArtifactError(f"{what} has no host, or a port that is none; expected https://host:port")
    headers = dict(_headers(parts, what))
    ip = _resolved(host, port, what, private=private, resolve=resolve)
    if headers and scheme == "http" and not private:
        raise ArtifactError(f"{what} has credentials and is not encrypted; use https, or private: true for a service of your own network")
    return Address(scheme, host, port, ip, headers)


def _split(url: str) -> SplitResult:
    """The parts of a URL; Airflow may write the kind of connection before the scheme."""
    inner = url.strip().partition("://")[2]
    try:
        return urlsplit(inner if inner.startswith(("http://", "https://")) else url.strip())
    except ValueError:
        return urlsplit("")


def _scheme(parts: SplitResult, what: str) -> str:
    told = parts.path.strip("/")
    if parts.scheme not in PORTS:
        raise ArtifactError(f"{what} is no URL of http or https; expected https://host:port, or a connection of Airflow of the type http")
    if told not in ("", *PORTS) or parts.fragment:
        raise ArtifactError(f"{what} has a path; expected none: paths are in the service description")
    return "https" if "https" in (parts.scheme, told) else "http"


def _headers(parts: SplitResult, what: str) -> Iterator[tuple[str, str]]:
    login, password = unquote(parts.username or ""), unquote(parts.password or "")
    if login:
        yield "Authorization", f"Basic {base64.b64encode(f'{login}:{password}'.encode()).decode()}"
    elif password:
        yield "Authorization", f"Bearer {password}"
    told: dict[str, Any] = dict(parse_qsl(parts.query))
    try:
        told |= json.loads(told.pop("__extra__", "{}"))
    except (ValueError, TypeError):
        raise ArtifactError(f"{what} has an extra that is no mapping; expected headers") from None
    for name, value in told.items():
        if name in _OF_AIRFLOW:
            continue
        if not _HEADER.fullmatch(name) or isinstance(value, dict | list) or not _VALUE.fullmatch(str(value)):
            raise ArtifactError(f"{what} has an extra that is no header; expected names and values of one line")
        yield name, str(value)


def _resolved(host: str, port: int, what: str, *, private: bool, resolve: Resolve) -> str:
    """The first address of a host, if all that it has may be asked."""
    try:
        found = [str(one[4][0]) for one in resolve(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise ArtifactError(f"the host of {what} has no address; is its name right, and is it known here?")
    for one in found:
        if (why := refusal(one, private=private)) is not None:
            raise ArtifactError(f"{what} leads to {_WORDS[why]}")
    return found[0]
