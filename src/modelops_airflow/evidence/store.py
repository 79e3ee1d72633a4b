"""The content-addressed store: write-once blobs under their digest, on any fsspec path."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Any

from ..digest import Digest, canonical, digest_bytes, digest_file, parse_digest
from ..durable import PARTIAL, partial, put, sync, write_durably
from ..errors import EvidenceError

_READ_ONLY = 0o444


class BlobStore:
    """Blobs by digest.

    A local folder is written with a temporary file, fsync, one rename and an fsync of the folder. At any
    other fsspec URL an object is created whole, never written over, and read back. Reading hashes what it reads.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._folder = Path(url.removeprefix("file://")) if "://" not in url or url.startswith("file://") else None

    def put(self, data: bytes) -> Digest:
        """Store bytes; storing them again changes nothing."""
        digest = digest_bytes(data)
        if not self._intact(digest):
            self._write(digest, data)
        return digest

    def put_json(self, value: Any) -> Digest:
        """Store the canonical bytes of a JSON value."""
        return self.put(canonical(value))

    def put_file(self, path: Path) -> Digest:
        """Store a file's bytes; what is stored is hashed, not what was there before."""
        if self._folder is None:
            return self.put(path.read_bytes())
        with partial(self._folder) as copy:
            with path.open("rb") as file:
                shutil.copyfileobj(file, copy, 1 << 20)
            copy.flush()
            digest = digest_file(Path(copy.name))
            put(copy, self._path(digest), _READ_ONLY)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a digest.

        Raises:
            EvidenceError: there are none, or they are no longer those of the digest.
        """
        wanted = parse_digest(digest)
        try:
            data = self._read(wanted)
        except FileNotFoundError:
            raise EvidenceError(f"{wanted} is not in the store {self.url}; restore it from a backup, or name the right store in AIRFLOW__MODELOPS__EVIDENCE") from None
        if digest_bytes(data) != wanted:
            raise EvidenceError(f"the bytes stored as {wanted} have changed: they are {digest_bytes(data)} now")
        return data

    def has(self, digest: str) -> bool:
        """Whether there are bytes under a digest; `get` says whether they are right."""
        wanted = parse_digest(digest)
        if self._folder is not None:
            return self._path(wanted).is_file()
        system, root = _remote(self.url)
        return bool(system.exists(f"{root}/{_name(wanted)}"))

    def remove(self, digest: str) -> None:
        """Remove the bytes of a digest for good, with what a kill left of writing them; nothing to remove is no error.

        Only `steps.erase` does this, for an erasure that two people decided. Older versions that a bucket keeps are beyond it.
        """
        wanted = parse_digest(digest)
        if self._folder is None:
            system, root = _remote(self.url)
            if system.exists(f"{root}/{_name(wanted)}"):
                system.rm_file(f"{root}/{_name(wanted)}")
            return
        path = self._path(wanted)
        for left in (*self._folder.glob(f"{PARTIAL}*"), *path.parent.glob(f"{PARTIAL}*")):
            with contextlib.suppress(FileNotFoundError):  # whoever is writing it has just finished
                if digest_file(left) == wanted:
                    left.unlink()
        if path.parent.is_dir():
            path.unlink(missing_ok=True)
            sync(path.parent)

    def _intact(self, digest: Digest) -> bool:
        try:
            return self.has(digest) and digest_bytes(self._read(digest)) == digest
        except FileNotFoundError:
            return False

    def _path(self, digest: Digest) -> Path:
        assert self._folder is not None  # noqa: S101 - for the type checker
        return self._folder / _name(digest)

    def _read(self, digest: Digest) -> bytes:
        if self._folder is not None:
            return self._path(digest).read_bytes()
        system, root = _remote(self.url)
        return bytes(system.cat_file(f"{root}/{_name(digest)}"))

    def _write(self, digest: Digest, data: bytes) -> None:
        if self._folder is not None:
            write_durably(self._path(digest), data, mode=_READ_ONLY)
            return
        system, root = _remote(self.url)
        name = f"{root}/{_name(digest)}"
        if not system.exists(name):
            with contextlib.suppress(FileExistsError):  # another writer was first, with the same bytes or none at all
                system.pipe_file(name, data, mode="create")
        if digest_bytes(self._read(digest)) != digest:
            raise EvidenceError(f"the object {self.url}/{_name(digest)} has other bytes than its name says and is not written over; "
                                "move it away, find out who wrote it, and try again")


def _name(digest: Digest) -> str:
    hexadecimal = digest.removeprefix("sha256:")
    return f"{hexadecimal[:2]}/{hexadecimal}"


def _remote(url: str) -> tuple[Any, str]:
    import fsspec

    system, root = fsspec.core.url_to_fs(url)
    return system, root
