"""Waiting gates: one query for all that a triggerer holds, however many."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent
from sqlalchemy import select

from ..inventory.register import Register
from ..inventory.tables import GateRow, GateState
from .settings import settings_from_airflow

log = logging.getLogger(__name__)


class GateTrigger(BaseTrigger):
    """Fires when a gate is no longer open.

    Args:
        gate: id of the gate in the register.
        first_poll: seconds before the first look: Airflow fails a task that resumes while its parking
            is still being reported.
        poll: seconds between looks.
    """

    def __init__(self, gate: int, first_poll: float, poll: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
        self.gate, self.first_poll, self.poll = gate, first_poll, poll

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """For Airflow's database; no address or secret is in it."""
        return (f"{type(self).__module__}.{type(self).__qualname__}",
                {"gate": self.gate, "first_poll": self.first_poll, "poll": self.poll})

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait."""
        await asyncio.sleep(self.first_poll)
        await Poller.shared(self.poll).settled(self.gate)
        yield TriggerEvent({"gate": self.gate})  # type: ignore[no-untyped-call]  # Airflow leaves it untyped


class Poller:
    """Looks at every waiting gate of this process with one query a round."""

    _shared: Poller | None = None

    def __init__(self, poll: float) -> None:
        self.poll = poll
        self.waiting: dict[int, set[asyncio.Future[None]]] = {}
        self.rounds: asyncio.Task[None] | None = None

    @classmethod
    def shared(cls, poll: float) -> Poller:
        """The poller of this process's event loop."""
        loop = asyncio.get_running_loop()
        if cls._shared is None or (cls._shared.rounds is not None and cls._shared.rounds.get_loop() is not loop):
            cls._shared = cls(poll)
        return cls._shared

    async def settled(self, gate: int) -> None:
        """Return once a gate is no longer open."""
        future = asyncio.get_running_loop().create_future()
        self.waiting.setdefault(gate, set()).add(future)
        if self.rounds is None or self.rounds.done():
            self.rounds = asyncio.create_task(self._rounds())
        try:
            await future
        finally:
            futures = self.waiting.get(gate, set())
            futures.discard(future)
            if not futures:
                self.waiting.pop(gate, None)

    async def _rounds(self) -> None:
        while self.waiting:
            try:
                closed = await asyncio.to_thread(not_open, list(self.waiting))
            except Exception:  # the register is away for a moment: keep waiting, and say so
                log.exception("the register could not be asked; trying again")
                closed = []
            for gate in closed:
                for future in self.waiting.pop(gate, set()):
                    if not future.done():
                        future.set_result(None)
            await asyncio.sleep(self.poll)


def not_open(gates: list[int]) -> list[int]:
    """Which of the gates are settled, void or gone: one query."""
    register = Register(settings_from_airflow().database_url)
    with register.read() as session:
        still = set(session.scalars(select(GateRow.id).where(GateRow.id.in_(gates), GateRow.state == GateState.OPEN.value)))
    return [gate for gate in gates if gate not in still]
