"""The front with its desks in this process: what a runtime answers, without the processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from modelops_airflow.serving import Answering, Canary, Front, Outages, PredictionLog, Reply, Shadow, Slot, State


class Seat:
    """A desk that cannot go away; callers get what it says."""

    why = ""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering

    @property
    def state(self) -> State:
        return self.answering.state()

    async def ask(self, body: bytes, why: str = "") -> Reply:
        reply, noted = self.answering.answer(body, why)
        if noted is not None:
            noted.given = True
        return reply


def make_app(
    slot: Slot, *, canary: Canary | None = None, shadow: Shadow | None = None, fallback: Slot | None = None,
    log: PredictionLog | None = None, token: str = "",
) -> Front:
    """A front before one model and, perhaps, its fallback."""
    runtime = Answering(slot.model, slot, canary=canary, shadow=shadow, log=log)
    beside = Seat(Answering(slot.model, fallback, role="fallback", log=log)) if fallback is not None else None

    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        yield
        runtime.stop()

    return Front(slot.model, Seat(runtime), beside, Outages(slot.model, None, print), token=token, life=life)
