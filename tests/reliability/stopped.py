"""A deployer that was stopped with its fence in hand, and woke up when others had been there.

Eight versions of a bank were live once. In every round eight processes go back at once, each to its own. The first
that holds a fence and is about to switch the target is stopped (SIGSTOP); the others go on until one is live; then
the first is woken (SIGCONT). The target itself must refuse it, and register and target must agree.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import raw_ledger
import raw_rows
from broken_on_purpose import replaced
from places import Kept, Places

from bank import Bank, person
from modelops_airflow.errors import Refused, TargetError
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.inventory.register import Register
from modelops_airflow.steps.deploy import publish
from modelops_airflow.targets import Release, strengths
from modelops_airflow.targets.folder import Folder

FORK = multiprocessing.get_context("fork")
DEPLOYERS = 8
CHAPTER = 10
"""So many rounds to a bank; then it is set back, so that its ledger stays short."""
Broken = Callable[[], AbstractContextManager[None]]


def stopped_deployers(places: Places, *, count: int, broken: Broken = nullcontext) -> dict[str, Any]:
    """So many rounds; answers how often the stale fence was refused at the target, and how often it overwrote."""
    told, first = Counter[str](), list[str]()
    kept = _start(places)
    for number in range(count):
        if number % CHAPTER == 0:
            bank = places.again(kept)
        found = _round(bank, told, broken)
        told["rounds"] += 1
        told["violations"] += len(found)
        first += found
    names = ("rounds", "refused at the target", "overwritten", "refused at the register", "went live", "violations")
    return {"database": places.backend, **{name: told[name] for name in names}, "first": first[:3]}


def _start(places: Places) -> Kept:
    bank = places.found()
    for number in range(DEPLOYERS + 1):
        bank.live(f"1.{number}.0")
    return places.keep(bank)


def _round(bank: Bank, told: Counter[str], broken: Broken) -> list[str]:
    live = _live(bank)
    others = [row["version"] for row in raw_rows.read(bank.url).of("version") if row["artifact"] != live][:DEPLOYERS]
    stop, go, answers = FORK.Semaphore(1), FORK.Event(), FORK.SimpleQueue()
    stopped = FORK.Value("i", 0)
    Register(bank.url).engine.dispose()
    racers = [FORK.Process(target=_race, args=(bank, version, stop, stopped, go, answers, broken), daemon=True)
              for version in others]
    for racer in racers:
        racer.start()
    go.set()
    heard = [answers.get() for _ in range(DEPLOYERS - 1)]
    asleep = next(racer for racer in racers if racer.pid == stopped.value)
    if not any(what == "live" for what, _ in heard):  # all were fenced off by the one that sleeps: one more comes
        heard.append(_go_back(bank, next(version for version, racer in zip(others, racers, strict=True) if racer is not asleep)))
    before = bank.shown()
    os.kill(asleep.pid or 0, signal.SIGCONT)
    late = answers.get()
    for racer in racers:
        racer.join(60)
    told["refused at the register"] += sum(what == "fence" for what, _ in heard)
    told["went live"] += sum(what == "live" for what, _ in heard)
    told["refused at the target"] += late[0] == "target" and bank.shown() == before
    told["overwritten"] += bank.shown() != before
    wrong = [f"{what}: {why}" for what, why in heard if what == "error"]
    wrong += [] if late[0] == "target" else [f"the one that slept: {late}"]
    wrong += [] if bank.shown() == _live(bank) else ["register and target differ"]
    return wrong + raw_ledger.problems(raw_rows.read(bank.url))


def _race(bank: Bank, version: str, stop: Any, stopped: Any, go: Any, answers: Any, broken: Broken) -> None:
    original = Folder._publish

    def sleeping(target: Folder, release: Release) -> None:
        if stop.acquire(block=False):
            stopped.value = os.getpid()
            os.kill(os.getpid(), signal.SIGSTOP)
            with broken():
                original(target, release)
        else:
            original(target, release)

    go.wait(60)
    with replaced(Folder, "_publish", sleeping):
        answers.put(_go_back(bank, version))
    os._exit(0)


def _go_back(bank: Bank, version: str) -> tuple[str, str]:
    try:
        back = rollback(bank.register, "pricing", "production", version, person("olaf"), "worse", strengths=strengths())
        publish(bank.register, back, bank.store, bank.project)
        return "live", version
    except Refused as refusal:
        return "fence", str(refusal)
    except TargetError as error:
        return ("target" if "stale" in str(error) else "error"), str(error)
    except Exception as error:  # nothing else may happen to anybody
        return "error", f"{type(error).__name__}: {error}"


def _live(bank: Bank) -> str | None:
    row = raw_rows.read(bank.url).one("deployment", "state", "live")
    return None if row is None else str(row["artifact"])


@contextmanager
def target_without_fence() -> Iterator[None]:
    """The target forgets what it has seen: the negative control."""
    with replaced(Folder, "_pointer", lambda _target, _model: None):
        yield
