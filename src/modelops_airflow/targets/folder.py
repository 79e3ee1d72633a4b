"""A folder: content-addressed artifacts and one pointer a model, switched by one rename."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..digest import Digest, canonical, digest_bytes, parse_digest
from ..errors import TargetError
from .own_folder import NOTE, NoPlainFile, OwnFolder
from .target import Observation, Release, Target, stale, target


@target("folder", strength="gated", where=("path",))
class Folder(Target):
    """Content-addressed files and one live pointer, switched by one rename.

    `<path>/artifacts/<sha256>` are the bytes, `<path>/live/<model>.json` says which of them is live,
    under which epoch and approval, with the deployer's signature where the installation has a `deployment_key`: then
    `modelops serve` answers for what is signed, and for nothing else.
    """

    def __init__(self, *, path: Path, held: bool = False) -> None:
        """Make it.

        Args:
            path: a folder of its own, written by this target alone.
            held: for the folder of a canary: what its runtime holds back (`<path>/held/<model>.json`) is suspended.
        """
        self.path, self.heeds, self.own = path, held, OwnFolder(path)

    def observed(self, model: str) -> Observation:
        """Read the pointer and hash the bytes it names."""
        pointer = self._pointer(model)
        if pointer is None:
            return Observation(None, 0)
        named = pointer["artifact"]
        if named is None:
            return Observation(None, int(pointer["epoch"]))
        artifact = self._shown(parse_digest(named))
        if artifact is None:
            return Observation(None, int(pointer["epoch"]), dangling=True)
        return Observation(artifact, int(pointer["epoch"]), held=self._held(model, pointer) if self.heeds else "")

    def _shown(self, artifact: Digest) -> Digest | None:
        """Digest of what lies where an artifact should; None for nothing, or for what no target writes: that can be stopped, and released again."""
        try:
            return self.own.digest(artifact_file(artifact))
        except NoPlainFile:
            return None

    def _held(self, model: str, pointer: dict[str, Any]) -> str:
        """What the runtime wrote of this very deployment, in signs that can be shown; its word only ever stops something."""
        try:
            told = json.loads(self.own.read(f"held/{model}.json"))
            same = type(told["epoch"]) is int and (told["epoch"], told["artifact"]) == (pointer["epoch"], pointer["artifact"])
            said = str(told["why"]) if same else ""
        except FileNotFoundError:
            return ""
        except (TargetError, ValueError, KeyError, TypeError, RecursionError):
            raise TargetError(f"what the runtime of {model} wrote of it cannot be read") from None
        return "".join(one if one.isprintable() else "?" for one in said)[:300]

    def models(self) -> list[str] | None:
        """Every pointer that is not withdrawn; one that cannot be read shows something too.

        None where nothing is that a deployment leaves: nothing was ever deployed here, or the volume is not mounted, and nobody can say which.
        """
        names = self.own.names("live")
        if names is not None:
            return [one.removesuffix(".json") for one in names if one.endswith(".json") and self._shows(one.removesuffix(".json"))]
        if ".lock" in (self.own.names("") or ()):
            raise TargetError(f"{self.path} has no folder 'live', and has the '.lock' of earlier deployments; somebody took it away, "
                              "so what it shows is not known. Put it back")
        return None

    def _shows(self, model: str) -> bool:
        try:
            pointer = self._pointer(model)
        except TargetError:
            return True
        return pointer is not None and pointer["artifact"] is not None

    def withdraw(self, model: str, epoch: int) -> Observation:
        """Point at nothing; the artifact stays for the record."""
        with self.own.locked():
            seen = self._pointer(model)
            if seen is not None and int(seen["epoch"]) > epoch:
                raise TargetError(f"the fence of this stop is stale: epoch {epoch} of {model}, the target has seen {seen['epoch']}")
            self._switch(model, {"artifact": None, "epoch": epoch, "version": None, "subject": None, "file": None})
        return self.observed(model)

    def _publish(self, release: Release) -> None:
        data = release.read()
        if digest_bytes(data) != release.artifact:
            raise TargetError(f"the bytes to publish are not {release.artifact}; nothing was written")
        file = artifact_file(release.artifact)
        if self._shown(release.artifact) != release.artifact:
            self.own.write(file, data)
        with self.own.locked():
            seen = self._pointer(release.model)
            if seen is not None and int(seen["epoch"]) > release.epoch:
                raise stale(release, int(seen["epoch"]))
            self._switch(release.model, {
                "artifact": release.artifact, "epoch": release.epoch, "version": release.version,
                "subject": release.subject, "file": file,
                **({"authorisation": dict(release.authorisation)} if release.authorisation is not None else {}),
            })

    def _switch(self, model: str, pointer: dict[str, Any]) -> None:
        self.own.write(f"live/{model}.json", canonical({"model": model, **pointer}) + b"\n", most=NOTE)

    def _pointer(self, model: str) -> dict[str, Any] | None:
        try:
            pointer = json.loads(self.own.read(f"live/{model}.json"))
            if pointer["artifact"] is not None:
                parse_digest(pointer["artifact"])
            if type(pointer["epoch"]) is not int or not 0 <= pointer["epoch"] < 2**53:
                raise ValueError("no epoch")
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise TargetError(f"the live pointer of {model} is not readable; somebody else wrote it") from None
        return dict(pointer)


def artifact_file(artifact: Digest) -> str:
    """Where an artifact lies in the folder."""
    return f"artifacts/{artifact.removeprefix('sha256:')}"
