"""One local Airflow a home: who starts one holds a lock on a file there, which ends with its process however that ends.

    with only_one(home, "http://127.0.0.1:8080", "modelops up"):
        ...

The file says who holds it. It stays when everything else in the home is thrown away, or two could hold one each.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import ModelOpsError
from .port import port_is_free

HOLDER = "running.json"


@contextmanager
def only_one(home: Path, url: str, what: str) -> Iterator[None]:
    """Hold the home, and let nobody else start there.

    Args:
        url: where it will answer.
        what: what runs, for the message that another one reads.

    Raises:
        ModelOpsError: another one runs there, or left processes behind.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / HOLDER).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ModelOpsError(_told(home, *_noted(file.name), what)) from None
        pid, before = _noted(file.name)
        if before and not port_is_free(urlsplit(before).port or 0):
            raise ModelOpsError(f"the {what} of {home.parent} that process {pid} started was killed, but something still answers at {before}; "
                                f"nothing was changed. End what it left (ps -ef | grep {home}), then start again")
        _note(home, {"pid": os.getpid(), "url": url})
        try:
            yield
        finally:
            _note(home, {})


def _told(home: Path, pid: int | None, url: str, what: str) -> str:
    who = f"process {pid}, at {url}" if pid else "its process is just starting or stopping"
    stop = f"Ctrl-C where it was started, or: kill {pid}" if pid else "wait a moment"
    return (f"the {what} of {home.parent} runs already ({who}); nothing was changed. Use that one, stop it first "
            f"({stop}), or start a second one in another clone")


def _noted(name: str) -> tuple[int | None, str]:
    """Who holds it as the file says; nobody if it says nothing readable."""
    try:
        told = json.loads(Path(name).read_text(encoding="utf-8"))
        return int(told["pid"]), str(told["url"])
    except (OSError, ValueError, TypeError, KeyError):
        return None, ""


def _note(home: Path, holder: dict[str, object]) -> None:
    (home / HOLDER).write_text(json.dumps(holder) + "\n", encoding="utf-8")
