"""One long-running child process in a group of its own, with its output in a file."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

LAST_LINES = 15


class Child:
    """A process that lives until it is told to stop, with everything it started."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path) -> None:
        self.name, self.log = name, log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the command is ours
                list(command), env=dict(environment), cwd=folder, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True,  # Ctrl-C reaches only us: we stop it in order
            )

    @property
    def pid(self) -> int:
        """The process id, which is also its group's."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """SIGTERM to the process alone; it tells its own children."""
        self._send(signal.SIGTERM, group=False)

    def kill(self) -> None:
        """SIGKILL to the whole group, whatever of it is left."""
        self._send(signal.SIGKILL, group=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)

    def wait(self, seconds: float) -> bool:
        """Whether it ended in time."""
        try:
            self._process.wait(max(seconds, 0.01))
        except subprocess.TimeoutExpired:
            return False
        return True

    def tail(self) -> str:
        """The last lines of its log."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-LAST_LINES:])

    def _send(self, number: signal.Signals, *, group: bool) -> None:
        if not group and self.exit_code is not None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number) if group else os.kill(self.pid, number)
