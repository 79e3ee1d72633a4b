"""Checkpoints as objects of any fsspec file system; in an object store with a retention lock nobody takes them back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ...errors import LedgerError
from ..anchor import OBJECT_STORE, SAME_HOST, AnchorClass, Kept, name_of, require_same, require_same_stamp
from ..stamp import LARGEST

STORES = frozenset(("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "ocilake", "oss", "r2", "tos", "tosfs"))
"""Protocols of object stores, as fsspec names them. Of every other nothing is known: it may well be a folder of this machine."""

_TIMES = ("LastModified", "last_modified", "updated", "mtime", "created")


class RemoteAnchor:
    """A folder of an object store; see `Anchor`."""

    def __init__(self, url: str) -> None:
        self.url = url
        chained = "::" in url  # simplecache::file:///folder
        self.kind: AnchorClass = OBJECT_STORE if url.partition("://")[0] in STORES and not chained else SAME_HOST

    def publish(self, size: int, note: str) -> None:
        """Put an object, unless it is there."""
        kept = self._put(name_of(size), note.encode(), "checkpoint")
        require_same(f"{self.url}, {name_of(size)}", kept.decode(errors="replace"), note)

    def keep_stamp(self, size: int, token: bytes) -> None:
        """Put an object, unless it is there."""
        name = name_of(size, "tsr")
        require_same_stamp(f"{self.url}, {name}", self._put(name, token, "time stamp"), token)

    def newest(self) -> Iterator[Kept]:
        """The objects; their times are the store's."""
        try:
            system, root = self._system()
            found = system.ls(root, detail=True) if system.exists(root) else []
            names = {str(one["name"]) for one in found}
            for one in sorted(found, key=lambda one: str(one["name"]), reverse=True):
                if str(one["name"]).endswith(".note"):
                    stamp = f"{str(one['name']).removesuffix('.note')}.tsr"
                    token = system.cat_file(stamp, start=0, end=LARGEST + 1) if stamp in names else None
                    yield Kept(str(one["name"]), system.cat_file(one["name"]).decode(errors="replace"), _time_of(one), token)
        except Exception as error:  # each file system has its own
            raise LedgerError(f"the anchor {self.url} cannot be read: {error}") from None

    def _put(self, name: str, data: bytes, what: str) -> bytes:
        """What an object holds that is put now, or was before."""
        try:
            system, root = self._system()
            path = f"{root}/{name}"
            if system.exists(path):
                return bytes(system.cat_file(path))
            system.pipe_file(path, data)
        except Exception as error:  # each file system has its own
            raise LedgerError(f"the {what} cannot be kept at {self.url}: {error}") from None
        return data

    def _system(self) -> tuple[Any, str]:
        import fsspec

        system, root = fsspec.core.url_to_fs(self.url)
        system.invalidate_cache()
        return system, root.rstrip("/")


def _time_of(info: dict[str, Any]) -> datetime | None:
    for name in _TIMES:
        value = info.get(name)
        if isinstance(value, datetime):
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, float):
            return datetime.fromtimestamp(value, UTC)
    return None
