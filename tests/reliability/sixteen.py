"""Sixteen processes approve, take back and promote one subject at once, round after round.

Each round has a new release. First everybody does a few things of their own; then whatever approval is missing is
added, and all sixteen promote at once. The ledger, replayed from its raw rows, says whether exactly one promotion
came of it, and whether it had its distinct people at that very place in the order.
"""

from __future__ import annotations

import multiprocessing
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any

import raw_ledger
import raw_rows
from broken_on_purpose import replaced
from places import Places

from bank import APPROVERS, Bank, Candidate, person
from modelops_airflow.errors import Refused
from modelops_airflow.governance.vote import withdraw
from modelops_airflow.inventory.register import Register

FORK = multiprocessing.get_context("fork")
PROCESSES = 16
CHAPTER = 20
"""So many rounds to a bank; then a new one, so that its ledger stays short."""
NEEDED = {"approve-validation": ("validator", 1), "approve-risk": ("risk", 2)}
MAKERS = ("dana", "olaf")
Broken = Callable[[], AbstractContextManager[None]]


def sixteen_at_once(places: Places, *, count: int, seed: int, broken: Broken = nullcontext) -> dict[str, Any]:
    """So many rounds; answers how many had exactly one promotion, and who was counted who must not be."""
    told, first = Counter[str](), list[str]()
    while told["rounds"] < count:
        with _Company(places.found(), broken) as company:
            for _ in range(min(CHAPTER, count - told["rounds"])):
                found = _round(company, told["rounds"], f"{places.backend} {seed} {told['rounds']}", told)
                told["rounds"] += 1
                told["violations"] += len(found)
                first += found
        wrong = raw_ledger.problems(raw_rows.read(company.bank.url))
        told["violations"] += len(wrong)
        first += wrong
    names = ("rounds", "one promotion", "self-counted", "double-counted", "acts done", "acts refused", "violations")
    return {"database": places.backend, **{name: told[name] for name in names}, "first": first[:3]}


class _Company:
    """Sixteen processes that wait for what to do, and do it together."""

    def __init__(self, bank: Bank, broken: Broken) -> None:
        self.bank = bank
        self._start = FORK.Barrier(PROCESSES)
        Register(bank.url).engine.dispose()
        self._pipes, self._workers = [], []
        for _ in range(PROCESSES):
            here, there = FORK.Pipe()
            self._pipes.append(here)
            self._workers.append(FORK.Process(target=_work, args=(bank, there, self._start, broken), daemon=True))
            self._workers[-1].start()

    def __enter__(self) -> _Company:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.send(None)
        for worker in self._workers:
            worker.join(30)

    def together(self, release: Candidate, acts: Sequence[Sequence[Sequence[str]]]) -> list[list[Any]]:
        """What came of the acts of each process."""
        for pipe, mine in zip(self._pipes, acts, strict=True):
            pipe.send((release, mine))
        return [pipe.recv() for pipe in self._pipes]


def _work(bank: Bank, pipe: Any, start: Any, broken: Broken) -> None:
    with broken():
        while (told := pipe.recv()) is not None:
            release, acts = told
            start.wait(60)
            pipe.send([_act(bank, release, act) for act in acts])
    os._exit(0)


def _act(bank: Bank, release: Candidate, act: Sequence[str]) -> Any:
    try:
        if act[0] == "promote":
            promotion = bank.promote(release)
            return "done", promotion.deployment, promotion.epoch
        if act[0] == "approve":
            bank.vote(release, act[2], act[1])
        else:
            withdraw(bank.register, _last_of(bank, release, act[1]), person(act[1]))
        return ("done",)
    except Refused as refusal:
        return "refused", refusal.code
    except Exception as error:  # nothing else may happen to anybody
        return "error", f"{act[0]}: {type(error).__name__}: {str(error)[:200]}"


def _last_of(bank: Bank, release: Candidate, who: str) -> int:
    mine = [row["id"] for row in raw_rows.read(bank.url).of("decision") if (row["subject"], row["person"]) == (release.subject, who)]
    return mine[-1] if mine else 0


def _round(company: _Company, number: int, seed: str, told: Counter[str]) -> list[str]:
    bank, chance = company.bank, random.Random(seed)
    release = bank.release(f"1.{number}.0")
    mixed = [[_drawn(chance) for _ in range(3)] for _ in range(PROCESSES)]
    mixed[0], mixed[1] = [("approve", "rita", "approve-risk")] * 3, [("approve", "rita", "approve-risk")] * 3
    first = [one for answers in company.together(release, mixed) for one in answers]
    for gate, who in APPROVERS:
        with suppress(Refused):
            bank.vote(release, gate, who)
    last = [one for answers in company.together(release, [[("promote",)]] * PROCESSES) for one in answers]
    for one in (*first, *last):
        told[f"acts {one[0]}"] += 1
    found = [one[1] for one in (*first, *last) if one[0] == "error"]
    if len({one for one in last if one[0] == "done"}) != 1 or any(one[0] != "done" for one in last):
        found.append(f"the sixteen were told {set(last)}")
    return found + _counted(bank, release, told)


def _drawn(chance: random.Random) -> tuple[str, ...]:
    who = chance.choice(["vera", "rita", "rolf", "ruth", "rita", "rolf", *MAKERS])
    if chance.random() < 0.2:
        return ("promote",)
    if chance.random() < 0.3:
        return "withdraw", who
    return "approve", who, "approve-validation" if who == "vera" else "approve-risk"


def _counted(bank: Bank, release: Candidate, told: Counter[str]) -> list[str]:
    """Replay the ledger up to the promotion: who counted then."""
    rows = raw_rows.read(bank.url)
    promotions = [fact for fact in rows.told("promotion") if fact["run"] == release.key.run_id]
    told["one promotion"] += len(promotions) == 1
    found = [] if len(promotions) == 1 else [f"{release.version} was promoted {len(promotions)} times"]
    for promotion in promotions:
        standing: list[tuple[str, str, str]] = []
        for fact in rows.told("decision", "withdrawal"):
            if fact["subject"] == release.subject and fact["index"] < promotion["index"]:
                if fact["kind"] == "decision":
                    standing.append((fact["step"], fact["role"], fact["person"]))
                else:
                    standing = [one for one in standing if (one[0], one[2]) != (fact["step"], fact["person"])]
        people = [who for _, _, who in standing]
        told["self-counted"] += any(who in MAKERS for who in people)
        told["double-counted"] += len(people) != len(set(people))
        for step, (role, number) in NEEDED.items():
            counted = {who for where, what, who in standing if (where, what) == (step, role) and who not in MAKERS}
            if len(counted) < number:
                found.append(f"{release.version} was promoted with {len(counted)} of {number} {role}")
    return found


@contextmanager
def whoever_comes_counts() -> Iterator[None]:
    """The control: voting asks neither who the authors are nor who has voted."""
    from modelops_airflow.governance import vote

    with (replaced(vote, "refusal", lambda *_: None),
          replaced(vote, "role_for", lambda gate, *_: next(iter(gate.roles)))):
        yield
