"""The N-th thing that can fail, fails: a statement, a commit, or what is done to a file.

    with at(7, "error", root) as fault:     # or "kill": SIGKILL of this very process
        bank.deploy(release)
    fault.count                             # how many points were passed; the seventh raised OSError

Points are every SQL statement and commit of every engine, and below a folder every open, rename, removal, change
of mode, new folder and fsync, and both halves of every write through a file descriptor. What Python does is heard
by an audit hook, what it does not tell of (fsync, write) by functions put in the place of `os.fsync` and
`os.fdopen`. The product knows nothing of this.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

_HEARD = frozenset({"open", "os.rename", "os.remove", "os.chmod", "os.mkdir", "os.link", "os.truncate"})
_fsync, _fdopen = os.fsync, os.fdopen
_active: list[Fault] = []
_installed: list[bool] = []


@dataclass
class Fault:
    """What fails, and what was passed so far.

    Attributes:
        nth: which point fails, from 1; 0 for none, to count them.
        how: `error` raises once, `kill` is SIGKILL.
        root: file points count below this folder alone.
        passed: the names of the points, in order.
    """

    nth: int
    how: str
    root: str
    passed: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many points were passed."""
        return len(self.passed)

    @property
    def reached(self) -> bool:
        """Whether the N-th point was there."""
        return self.count >= self.nth > 0

    def point(self, name: str, *, sql: bool = False) -> None:
        """Pass a point, or fail at it."""
        self.passed.append(name)
        if self.count != self.nth:
            return
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if sql:
            raise OperationalError(f"injected at point {self.nth}: {name}", None, Exception("disk I/O error"))
        raise OSError(errno.EIO, f"injected at point {self.nth}: {name}")


class _Halves:
    """A file that is written in two halves, with a point before each."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _Halves:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> int:
        """Half, then the other half; what was written is with the kernel."""
        middle = len(data) // 2
        for part in (data[:middle], data[middle:]):
            pass_point("write")
            self._file.write(part)
            self._file.flush()
        return len(data)


@contextmanager
def at(nth: int, how: str, root: Path) -> Iterator[Fault]:
    """Let the N-th point fail inside the block."""
    _install()
    fault = Fault(nth, how, str(root))
    _active.append(fault)
    os.fsync, os.fdopen = _sync, _open_halves  # type: ignore[assignment]
    try:
        yield fault
    finally:
        _active.clear()
        os.fsync, os.fdopen = _fsync, _fdopen


def pass_point(name: str, *, sql: bool = False) -> None:
    """A point, if somebody is counting."""
    if _active:
        _active[0].point(name, sql=sql)


def _install() -> None:
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_hear)
        event.listen(Engine, "before_cursor_execute", lambda _c, _k, statement, *_: pass_point(statement.split("\n")[0][:60], sql=True))
        event.listen(Engine, "commit", lambda _connection: pass_point("COMMIT", sql=True))


def _hear(name: str, arguments: tuple[Any, ...]) -> None:
    if _active and name in _HEARD and isinstance(arguments[0], str | bytes | os.PathLike):
        path = os.fsdecode(arguments[0])
        if path.startswith(_active[0].root) and not path.endswith(("register.db", "register.db-journal")):
            _active[0].point(f"{name} {Path(path).relative_to(_active[0].root)}")


def _sync(handle: int) -> None:
    pass_point("fsync")
    _fsync(handle)


def _open_halves(handle: int, *arguments: Any, **named: Any) -> Any:
    file = _fdopen(handle, *arguments, **named)
    return _Halves(file) if _active and "b" in "".join(map(str, arguments)) else file
