"""Shadow: another signed version is asked the same, after the answer was given; what it says is only written down."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

from .log import PredictionLog
from .slot import Beside

if TYPE_CHECKING:
    import pyarrow as pa

PATIENCE = 30.0
"""Seconds that a stop waits for it."""

WAITING = 100
"""Requests that wait for it at most; what comes beyond is counted and not asked, so that nothing grows."""


class Shadow:
    """A version of another folder, asked one request after the other by a thread of its own.

    Args:
        log: where its answers go, under the role `shadow`.
    """

    def __init__(self, slot: Beside, log: PredictionLog) -> None:
        self.slot, self._log = slot, log
        self.asked = self.failed = self.dropped = 0
        self._waiting: queue.Queue[tuple[str, pa.Table] | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def offer(self, request: str, rows: pa.Table) -> None:
        """Let it be asked when there is time."""
        if self.slot.about is None:
            return
        try:
            self._waiting.put_nowait((request, rows))
        except queue.Full:
            self.dropped += 1

    def stop(self) -> None:
        """Ask what waits, and end."""
        try:
            self._waiting.put(None, timeout=PATIENCE)
        except queue.Full:
            return  # it hangs; what waits for it was answered by the version in use
        self._thread.join(PATIENCE)

    def _work(self) -> None:
        while (one := self._waiting.get()) is not None:
            request, rows = one
            try:
                answer = self.slot.score(rows)
                noted = self._log.add(self.slot.model, rows, answer.table, {**answer.by.told(), "request": request, "role": "shadow"})
                noted.given = True
                self.asked += 1
            except Exception:  # counted, whatever it is: the caller has the answer of the version in use long since
                self.failed += 1
