"""An MLflow server that a connection names: one address, no redirects, bounded answers, the credentials in no message."""

from __future__ import annotations

import base64
from urllib.parse import unquote, urlsplit

from ..connections import Connections
from ..errors import TargetError
from ..mlflow_registry import MlflowRegistry
from .address import address_of
from .web import ask


def registry_of(connection: str, connections: Connections, *, private: bool, seconds: float) -> MlflowRegistry:
    """The registry of a connection: `https://host/path`, `https://:TOKEN@host/path` or `https://USER:PASSWORD@host/path`.

    Args:
        private: the host may be in a private network, or this machine.
        seconds: that one request may take.

    Raises:
        TargetError: the connection is no address that may be asked, or sends credentials in the clear to the internet.
    """
    url = connections(connection)
    address, secret = address_of(url, connection, signs=False)
    headers = {"Accept": "*/*", **_credentials(url, secret)}
    if secret and address.scheme == "http" and not private:
        raise TargetError(f"connection {connection!r} has credentials and is not encrypted; use https, or private: true for a server of your own network")

    def one(method: str, path: str, body: bytes | None, largest: int) -> tuple[int, bytes]:
        kind = {} if body is None else {"Content-Type": "application/octet-stream" if method == "PUT" else "application/json"}
        answer = ask(method, address, path, {**headers, **kind}, body,
                     private=private, seconds=seconds, largest=largest)
        return answer.status, answer.body

    return MlflowRegistry(one, str(address))


def _credentials(url: str, secret: str) -> dict[str, str]:
    user = unquote(urlsplit(url).username or "")
    if user:
        return {"Authorization": f"Basic {base64.b64encode(f'{user}:{secret}'.encode()).decode()}"}
    return {"Authorization": f"Bearer {secret}"} if secret else {}
