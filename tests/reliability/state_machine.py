"""Thousands of sequences of what people do, each compared with a model and checked by raw rows after every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from broken_on_purpose import replaced
from checked_machine import clock, julian_day
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from places import Kept, Places
from release_machine import ReleaseMachine
from sqlalchemy import Engine, event

from bank import Candidate

STEPS = 25
DEPLOYMENT_TRIGGERS = ("modelops_deployment_permitted_insert", "modelops_deployment_permitted_update")
Broken = Callable[[], AbstractContextManager[None]]


def sequences(
    places: Places, *, count: int, seed: int, broken: Broken = nullcontext, without: Sequence[str] = ()
) -> dict[str, Any]:
    """So many sequences; answers how many ran, what was done in them, and the first violation.

    Args:
        broken: what the product does wrong, for the control; then the checker is alone, without the model.
        without: triggers of the database that are dropped, for the control.
    """
    wrong = ""
    with _moved_clock():
        machine = type("Seeded", (ReleaseMachine,), {"places": places, "kept": _start(places, without), "seen": Counter(),
                                                      "compare": broken is nullcontext})
        try:
            with broken():
                _run(machine, count, seed, shrink=broken is nullcontext)
        except AssertionError as error:
            wrong = str(error).split("\n")[0] or "an assertion of the machine"
    seen = dict(sorted(machine.seen.items()))
    return {"sequences": seen.pop("sequences"), **seen, "violations": int(bool(wrong)), "first": [wrong] if wrong else []}


def _run(machine: type[ReleaseMachine], count: int, number: int, *, shrink: bool) -> None:
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    chosen = settings(max_examples=count, stateful_step_count=STEPS, deadline=None, database=None, phases=phases,
                      suppress_health_check=list(HealthCheck), report_multiple_bugs=False, print_blob=False)
    run_state_machine_as_test(seed(number)(machine), settings=chosen)


def _start(places: Places, without: Sequence[str]) -> tuple[Kept, list[Candidate]]:
    """A bank with one version that is live and one whose gates are open."""
    bank = places.found()
    releases = [bank.live("1.0.0"), bank.release("1.1.0")]
    for trigger in without:
        bank.sql(f"DROP TRIGGER {trigger}")
    return places.keep(bank), releases


@contextmanager
def no_gate_is_asked() -> Iterator[None]:
    """The control: promotion does not look at the gates."""
    from modelops_airflow.governance import obstacles

    with replaced(obstacles, "_gate_obstacles", lambda *_arguments, **_facts: []):
        yield


@contextmanager
def _moved_clock() -> Iterator[None]:
    """SQLite's own clock is the machine's: what tells the time are functions there, and may be others."""
    def set_clock(connection: Any, _record: Any) -> None:
        connection.create_function("current_timestamp", 0, clock)
        connection.create_function("julianday", 1, julian_day)

    event.listen(Engine, "connect", set_clock)
    try:
        yield
    finally:
        event.remove(Engine, "connect", set_clock)
