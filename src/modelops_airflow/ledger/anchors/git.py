"""Checkpoints as commits in a git clone, pushed to its remote: what others fetched cannot be taken back."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ...errors import LedgerError
from ..anchor import GIT_REMOTE, SAME_HOST, AnchorClass, Kept, name_of, require_same, require_same_stamp
from .file import FileAnchor

_SECONDS = 60
_IDENTITY = ("-c", "user.name=modelops", "-c", "user.email=modelops@localhost", "-c", "commit.gpgsign=false",
             "-c", "core.hooksPath=/dev/null")


_SCHEME = re.compile(r"(?:ssh|https?|git|git\+ssh|ssh\+git)://(?:[^@/]*@)?(?P<host>\[[^\]/]+\]|[^:/\[]+)(?::\d*)?/")
_SHORT = re.compile(r"(?:[^@/:]*@)?(?P<host>[^@/:]+):(?!:|//)")  # git@host:path


def elsewhere(url: str) -> bool:
    """Whether git takes a URL to another host: folders, `file://`, helpers as `ext::` and this machine's names are here."""
    found = _SCHEME.match(url) or _SHORT.match(url)
    host = found["host"].strip("[]").lower().rstrip(".") if found else ""
    here = {"localhost", "::1", "0.0.0.0", socket.gethostname().lower(), socket.getfqdn().lower()}  # noqa: S104 - compared, not bound
    return bool(host) and host not in here and not host.startswith(("127.", "localhost."))


class GitAnchor:
    """A clone; see `Anchor`. Its remote decides what counts: history is read from there."""

    def __init__(self, url: str, clone: Path) -> None:
        self.url, self._clone = url, clone

    @property
    def kind(self) -> AnchorClass:
        """A clone is a folder on this machine, unless it pushes to another one and nowhere else."""
        remote = self._remote()
        urls = [url for push in ([], ["--push"]) for url in self._git("remote", "get-url", "--all", *push, remote).split("\n") if url] if remote else []
        return GIT_REMOTE if urls and all(elsewhere(url) for url in urls) else SAME_HOST

    def publish(self, size: int, note: str) -> None:
        """Commit a file, and push."""
        name = name_of(size)
        FileAnchor(self.url, self._clone).publish(size, note)
        self._commit(name, f"Checkpoint over {size} events")
        require_same(f"{self.url}, {name} as committed", self._git("show", f"HEAD:{name}"), note)
        self._push()

    def keep_stamp(self, size: int, token: bytes) -> None:
        """Commit a file, and push."""
        name = name_of(size, "tsr")
        FileAnchor(self.url, self._clone).keep_stamp(size, token)
        self._commit(name, f"Time stamp of the checkpoint over {size} events")
        require_same_stamp(f"{self.url}, {name} as committed", self._bytes("show", f"HEAD:{name}"), token)
        self._push()

    def newest(self) -> Iterator[Kept]:
        """The notes at the remote, or in the clone if it has none; times are those of the commits."""
        remote, tip = self._remote(), "HEAD"
        if remote:
            self._git("fetch", "--quiet", remote, self._git("symbolic-ref", "--short", "HEAD").strip())
            tip = "FETCH_HEAD"
        names = set(self._git("ls-tree", "--name-only", tip).split("\n"))
        for name in sorted(names, reverse=True):
            if name.startswith("checkpoint-") and name.endswith(".note"):
                stamp = f"{name.removesuffix('.note')}.tsr"
                yield self._kept(tip, name, stamp if stamp in names else None)

    def _commit(self, name: str, message: str) -> None:
        self._git("add", "--", name)
        if self._git("status", "--porcelain", "--", name):
            self._git(*_IDENTITY, "commit", "--quiet", "-m", message, "--", name)

    def _push(self) -> None:
        remote = self._remote()
        if remote:
            self._git("push", "--quiet", remote, "HEAD")

    def _kept(self, tip: str, name: str, stamp: str | None) -> Kept:
        seconds = self._git("log", "-1", "--format=%ct", tip, "--", name).strip()
        at = datetime.fromtimestamp(int(seconds), UTC) if seconds else None
        token = self._bytes("show", f"{tip}:{stamp}") if stamp else None
        return Kept(f"{self.url}, {name}", self._git("show", f"{tip}:{name}"), at, token)

    def _remote(self) -> str:
        """The first remote's name; empty if there is none."""
        return (self._git("remote").split() or [""])[0]

    def _git(self, *arguments: str) -> str:
        return self._bytes(*arguments).decode(errors="replace")

    def _bytes(self, *arguments: str) -> bytes:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        try:
            done = subprocess.run(  # noqa: S603 - a list of our own words and a folder of the configuration, no shell
                ["git", "-C", str(self._clone), *arguments], capture_output=True, timeout=_SECONDS, check=False,  # noqa: S607
                env={**kept, "GIT_TERMINAL_PROMPT": "0"}, stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise LedgerError(f"git does not answer for the anchor {self.url}: {error}") from None
        if done.returncode:
            told = done.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"]
            raise LedgerError(f"git {next(one for one in arguments if one.isalpha() and one != 'c')} fails for the anchor {self.url}: {told[-1]}")
        return done.stdout
