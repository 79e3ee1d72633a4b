"""Where a Kubernetes API server is and what it is asked with: a connection, or what every pod is given of its own cluster."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from ..connections import Connections
from ..errors import TargetError
from .address import Address, address_of

POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a pod finds the token and the authority of its service account."""
FORM = "https://:TOKEN@host:6443/?ca=/path/of/the/authority.pem"


@dataclass(frozen=True)
class Cluster:
    """Attributes:
    token: of a service account; told nowhere.
    trust: proves that it is the server.
    private: it may be in a private network.
    """

    address: Address
    token: str = field(repr=False)
    trust: ssl.SSLContext
    private: bool


def cluster_of(connection: str | None, connections: Connections, *, private: bool) -> Cluster:
    """The cluster of a connection; without one that of the pod we run in.

    Raises:
        TargetError: there is no address with a token, or no authority in the file; the message does not tell the token.
    """
    if connection is None:
        return _of_pod()
    url, what = connections(connection), f"connection {connection!r}"
    plain, _, query = url.partition("?")
    try:
        ca = parse_qs(query, strict_parsing=bool(query), max_num_fields=1).get("ca", [None])[0]
        known = set(parse_qs(query)) <= {"ca"}
    except ValueError:
        known, ca = False, None
    address, token = address_of(plain, connection)
    if address.scheme != "https" or not known:
        raise TargetError(f"{what}: expected {FORM}; a token is sent over https alone")
    return Cluster(address, _token(token, what), _trust(None if ca is None else Path(ca), what), private)


def _of_pod() -> Cluster:
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    try:
        if not host or urlsplit(f"//x:{port}").port is None:
            raise ValueError(host)
        token = (POD / "token").read_text(encoding="ascii").strip()  # read each time: it is renewed while we run
    except (OSError, ValueError):
        raise TargetError(f"option 'connection' of target kserve is left out and this is no pod with a service account; expected a connection {FORM}") from None
    return Cluster(Address("https", host, int(port), ""), _token(token, "the pod's service account"), _trust(POD / "ca.crt", "the pod's service account"), private=True)


def _token(text: str, what: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise TargetError(f"{what} has a token that is none; expected printable characters without spaces")
    return text


def _trust(file: Path | None, what: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        raise TargetError(f"{what}: {file} has no certificate of an authority; expected a readable PEM file") from None
