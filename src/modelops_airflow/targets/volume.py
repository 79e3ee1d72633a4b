"""A volume that both the worker and the cluster see: one folder for each artifact, under its digest, with that one file in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..digest import Digest, digest_bytes
from ..durable import PARTIAL
from .own_folder import NoPlainFile, OwnFolder


@dataclass(frozen=True)
class Volume:
    """Attributes:
    folder: as this worker sees it.
    uri: the same folder as the cluster sees it.
    file: name of the artifact in its folder.
    """

    folder: Path
    uri: str
    file: str

    def put(self, artifact: bytes) -> None:
        """Store an artifact; one that is there and has other bytes is written again."""
        digest = digest_bytes(artifact)
        if self.artifact(digest) != digest:
            OwnFolder(self.folder).write(f"{self._relative(digest)}/{self.file}", artifact, mode=0o444)  # the model's container is another user

    def artifact(self, digest: Digest) -> Digest | None:
        """The digest of what really is in an artifact's folder; None if that is not one file of ours."""
        own, folder = OwnFolder(self.folder), self._relative(digest)
        try:
            names = {one for one in own.names(folder) or () if not one.startswith(PARTIAL)}
            return own.digest(f"{folder}/{self.file}") if names == {self.file} else None
        except NoPlainFile:
            return None

    def where(self, digest: Digest) -> str:
        """URI of an artifact's folder."""
        return f"{self.uri}/{self._relative(digest)}"

    def _relative(self, digest: Digest) -> str:
        return f"artifacts/{digest.removeprefix('sha256:')}"
