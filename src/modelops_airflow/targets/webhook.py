"""A webhook: a service elsewhere is told what is live, in a signed statement, and asked what it shows."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from ..connections import Connections
from ..digest import canonical, parse_digest
from ..errors import TargetError
from .address import Address, address_of
from .target import Observation, Release, Target, stale, target
from .web import Answer, ask

SIGNATURE = "Modelops-Signature"


@target("webhook", strength="observed", where=("connection",))
class Webhook(Target):
    """A service elsewhere is told what is live by a signed statement, and asked what it shows.

    `POST <url>` with the JSON `{artifact, epoch, model, subject, to, version}`; artifact, subject and version are null when
    the model is taken out of service, `to` is the URL itself. `GET <url>/<model>` answers 200 with
    `{"model", "artifact", "epoch"}`: the digest of what is live, or null, and the highest epoch seen, 0 for none. The
    service refuses a lower epoch than it has seen with 409, and has switched when it answers 2xx. The header
    `Modelops-Signature` is `sha256=` and the HMAC-SHA256, in hexadecimal, of the body; of a GET, of the whole address.
    What the service says is all that is known: it has the bytes, not we.
    """

    def __init__(self, *, connection: str, private: bool = False, timeout: float = 10.0, connections: Connections) -> None:
        """Make it.

        Args:
            connection: name of the connection whose URL is asked and whose password signs: `https://:SECRET@host/path`. It is told of this environment alone.
            private: the host may be in a private network, or this machine.
            timeout: seconds that one request may take (0.1 to 120).
        """
        self.connection, self.private, self.timeout, self._connections = connection, private, timeout, connections

    def observed(self, model: str) -> Observation:
        """Ask the service."""
        address, secret = self._address()
        answer = self._ask("GET", f"/{model}", None, f"{address}/{model}".encode(), address, secret)
        if answer.status != 200:
            raise TargetError(f"{address}/{model} answers {answer.status}; expected 200 and what is live")
        return _read(answer.body, model, address)

    def withdraw(self, model: str, epoch: int) -> Observation:
        """Tell the service to take the model out of service."""
        seen = self.observed(model).epoch
        if seen > epoch:
            raise TargetError(f"the fence of this stop is stale: epoch {epoch} of {model}, the target has seen {seen}")
        self._tell({"model": model, "artifact": None, "epoch": epoch, "subject": None, "version": None})
        shown = self.observed(model)
        if shown != Observation(None, epoch):
            raise TargetError(f"target {self.name} shows {shown.artifact or 'nothing'} (epoch {shown.epoch}) for {model} after it was told to stop")
        return shown

    def _publish(self, release: Release) -> None:
        seen = self.observed(release.model).epoch
        if seen > release.epoch:
            raise stale(release, seen)
        self._tell({"model": release.model, "artifact": release.artifact, "epoch": release.epoch,
                    "subject": release.subject, "version": release.version})

    def _tell(self, statement: dict[str, Any]) -> None:
        address, secret = self._address()
        body = canonical({**statement, "to": str(address)})
        answer = self._ask("POST", "", body, body, address, secret)
        if answer.status == 409:
            raise TargetError(f"the fence is stale: {address} refuses epoch {statement['epoch']} of {statement['model']}; a later deployment or stop came first")
        if not 200 <= answer.status < 300:
            raise TargetError(f"{address} answers {answer.status} to the statement of {statement['model']}; look at what it shows and try again")

    def _ask(self, method: str, path: str, body: bytes | None, signed: bytes, address: Address, secret: str) -> Answer:
        signature = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        headers = {SIGNATURE: f"sha256={signature}", "Accept": "application/json", **({"Content-Type": "application/json"} if body else {})}
        return ask(method, address, path, headers, body, private=self.private, seconds=self.timeout)

    def _address(self) -> tuple[Address, str]:
        return address_of(self._connections(self.connection), self.connection)


def _read(body: bytes, model: str, address: Address) -> Observation:
    try:
        told = json.loads(body)
        artifact, epoch = told["artifact"], told["epoch"]
        if told["model"] != model or type(epoch) is not int or epoch < 0:
            raise ValueError(model)
        return Observation(None if artifact is None else parse_digest(artifact), epoch)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise TargetError(f"{address}/{model} does not say what is live; expected {{\"model\", \"artifact\", \"epoch\"}} of {model}") from None
