"""Outages: when a process was not there, why, and what became of the requests meanwhile, written down beside the predictions."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..durable import write_durably

FOLDER = "_outages"
"""In the folder of the log; readers of Parquet pass over names that begin so."""


@dataclass
class Outage:
    """One time without a process.

    Attributes:
        process: `runtime` or `fallback`.
        ended: None while it lasts, and for ever where the front itself ended in it.
        starts: attempts to start it again.
        fallback: requests that the fallback answered because of it; refused: those that nothing answered.
        unwritten: of the requests that the process had answered, those that may be missing in the log at the most; None without a log.
    """

    model: str
    process: str
    why: str
    began: datetime
    unwritten: int | None = None
    ended: datetime | None = None
    starts: int = 0
    fallback: int = 0
    refused: int = 0

    @property
    def seconds(self) -> float:
        """How long it was, or has been until now."""
        return ((self.ended or datetime.now(UTC)) - self.began).total_seconds()

    def told(self) -> dict[str, Any]:
        """As it is written and shown."""
        return {
            "model": self.model, "process": self.process, "why": self.why, "began": self.began.isoformat(),
            "ended": self.ended.isoformat() if self.ended is not None else None, "starts": self.starts,
            "answered_by_fallback": self.fallback, "refused": self.refused, "answers_perhaps_not_in_log": self.unwritten}


class Outages:
    """All since the front started.

    Args:
        folder: of the log; None keeps them in memory alone.
        say: tells an operator what happens.
    """

    def __init__(self, model: str, folder: Path | None, say: Callable[[str], None]) -> None:
        self._model, self._folder, self.say = model, folder, say
        self._unwritten: dict[int, Outage] = {}
        self._lock = threading.Lock()
        self.last: dict[str, Outage] = {}
        self.count: dict[str, int] = {}
        self._seconds: dict[str, float] = {}

    def begin(self, process: str, why: str, unwritten: int) -> Outage:
        """A process is gone."""
        if process in self.last:
            self._seconds[process] = self.seconds(process)
        outage = Outage(self._model, process, why, datetime.now(UTC), unwritten if self._folder is not None else None)
        self.last[process], self.count[process] = outage, self.count.get(process, 0) + 1
        self.changed(outage)
        return outage

    def end(self, outage: Outage) -> None:
        """It answers again."""
        outage.ended = datetime.now(UTC)
        self.changed(outage)

    def missed(self, outage: Outage | None, *, answered: bool) -> None:
        """A request found no process, and the fallback answered it, or nothing did."""
        if outage is not None:  # there is none while it starts for the first time
            outage.fallback, outage.refused = outage.fallback + answered, outage.refused + (not answered)
            self.changed(outage)

    def changed(self, outage: Outage) -> None:
        """It is to be written again."""
        if self._folder is not None:
            self._unwritten[id(outage)] = outage

    def seconds(self, process: str) -> float:
        """All seconds without a process."""
        last = self.last.get(process)
        return self._seconds.get(process, 0.0) + (last.seconds if last is not None else 0.0)

    def write(self) -> None:
        """Bring the files up to date; what cannot be written is told, and tried again the next time."""
        if self._folder is None:
            return
        with self._lock:
            for key in list(self._unwritten):
                outage = self._unwritten.pop(key)
                path = self._folder / FOLDER / f"{outage.began:%Y%m%dT%H%M%S%f}-{outage.process}.json"
                try:
                    write_durably(path, json.dumps(outage.told(), indent=1).encode() + b"\n", mode=0o640)
                except OSError as error:
                    self._unwritten[key] = outage
                    self.say(f"the outage of the {outage.process} cannot be written to {path}: {error.strerror}")
