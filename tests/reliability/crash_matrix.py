"""The crash matrix: every action fails at its first, second, ... point until none is left, and nothing is lost.

After each failure, whether an error or a SIGKILL of the process: raw rows hang together, every stored byte is what
its name says, the target shows the old or the new version, the action done again succeeds, and converging ends in
the same state as without the crash.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import raw_approvals
import raw_ledger
import raw_rows
from crash_actions import ACTIONS, Action
from nth_fault import at
from places import Kept, Places

from bank import Bank
from modelops_airflow.errors import ModelOpsError
from modelops_airflow.inventory.register import Register
from modelops_airflow.ledger import verify

FORK = multiprocessing.get_context("fork")
HOW = ("error", "kill")


@dataclass(frozen=True)
class Start:
    """Where an action starts, and where it ends if nothing fails."""

    action: Action
    kept: Kept
    needed: Any
    old: str | None
    new: str | None
    end: dict[str, Any]


def matrix(places: Places, *, actions: Sequence[str] = tuple(ACTIONS), how: Sequence[str] = HOW, every: int = 1,
           seed: int = 0, table: Mapping[str, Action] = ACTIONS) -> dict[str, Any]:
    """Fail at each N-th point of each action; answers how many, and what was wrong.

    Args:
        every: only each so-manieth point; `seed` says from which on.
        table: the actions that there are.
    """
    points, ways, problems = Counter[str](), Counter[str](), list[str]()
    bad = 0
    for name in actions:
        start = _start(places, table[name])
        for way in how:
            nth = 1 + seed % every
            while True:
                reached, wrong = _case(places, start, nth, way)
                if not reached:
                    break
                points[name] += 1
                ways[f"{name}, {way}"] += 1
                bad += bool(wrong)
                problems += [f"{places.backend}: {name}, {way} at point {nth}: {one}" for one in wrong]
                nth += every
    return {"database": places.backend, "cases": sum(points.values()), "points": dict(points), "ways": dict(ways),
            "violations": bad, "first": problems[:3]}


def _start(places: Places, action: Action) -> Start:
    bank = places.found()
    needed = action.before(bank)
    kept, old = places.keep(bank), bank.shown()
    bank = places.again(kept)
    action.do(bank, needed)
    _converge(bank)
    return Start(action, kept, needed, old, bank.shown(), end_of(bank))


def _case(places: Places, start: Start, nth: int, how: str) -> tuple[bool, list[str]]:
    """One failure; answers whether there was such a point, and what was wrong after it."""
    bank = places.again(start.kept)
    reached = _fail(bank, start, nth) if how == "error" else _kill(bank, start, nth)
    if not reached:
        return False, []
    Register(bank.url).engine.dispose()
    found = state_problems(bank, {start.old, start.new})
    try:
        if (nth + (how == "kill")) % 2:
            _converge(bank)
            found += state_problems(bank, {start.old, start.new})
        start.action.do(bank, start.needed)
        _converge(bank)
    except (ModelOpsError, OSError) as error:
        return True, [*found, f"done again: {error}"]
    found += state_problems(bank, {start.new})
    end = end_of(bank)
    return True, found + [f"another end: {key}: {end[key]}, not {start.end[key]}" for key in end if end[key] != start.end[key]]


def _fail(bank: Bank, start: Start, nth: int) -> bool:
    with at(nth, "error", bank.root) as fault, suppress(Exception):
        start.action.do(bank, start.needed)
    gc.collect()  # a traceback in a cycle keeps a half-read statement of SQLite alive, and with it its lock, until Python tidies up
    return fault.reached


def _kill(bank: Bank, start: Start, nth: int) -> bool:
    Register(bank.url).engine.dispose()
    process = FORK.Process(target=_die, args=(bank, start, nth))
    process.start()
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL), f"the process ended with {process.exitcode}"
    return process.exitcode != 0


def _die(bank: Bank, start: Start, nth: int) -> None:
    with at(nth, "kill", bank.root):
        start.action.do(bank, start.needed)
    os._exit(0)


def _converge(bank: Bank) -> None:
    """Half an hour later the sync task looks after what was left."""
    bank.sql("UPDATE modelops_deployment SET at = '2001-01-01 00:00:00.000000' WHERE state IN ('intent', 'publishing')")
    for _ in range(3):
        if not bank.converge():
            return


def state_problems(bank: Bank, may_show: set[str | None]) -> list[str]:
    """What is wrong with rows, files and target; both the second opinion and our own verification are asked."""
    rows = raw_rows.read(bank.url)
    found = raw_ledger.problems(rows)
    for row in rows.of("deployment"):
        if row["state"] in ("intent", "publishing", "live"):
            found += [f"deployment {row['id']} {one}" for one in raw_approvals.lacking(rows, row)]
    for file in [*bank.root.glob("evidence/*/*"), *bank.root.glob("live/artifacts/*")]:
        if not file.name.startswith(".partial-") and sha256(file.read_bytes()).hexdigest() != file.name:
            found.append(f"{file.name[:12]} is torn")
    try:
        if bank.shown() not in may_show:
            found.append(f"the target shows {bank.shown()}")
        with bank.register.read() as session:
            found += verify(session)
    except ModelOpsError as error:
        found.append(str(error))
    return found


def end_of(bank: Bank) -> dict[str, Any]:
    """What an action leaves, without times, numbers of rows and how often something was tried."""
    rows = raw_rows.read(bank.url)
    versions = {row["id"]: row["version"] for row in rows.of("version")}
    return {
        "versions": sorted((row["version"], row["artifact"], row["state"], row["authors"]) for row in rows.of("version")),
        "runs": sorted((row["run_id"], row["plan"], str(row["subject"]), str(row["verdict"])) for row in rows.of("run")),
        "gates": sorted((row["run"], row["step"], row["state"]) for row in rows.of("gate")),
        "decisions": sorted((row["step"], row["person"], row["role"], row["decision"], row["withdrawn_at"] is None)
                            for row in rows.of("decision")),
        "live": [(versions[row["version_id"]], row["artifact"]) for row in rows.of("deployment") if row["state"] == "live"],
        "on its way": [row["id"] for row in rows.of("deployment") if row["state"] in ("intent", "publishing")],
        "packs": sorted({row["run"] for row in rows.of("pack")}),
        "shown": bank.shown(),
    }
