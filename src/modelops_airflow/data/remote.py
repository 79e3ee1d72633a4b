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
from threading import get_ident
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

from ..errors import DataError
from .form import hidden, require_no_folders, require_one_form

_LOGIN = {"s3": ("key", "secret"), "s3a": ("key", "secret")}
"""How a file system calls the two parts of a log-in; most say username and password."""

_LOCAL = (("file", "local"), "file", "local")
"""What fsspec calls a disk of this machine."""

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
        if any(_leaves(text) for text in (self.files, unquote(self.files))):  # some file systems decode a path, others take it as it is
            raise DataError(f"path {self.files!r} of connection {self.connection} is not permitted; expected one below the connection's URL")
        with self._answering():
            system, root = self._system()
            found = self._found(system, root)
            if system.protocol in _LOCAL:
                self._demand_inside(root, found)
        require_one_form(self.name, [one["name"] for one in found], f"below the URL of connection {self.connection}")
        with self._answering():
            folder = self._folder(system, found)
            return tuple(self._copy(system, one, folder) for one in found)

    def _demand_inside(self, root: str, found: list[dict[str, Any]]) -> None:
        """A link on a disk may lead anywhere."""
        top = Path(root or "/").resolve()
        for one in found:
            if not Path(one["name"]).resolve().is_relative_to(top):
                raise DataError(f"{_last(one)} of connection {self.connection} is a link that leads out of the connection's URL; copy the file there")

    def _found(self, system: Any, root: str) -> list[dict[str, Any]]:
        """What the store says of each file, sorted by name."""
        folder, _, last = self.files.rpartition("/")
        if any(sign in folder for sign in "*?["):
            raise DataError(f"data set {self.name!r}: only the last part of a path may be a pattern")
        pattern = any(sign in last for sign in "*?[")
        path = "/".join(part for part in (root, folder if pattern else self.files.rstrip("/")) if part)
        try:
            told = system.info(path)
        except FileNotFoundError:  # every other failure is the store's, and says nothing of what is there
            return []
        if told["type"] != "directory" and not (system.protocol in _LOCAL and system.isdir(path)):
            return [told]
        inside = [one for one in system.ls(path, detail=True) if not hidden(_last(one)) and str(one["name"]).rstrip("/") != path.rstrip("/")
                  and (not pattern or fnmatchcase(_last(one), last))]
        require_no_folders(self.name, [_last(one) for one in inside if one["type"] == "directory"])
        return sorted(inside, key=_last)

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
        part = folder / f".{path.name}.{get_ident()}.part"
        system.get_file(str(told["name"]), str(part))
        if told["size"] not in (None, part.stat().st_size):
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
        # `container@account` of Azure is a place, `user:password@host` a log-in.
        login = {user: unquote(parts.username or ""), password: unquote(parts.password)} if parts.password else {}
        place = parts.netloc.rpartition("@")[2] if login else parts.netloc
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


def _leaves(text: str) -> bool:
    return not text or text.startswith(("/", "~")) or "\\" in text or "\x00" in text or "://" in text or ".." in text.split("/")


def _stamp(system: Any, told: dict[str, Any]) -> object:
    """What changes when somebody writes to a file; where a store says nothing, nothing is taken for the same."""
    for key in ("ETag", "etag", "md5Hash", "crc32c", "mtime", "LastModified", "last_modified", "modify", "created"):
        if told.get(key):
            return told[key]
    return uuid4()


def _last(told: dict[str, Any]) -> str:
    return str(told["name"]).rstrip("/").rpartition("/")[2]
