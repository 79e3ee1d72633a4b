"""One query for all waiting gates of a triggerer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from modelops_airflow.operators import gate_trigger
from modelops_airflow.operators.gate_trigger import GateTrigger, Poller


def in_a_loop_of_its_own(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """In another thread: a browser test before may have left this thread's loop running."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(work())).result()


def test_fifty_gates_are_asked_for_in_one_query_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def not_open(gates: list[int]) -> list[int]:
        asked.append(len(gates))
        return list(gates) if len(asked) == 3 else []

    monkeypatch.setattr(gate_trigger, "not_open", not_open)
    monkeypatch.setattr(Poller, "_shared", None)

    async def wait() -> None:
        async def one(gate: int) -> None:
            async for event in GateTrigger(gate, first_poll=0, poll=0.01).run():
                assert event.payload == {"gate": gate}
                return

        await asyncio.wait_for(asyncio.gather(*(one(gate) for gate in range(50))), 10)

    in_a_loop_of_its_own(wait)
    assert asked == [50, 50, 50]


def test_a_register_that_is_away_for_a_moment_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([OSError("gone"), [1]])

    def not_open(gates: list[int]) -> list[int]:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(gate_trigger, "not_open", not_open)
    monkeypatch.setattr(Poller, "_shared", None)

    async def wait() -> None:
        async for event in GateTrigger(1, first_poll=0, poll=0.01).run():
            assert event.payload == {"gate": 1}
            return

    in_a_loop_of_its_own(lambda: asyncio.wait_for(wait(), 10))


def test_a_trigger_carries_no_address_or_secret() -> None:
    _, kwargs = GateTrigger(7, 15, 5).serialize()
    assert kwargs == {"gate": 7, "first_poll": 15, "poll": 5}
