"""Kill -9 at random times: of processes that vote and take back, and of processes that deploy.

A child says what it did only after it was done. Whatever it said must be there afterwards, no file may be torn,
and the target shows the version that is live or the one on its way. A reader looks on all the time.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any

import raw_ledger
import raw_rows
from places import Places
from slow_disk import slow_disk

from bank import Bank, Candidate, person
from modelops_airflow.errors import ModelOpsError
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.vote import withdraw
from modelops_airflow.inventory.register import Register
from modelops_airflow.steps.deploy import publish
from modelops_airflow.targets import strengths

FORK = multiprocessing.get_context("fork")
CHAPTER = 25
"""So many kills to a bank; then a new one, so that its ledger stays short."""

Broken = Callable[[], AbstractContextManager[None]]


def random_kills(places: Places, *, count: int, seed: int, broken: Broken = nullcontext, early: bool = False) -> dict[str, Any]:
    """Kill so many children; answers what was acknowledged, what of it is lost, and what was torn.

    Args:
        broken: what the children do wrong, for the control.
        early: they say it before they do it, for the control.
    """
    chance = random.Random(f"kills {places.backend} {seed}")
    told = {"database": places.backend, "kills": 0, "acknowledged": 0, "lost": 0, "torn": 0, "reads": 0, "violations": 0}
    first, kinds = list[str](), Counter[str]()
    bank = places.found()
    bank.live("1.0.0")
    began = time.monotonic()
    bank.live("1.1.0")
    longest = 0.05 + (time.monotonic() - began)
    release = bank.release("2.0.0")
    kept = places.keep(bank)
    while told["kills"] < count:
        bank = places.again(kept)
        with _watched(bank) as seen:
            for _ in range(min(CHAPTER, count - int(told["kills"]))):
                said = _killed(bank, release, chance.uniform(0.001, longest), chance, broken, early=early)
                lost, torn, wrong = _after(bank, said, heal=chance.random() < 0.5)
                told["kills"] += 1
                told["acknowledged"] += len(said)
                kinds.update(kind for one in said for kind in one)
                told["lost"] += lost
                told["torn"] += torn
                told["violations"] += len(wrong)
                first += wrong
        told["reads"] += seen["reads"]
        told["torn"] += seen["torn"]
    return {**told, "kinds": dict(kinds), "first": first[:3]}


def _killed(bank: Bank, release: Candidate, after: float, chance: random.Random, broken: Broken, *, early: bool) -> list[dict[str, Any]]:
    """Start a child, kill it after so many seconds; answers what it said."""
    Register(bank.url).engine.dispose()
    reading, writing = os.pipe()
    work = _vote_for_ever if chance.random() < 0.5 else _deploy_for_ever
    child = FORK.Process(target=_child, args=(work, bank, release, writing, broken, early))
    child.start()
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        assert said.readline() == b"ready\n"
        time.sleep(after)
        child.kill()
        child.join()
        assert child.exitcode == -signal.SIGKILL, "the child ended by itself"
        return [json.loads(line) for line in said if line.endswith(b"\n")]


def _child(work: Any, bank: Bank, release: Candidate, writing: int, broken: Broken, early: bool) -> None:
    def say(what: dict[str, Any]) -> None:
        os.write(writing, json.dumps(what).encode() + b"\n")

    def act(what: dict[str, Any], verb: Callable[[], Any]) -> None:
        if early:
            say(what)
        verb()
        if not early:
            say(what)

    with slow_disk(), broken():
        os.write(writing, b"ready\n")
        work(bank, release, act)


def _vote_for_ever(bank: Bank, release: Candidate, act: Any) -> None:
    number = 0
    while True:
        mine = next((row["id"] for row in raw_rows.read(bank.url).of("decision")
                     if (row["subject"], row["person"], row["withdrawn_at"]) == (release.subject, "rita", None)), None)
        number += 1
        if mine is None:
            comment = f"{os.getpid()}-{number}"
            act({"voted": comment}, lambda said=comment: bank.vote(release, "approve-risk", "rita", comment=said))
        else:
            act({"withdrawn": mine}, lambda one=mine: withdraw(bank.register, one, person("rita")))


def _deploy_for_ever(bank: Bank, _: Candidate, act: Any) -> None:
    artifacts = {row["version"]: row["artifact"] for row in raw_rows.read(bank.url).of("version")}
    while True:
        rows = raw_rows.read(bank.url)
        live = next(row for row in rows.of("deployment") if row["state"] == "live")
        other = "1.0.0" if live["artifact"] == artifacts["1.1.0"] else "1.1.0"
        if bank.shown() != artifacts[other]:  # an artifact that nobody shows may be gone; then it is written again
            (bank.root / "live" / "artifacts" / artifacts[other].removeprefix("sha256:")).unlink(missing_ok=True)
        back = rollback(bank.register, "pricing", "production", other, person("olaf"), "worse", strengths=strengths())
        act({"live": [back.deployment, back.epoch]}, lambda one=back: publish(bank.register, one, bank.store, bank.project))


def _after(bank: Bank, said: list[dict[str, Any]], *, heal: bool) -> tuple[int, int, list[str]]:
    """How much of what was said is lost, how many files are torn, and whatever else is wrong."""
    rows = raw_rows.read(bank.url)
    there = {("voted", row["comment"]) for row in rows.of("decision")}
    there |= {("withdrawn", row["id"]) for row in rows.of("decision") if row["withdrawn_at"] is not None}
    there |= {("live", (fact["deployment"], fact["epoch"])) for fact in rows.told("live")}
    claimed = [(kind, tuple(value) if isinstance(value, list) else value) for one in said for kind, value in one.items()]
    wrong = raw_ledger.problems(rows)
    torn = _torn(bank.root / "live" / "artifacts")
    may_show = {row["artifact"] for row in rows.of("deployment") if row["state"] in ("live", "intent", "publishing")}
    try:
        if bank.shown() not in may_show:
            wrong.append(f"the target shows {bank.shown()}")
        if heal:
            bank.converge()
            live = [row["artifact"] for row in raw_rows.read(bank.url).of("deployment") if row["state"] == "live"]
            wrong += [] if live == [bank.shown()] else [f"converged to {live}, the target shows {bank.shown()}"]
    except ModelOpsError as error:
        torn += "not readable" in str(error)
        wrong.append(str(error))
        (bank.root / "live" / "live" / "pricing.json").unlink(missing_ok=True)  # else no child of a control would go on
    return sum(one not in there for one in claimed), torn, wrong


def _torn(folder: Path) -> int:
    return sum(sha256(file.read_bytes()).hexdigest() != file.name for file in folder.glob("*") if not file.name.startswith("."))


@contextmanager
def _watched(bank: Bank) -> Iterator[dict[str, int]]:
    """Somebody who reads the target and its register all the time; answers how often, and how often it was torn."""
    seen = {"reads": 0, "torn": 0}
    here, there = FORK.Pipe()
    Register(bank.url).engine.dispose()
    reader = FORK.Process(target=_read, args=(bank, there), daemon=True)
    reader.start()
    try:
        yield seen
    finally:
        here.send(None)
        if here.poll(30):
            seen.update(here.recv())
        reader.join(30)


def _read(bank: Bank, stop: Any) -> None:
    known = {row["artifact"] for row in raw_rows.read(bank.url).of("version")}
    reads = torn = epoch = 0
    while not stop.poll(0.004):
        reads += 1
        try:
            shown = json.loads((bank.root / "live" / "live" / "pricing.json").read_bytes())
            torn += shown["artifact"] not in known or shown["epoch"] < epoch
            epoch = shown["epoch"]
        except (ValueError, FileNotFoundError):
            torn += 1
    stop.send({"reads": reads, "torn": torn})
