"""Files of an object store, copied here before they are read.

What is hashed and what is scanned are the same bytes then, whatever happens to the store meanwhile, and the digest is that of
the same files in a folder of the project. Where the store is, and who may read it, the connection says: a model file
names a path below it and can lead nowhere else.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ..errors import DataError
from .form import hidden, require_no_folders, require_one_form

_LOGIN = {"s3": ("key", "secret"), "s3a": ("key", "secret")}
"""How a file system calls the two parts of a log-in; most say username and password."""

_COPIES: list[tempfile.TemporaryDirectory[str]] = []
"""The folder of this process' copies, gone with it; a run that opens a data set twice copies it once."""


@dataclass(frozen=True)
class Remote:
    """Attributes:
    files: a file, folder or pattern below the store's URL.
    connection: its name, for messages.
    url: of the store, with the options of its file system as a query: `s3://bucket/folder?endpoint_url=...`.
    """

    files: str
    connection: str
    url: str

    @property
    def name(self) -> str:
        """As messages call it."""
        return f"connection {self.connection}: {self.files}"

    def copied(self) -> tuple[Path, ...]:
        """The files, sorted by name, on this machine's disk.

        Raises:
            DataError: no such file, a form that is not read, a path that leaves the store, a store that does not answer, or no room.
        """
        if not self.files or self.files.startswith(("/", "~")) or "\\" in self.files or "\x00" in self.files or "://" in self.files \
                or ".." in self.files.split("/"):
            raise DataError(f"path {self.files!r} of connection {self.connection} is not permitted; expected one below the connection's URL")
        with self._answering():
            system, root = self._system()
            found = self._found(system, root)
        require_one_form(self.name, [one["name"] for one in found], f"below the URL of connection {self.connection}")
        folder = self._folder(system, found)
        with self._answering():
            return tuple(self._copy(system, one, folder) for one in found)

    def _found(self, system: Any, root: str) -> list[dict[str, Any]]:
        """What the store says of each file, sorted by name."""
        folder, _, last = self.files.rpartition("/")
        if any(sign in folder for sign in "*?["):
            raise DataError(f"data set {self.name!r}: only the last part of a path may be a pattern")
        pattern = any(sign in last for sign in "*?[")
        path = "/".join(part for part in (root, folder if pattern else self.files.rstrip("/")) if part)
        if not system.exists(path):
            return []
        if system.isfile(path):
            return [system.info(path)]
        inside = [one for one in system.ls(path, detail=True) if not hidden(_last(one)) and str(one["name"]).rstrip("/") != path.rstrip("/")
                  and (not pattern or fnmatchcase(_last(one), last))]
        require_no_folders(self.name, [_last(one) for one in inside if one["type"] == "directory"])
        return sorted((one for one in inside if one["type"] == "file"), key=_last)

    def _folder(self, system: Any, found: list[dict[str, Any]]) -> Path:
        """Where this very state of the files is copied to."""
        if not _COPIES:
            _COPIES.append(tempfile.TemporaryDirectory(prefix="modelops-data-"))
            atexit.register(_COPIES[0].cleanup)
        base = Path(_COPIES[0].name)
        state = sha256(repr([self.url, [(one["name"], one["size"], str(_stamp(system, one))) for one in found]]).encode()).hexdigest()
        folder = base / state
        folder.mkdir(exist_ok=True)
        size, free = sum(int(one["size"] or 0) for one in found if not (folder / _last(one)).exists()), shutil.disk_usage(base).free
        if size > free:
            raise DataError(f"data set {self.name!r} has {size // 1_000_000:,} MB to copy, and {base.parent} has {free // 1_000_000:,} MB free; "
                            "set TMPDIR to a larger disk, or name fewer files")
        return folder

    def _copy(self, system: Any, told: dict[str, Any], folder: Path) -> Path:
        path = folder / _last(told)
        if path.exists():
            return path
        part = folder / f".{path.name}.part"
        system.get_file(str(told["name"]), str(part))
        if part.stat().st_size != told["size"]:
            raise DataError(f"{told['name']} of connection {self.connection} has {told['size']} bytes, and {part.stat().st_size} came; "
                            "run it again when nobody writes to it")
        return part.replace(path)

    def _system(self) -> tuple[Any, str]:
        import fsspec

        parts = urlsplit(self.url)
        if not parts.scheme:
            raise DataError(f"connection {self.connection} has no URL of a store; expected one as s3://bucket/folder")
        options = dict(parse_qsl(parts.query))
        user, password = _LOGIN.get(parts.scheme, ("username", "password"))
        login = {key: unquote(value) for key, value in ((user, parts.username), (password, parts.password)) if value}
        place = parts.netloc.rpartition("@")[2]
        system, root = fsspec.core.url_to_fs(f"{parts.scheme}://{place}{parts.path}", **login, **options)
        system.invalidate_cache()
        return system, root.rstrip("/")

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except DataError:
            raise
        except Exception as error:  # each file system has its own
            said = (str(error).splitlines() or [""])[0]
            raise DataError(f"connection {self.connection} does not give {self.files!r}: {type(error).__name__}: {said}") from None


def _stamp(system: Any, told: dict[str, Any]) -> object:
    """What changes when somebody writes to a file; where a store says nothing, nothing is taken for the same."""
    for key in ("ETag", "etag", "md5Hash", "crc32c", "mtime", "LastModified", "last_modified", "created"):
        if told.get(key):
            return told[key]
    return object()


def _last(told: dict[str, Any]) -> str:
    return str(told["name"]).rstrip("/").rpartition("/")[2]
