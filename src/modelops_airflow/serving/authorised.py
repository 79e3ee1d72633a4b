"""What a folder target says is live for a model, believed only where a trusted key signed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..digest import Digest, digest_bytes, parse_digest
from ..errors import ModelOpsError, SigningError
from ..signing.dsse import signed_payload, signers
from ..signing.ed25519 import fingerprint
from ..signing.statement import AUTHORISATION, read_payload

_HIGHEST = 2**53
"""No epoch is so high."""


class NotAuthorised(ModelOpsError):
    """Nothing may be served: nothing is live, or nobody who may has said so."""


class Withdrawn(NotAuthorised):
    """The model was taken out of service, under an epoch: what was deployed before may not come back."""

    def __init__(self, model: str, epoch: int) -> None:
        self.epoch = epoch
        super().__init__(f"{model} was taken out of service (epoch {epoch})")


@dataclass(frozen=True)
class Authorised:
    """What may be served, and how it is opened.

    Attributes:
        epoch: the fence of its deployment; a runtime goes back to none below the highest that it has seen.
        subject: digest of what was approved.
        file: name of the artifact's file; options: of its kind.
        statement: digest of what was signed.
    """

    model: str
    environment: str
    version: str
    artifact: Digest
    kind: str
    file: str
    options: Mapping[str, Any]
    epoch: int
    subject: str
    statement: Digest

    def told(self) -> dict[str, str]:
        """Whose an answer is, as answers and the log say it."""
        return {"served_by": self.model, "version": self.version, "artifact": self.artifact, "epoch": str(self.epoch)}


def authorised_in(folder: Path, model: str, environment: str, public: bytes) -> Authorised:
    """What the folder has live for a model.

    Args:
        folder: of the target; it has `live` and `artifacts`.
        environment: that it must have been signed for.
        public: the 32 raw bytes of the deployer's public key.

    Raises:
        NotAuthorised: nothing is live, or the deployer's signature is not over exactly this.
    """
    path = folder / "live" / f"{model}.json"
    try:
        pointer = json.loads(path.read_bytes())
        withdrawn, epoch = pointer["artifact"] is None, pointer["epoch"]
        if type(epoch) is not int or not 0 <= epoch < _HIGHEST:
            raise ValueError("no epoch")
    except FileNotFoundError:
        raise NotAuthorised(f"nothing is live for {model} in {folder}") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise NotAuthorised(f"what is live for {model} in {folder} cannot be read") from None
    if withdrawn:
        raise Withdrawn(model, epoch)
    if not isinstance(pointer.get("authorisation"), dict):
        raise NotAuthorised(f"the deployment of {model} is not signed; set deployment_key where releases are deployed, and release it again")
    found = _signed(model, environment, pointer["authorisation"], public)
    if (pointer["artifact"], epoch) != (found.artifact, found.epoch):
        raise NotAuthorised(f"what is live for {model} is not what was signed for it")
    return found


def artifact_in(folder: Path, about: Authorised) -> bytes:
    """The bytes that may be served.

    Raises:
        NotAuthorised: they are gone, or not the ones that were signed.
    """
    try:
        data = (folder / "artifacts" / about.artifact.removeprefix("sha256:")).read_bytes()
    except OSError as error:
        raise NotAuthorised(f"the artifact of {about.model} {about.version} cannot be read: {error.strerror}") from None
    if digest_bytes(data) != about.artifact:
        raise NotAuthorised(f"the artifact of {about.model} {about.version} has other bytes than were signed: {digest_bytes(data)}")
    return data


def _signed(model: str, environment: str, envelope: Mapping[str, Any], public: bytes) -> Authorised:
    try:
        if not signers(envelope, {fingerprint(public): public}):
            raise NotAuthorised(f"the deployment of {model} is not signed by the key that is trusted here ({fingerprint(public)})")
        payload = signed_payload(envelope)
        statement = read_payload(payload)
    except SigningError as error:
        raise NotAuthorised(f"the authorisation of {model} cannot be read: {error}") from None
    try:
        said = statement["predicate"]
        found = Authorised(
            said["model"], said["environment"], said["version"], parse_digest(f"sha256:{statement['subject'][0]['digest']['sha256']}"),
            said["kind"], said["file"], said["options"], int(said["epoch"]), said["subject"], digest_bytes(payload))
    except (KeyError, TypeError, ValueError, IndexError, ModelOpsError):
        raise NotAuthorised(f"the authorisation of {model} says something else than a deployment") from None
    if statement["predicateType"] != AUTHORISATION or (found.model, found.environment) != (model, environment):
        raise NotAuthorised(f"the authorisation is of {found.model} in {found.environment} ({statement['predicateType']}), not a deployment of {model} in {environment}")
    return found
