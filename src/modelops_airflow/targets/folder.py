"""A folder: content-addressed artifacts and one pointer a model, switched by one rename."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..digest import Digest, canonical, digest_bytes, digest_file, parse_digest
from ..durable import locked, write_durably
from ..errors import TargetError
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
        self.path, self.heeds = path, held

    def observed(self, model: str) -> Observation:
        """Read the pointer and hash the bytes it names."""
        pointer = self._pointer(model)
        if pointer is None:
            return Observation(None, 0)
        named = pointer["artifact"]
        if named is None:
            return Observation(None, int(pointer["epoch"]))
        file = self._artifact(parse_digest(named))
        if not file.is_file():
            return Observation(None, int(pointer["epoch"]), dangling=True)
        return Observation(digest_file(file), int(pointer["epoch"]), held=self._held(model, pointer) if self.heeds else "")

    def _held(self, model: str, pointer: dict[str, Any]) -> str:
        """What the runtime wrote of this very deployment, in signs that can be shown; its word only ever stops something."""
        try:
            told = json.loads((self.path / "held" / f"{model}.json").read_bytes())
            same = type(told["epoch"]) is int and (told["epoch"], told["artifact"]) == (pointer["epoch"], pointer["artifact"])
            said = str(told["why"]) if same else ""
        except FileNotFoundError:
            return ""
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            raise TargetError(f"what the runtime of {model} wrote of it cannot be read") from None
        return "".join(one if one.isprintable() else "?" for one in said)[:300]

    def models(self) -> list[str]:
        """Every pointer that is not withdrawn; one that cannot be read shows something too."""
        return [one.stem for one in sorted((self.path / "live").glob("*.json")) if self._shows(one.stem)]

    def _shows(self, model: str) -> bool:
        try:
            pointer = self._pointer(model)
        except TargetError:
            return True
        return pointer is not None and pointer["artifact"] is not None

    def withdraw(self, model: str, epoch: int) -> Observation:
        """Point at nothing; the artifact stays for the record."""
        with locked(self.path / ".lock"):
            seen = self._pointer(model)
            if seen is not None and int(seen["epoch"]) > epoch:
                raise TargetError(f"the fence of this stop is stale: epoch {epoch} of {model}, the target has seen {seen['epoch']}")
            self._switch(model, {"artifact": None, "epoch": epoch, "version": None, "subject": None, "file": None})
        return self.observed(model)

    def _publish(self, release: Release) -> None:
        data = release.read()
        if digest_bytes(data) != release.artifact:
            raise TargetError(f"the bytes to publish are not {release.artifact}; nothing was written")
        file = self._artifact(release.artifact)
        if not file.is_file() or digest_file(file) != release.artifact:
            write_durably(file, data)
        with locked(self.path / ".lock"):
            seen = self._pointer(release.model)
            if seen is not None and int(seen["epoch"]) > release.epoch:
                raise stale(release, int(seen["epoch"]))
            self._switch(release.model, {
                "artifact": release.artifact, "epoch": release.epoch, "version": release.version,
                "subject": release.subject, "file": file.relative_to(self.path).as_posix(),
                **({"authorisation": dict(release.authorisation)} if release.authorisation is not None else {}),
            })

    def _switch(self, model: str, pointer: dict[str, Any]) -> None:
        write_durably(self.path / "live" / f"{model}.json", canonical({"model": model, **pointer}) + b"\n")

    def _pointer(self, model: str) -> dict[str, Any] | None:
        path = self.path / "live" / f"{model}.json"
        try:
            pointer = json.loads(path.read_bytes())
            if pointer["artifact"] is not None:
                parse_digest(pointer["artifact"])
            if type(pointer["epoch"]) is not int or not 0 <= pointer["epoch"] < 2**53:
                raise ValueError("no epoch")
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise TargetError(f"the live pointer of {model} is not readable; somebody else wrote it") from None
        return dict(pointer)

    def _artifact(self, digest: Digest) -> Path:
        return self.path / "artifacts" / digest.removeprefix("sha256:")
