"""The edge's place as devices see it, at any URL of fsspec: listed, read in bounded size, written to where that is permitted."""

from __future__ import annotations

from pathlib import Path

from ..errors import TargetError
from .own_folder import OwnFolder


class Store:
    """The place as a device sees it, at any URL of fsspec."""

    def __init__(self, url: str) -> None:
        import fsspec
        from fsspec.implementations.local import LocalFileSystem

        self._told = url.partition("?")[0].rpartition("@")[2]
        try:
            self._system, self._root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise TargetError(f"{self._told} is no place that can be read: {type(error).__name__}; is the store's package installed?") from None
        self._own = OwnFolder(Path(self._root)) if isinstance(self._system, LocalFileSystem) else None

    def names(self, folder: str) -> list[str]:
        """Names of the JSON files in a folder, without the ending.

        Raises:
            TargetError: there is no such folder, or no connection; nothing is known then.
        """
        try:
            self._system.invalidate_cache()
            found = self._system.ls(f"{self._root}/{folder}", detail=False)
        except Exception as error:  # whatever a file system raises
            raise TargetError(f"the folder {folder} of {self._told} cannot be listed: {type(error).__name__}") from None
        names = (str(one).rstrip("/").rpartition("/")[2] for one in found)
        return sorted(name.removesuffix(".json") for name in names if name.endswith(".json") and not name.startswith("."))

    def read(self, path: str, most: int) -> bytes:
        """The bytes of a file.

        Raises:
            TargetError: it cannot be read, or is larger than may be.
        """
        try:
            if self._own is not None:  # where devices write what they say: a link or a pipe is nothing to wait for
                return self._own.read(path, most)
            with self._system.open(f"{self._root}/{path}", "rb") as file:
                data = bytes(file.read(most + 1))
        except TargetError:
            raise
        except Exception as error:  # whatever a file system raises
            raise TargetError(f"{path} cannot be read: {type(error).__name__}") from None
        if len(data) > most:
            raise TargetError(f"{path} is larger than {most} bytes")
        return data

    def write(self, path: str, data: bytes) -> bool:
        """Whether a file could be written."""
        try:
            self._system.makedirs(f"{self._root}/{path}".rpartition("/")[0], exist_ok=True)
            self._system.pipe_file(f"{self._root}/{path}", data)
        except Exception:  # a place that cannot be written to is a read-only one
            return False
        return True
