"""Thousands of sequences of what people do, each compared with a model and checked by raw rows after every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import MappingProxyType
from typing import Any

from broken_on_purpose import replaced
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from moved_clock import clock, from_the_start
from places import Kept, Places
from release_machine import ReleaseMachine

from bank import Candidate
from modelops_airflow.database import database_time

STEPS = 25
DEPLOYMENT_TRIGGERS = {"sqlite": ("modelops_deployment_permitted_insert", "modelops_deployment_permitted_update"),
                       "postgres": ("modelops_deployment_permitted",)}
Broken = Callable[[], AbstractContextManager[None]]


def sequences(
    places: Places, *, count: int, seed: int, broken: Broken = nullcontext, without: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> dict[str, Any]:
    """So many sequences; answers how many ran, what was done in them, and the first violation.

    Args:
        places: of `moved_clock.moved`.
        broken: what the product does wrong, for the control; then the checker is alone, without the model.
        without: triggers on deployments that are off in each database, for the control.
    """
    wrong = ""
    machine = type("Seeded", (ReleaseMachine,), {"places": places, "kept": _start(places, without.get(places.backend, ())),
                                                  "seen": Counter(), "compare": broken is nullcontext})
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
    from_the_start()
    bank = places.found()
    releases = [bank.live("1.0.0"), bank.release("1.1.0")]
    with bank.register.read() as session:
        now = database_time(session)
    assert f"{now:%Y-%m-%d %H:%M:%S}" == clock(), f"the clock of {places.backend} is not moved: it says {now}"
    bank.without("modelops_deployment", *without)
    return places.keep(bank), releases


@contextmanager
def no_gate_is_asked() -> Iterator[None]:
    """The control: promotion does not look at the gates."""
    from modelops_airflow.governance import obstacles

    with replaced(obstacles, "_gate_obstacles", lambda *_arguments, **_facts: []):
        yield
