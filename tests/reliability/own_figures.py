"""The figures that this folder measures: crashes, kills, sequences, sixteen at once, stopped deployers."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from broken_on_purpose import events_in_another_transaction, written_in_place
from crash_matrix import ACTIONS, HOW, matrix
from figure import Figure, Measured, so_many
from fleet_edits import MODELS, guessed, random_edits
from moved_clock import moved
from places import places_on
from random_kills import random_kills
from sixteen import sixteen_at_once, whoever_comes_counts
from state_machine import DEPLOYMENT_TRIGGERS, no_gate_is_asked, sequences
from stopped import stopped_deployers, target_without_fence

KILLS, SEQUENCES, ON_POSTGRES, ROUNDS, EDITS = 220, 2000, 300, 200, 500
DATABASES = {"sqlite": "SQLite", "postgres": "Postgres"}


def _crashes(backend: str, seed: int, share: float) -> Measured:
    with places_on(backend) as places:
        told = matrix(places, every=round(1 / share), seed=seed)
        with written_in_place():
            torn = matrix(places, actions=["deploy"], how=["kill"], every=12, seed=seed)
        with events_in_another_transaction():
            apart = matrix(places, actions=["approve"], how=["kill"], every=2)
    met = told["violations"] == 0 and len(told["ways"]) == len(ACTIONS) * len(HOW) and torn["violations"] > 0 < apart["violations"]
    cases = ", ".join(f"{name} {number}" for name, number in told["points"].items())
    return Measured(
        f"{told['cases']} cases ({cases}), {told['violations']} violations",
        f"files written in place: {torn['violations']} of {torn['cases']} cases show it; "
        f"the event in another transaction: {apart['violations']} of {apart['cases']}",
        met, {**told, "in place": torn, "event apart": apart})


def _kills(backend: str, seed: int, share: float) -> Measured:
    with places_on(backend) as places:
        told = random_kills(places, count=so_many(KILLS, share), seed=seed)
        torn = random_kills(places, count=25, seed=seed, broken=written_in_place)
        early = random_kills(places, count=25, seed=seed, early=True)
    nothing = (told["lost"], told["torn"], told["violations"]) == (0, 0, 0)
    both = share < 1 or {"voted", "live"} <= set(told["kinds"])  # of a few kills all may fall before a deployment is done
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(told["kinds"].items()))
    return Measured(
        f"{told['kills']} kills, {told['acknowledged']} acknowledged ({kinds}), {told['lost']} lost; {told['reads']} reads beside them, "
        f"{told['torn']} torn; {told['violations']} violations",
        f"written in place: {torn['torn']} torn after {torn['kills']} kills; acknowledged before the commit: {early['lost']} of "
        f"{early['acknowledged']} lost",
        nothing and both and told["kills"] >= so_many(KILLS, share) and told["acknowledged"] > 0 < told["reads"] and torn["torn"] > 0 < early["lost"],
        {**told, "in place": torn, "early": early})


def _sequences(seed: int, share: float) -> Measured:
    """Most on SQLite, in two parts, and some on Postgres, where each costs several times as much; two processes at a time."""
    counts = {"sqlite": 2 * so_many((SEQUENCES - ON_POSTGRES) // 2, share), "postgres": so_many(ON_POSTGRES, share)}
    parts = [("postgres", counts["postgres"], 3 * seed), *(("sqlite", counts["sqlite"] // 2, 3 * seed + number) for number in (1, 2))]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        going = [(part[0], pool.apply_async(_part, part)) for part in parts]
        off = {backend: pool.apply_async(_gates_off, (backend, seed)) for backend in DATABASES}
        told = {backend: Counter({"sequences": 0, "steps": 0, "violations": 0}) for backend in DATABASES}
        first: list[str] = []
        for backend, one in going:
            found = one.get()
            first += found.pop("first")
            told[backend].update(found)
        controls = {backend: one.get() for backend, one in off.items()}
    total = Counter(told["sqlite"])
    total.update(told["postgres"])
    each = ", ".join(f"{told[backend]['sequences']} sequences on {label}" for backend, label in DATABASES.items())
    return Measured(
        f"{each}, {total['steps']} steps, {total['promotions done']} promotions and {total['rollbacks done']} rollbacks done, "
        f"{total['promotions refused']} promotions refused; {total['violations']} violations",
        "; ".join(f"{label}: {_found(controls[backend])}" for backend, label in DATABASES.items()),
        all(_played(told[backend], counts[backend]) and _noticed(controls[backend]) for backend in DATABASES),
        {**total, "first": first, "on": told, "controls": controls})


def _part(backend: str, count: int, seed: int) -> dict[str, Any]:
    with moved(backend) as places:
        return sequences(places, count=count, seed=seed)


def _gates_off(backend: str, seed: int) -> dict[str, Any]:
    """The controls: no gate is asked, and then the database does not ask either."""
    with moved(backend) as places:
        return {"gates off": sequences(places, count=20, seed=seed, broken=no_gate_is_asked),
                "both off": sequences(places, count=200, seed=seed, broken=no_gate_is_asked, without=DEPLOYMENT_TRIGGERS)}


def _played(told: Counter[str], count: int) -> bool:
    """As many as asked for, each with steps, and enough happened in them to be worth a look."""
    done = told["promotions done"] > count // 4 and told["rollbacks done"] >= count // 50 and told["clock moved"] > 0
    return told["violations"] == 0 and told["sequences"] >= count and told["steps"] > told["sequences"] and done


def _noticed(control: dict[str, Any]) -> bool:
    """Without the gates the database refuses; without both the checker names what was not approved."""
    alone, both = control["gates off"], control["both off"]
    return alone["violations"] == 0 < alone.get("refused by the database alone", 0) and any("approve-" in one for one in both["first"])


def _found(control: dict[str, Any]) -> str:
    alone, both = control["gates off"], control["both off"]
    return (f"gates not asked, the database alone refused {alone.get('refused by the database alone', 0)} in {alone['sequences']} sequences; "
            f"its triggers off as well, found in sequence {both['sequences']}")


def _sixteen(backend: str, seed: int, share: float) -> Measured:
    with places_on(backend) as places:
        told = sixteen_at_once(places, count=so_many(ROUNDS, share), seed=seed)
        off = sixteen_at_once(places, count=3, seed=seed, broken=whoever_comes_counts)
    clean = (told["one promotion"], told["self-counted"], told["double-counted"], told["violations"]) == (told["rounds"], 0, 0, 0)
    return Measured(
        f"{told['rounds']} rounds, {told['one promotion']} with one promotion; {told['self-counted']} self-counted, "
        f"{told['double-counted']} double-counted; {told['acts done']} acts done, {told['acts refused']} refused",
        f"votes of whoever comes: {off['self-counted']} of {off['rounds']} rounds self-counted",
        clean and told["rounds"] >= so_many(ROUNDS, share) and off["self-counted"] > 0, {**told, "guard off": off})


def _stopped(backend: str, _seed: int, share: float) -> Measured:
    with places_on(backend) as places:
        told = stopped_deployers(places, count=so_many(ROUNDS, share))
        off = stopped_deployers(places, count=5, broken=target_without_fence)
    return Measured(
        f"{told['refused at the target']} of {told['rounds']} refused at the target, {told['overwritten']} overwritten, "
        f"{told['violations']} violations",
        f"the target without its fence: {off['overwritten']} of {off['rounds']} overwritten",
        told["refused at the target"] == told["rounds"] >= so_many(ROUNDS, share) and told["violations"] == 0 and off["overwritten"] == off["rounds"],
        {**told, "fence off": off})


def _edits(seed: int, share: float) -> Measured:
    """In a folder of its own, where no register is: evidence is that of local runs."""
    count, before = so_many(EDITS, share), Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            told = random_edits(Path(folder) / "fleet", count, seed)
            try:
                with guessed():
                    random_edits(Path(folder) / "guessed", 12, seed)
                found = "nothing found"
            except AssertionError:
                found = "a prediction that is not what then is, found"
        finally:
            os.chdir(before)
    changes = ", ".join(f"{number} {what}" for what, number in sorted(told.items()) if " -> " in what)
    return Measured(
        f"{told['edits']} edits of {MODELS} models, no prediction wrong: {changes}; {told['needs a run']} said to need a run, {told['untouched']} untouched",
        f"a replay that guesses: {found}",
        told["edits"] >= count and found.endswith(", found") and (share < 1 or min(told["pass -> fail"], told["fail -> pass"], told["needs a run"]) > 0), dict(told))


def _on_both(name: str, what: str, how: str, target: str, measure: Callable[[str, int, float], Measured]) -> list[Figure]:
    return [Figure(f"{name}-{backend}", f"{what}, {label}", how, target, partial(measure, backend))
            for backend, label in DATABASES.items()]


OWN = [
    Figure("sequences", "State machine of what people do", "Hypothesis, 17 rules, the database's clock moved, against a pure model; "
           "after every step a checker of raw rows", f"{SEQUENCES} sequences, {ON_POSTGRES} of them on Postgres, no violation", _sequences),
    *_on_both("crashes", "Crash matrix", "an error, and a SIGKILL, at the N-th statement, commit, file operation or half write, for "
              "every N: register, approve, promote, deploy, roll back, pack; then done again, and converged", "no violation", _crashes),
    *_on_both("sixteen", "Sixteen processes on one subject", "approve, take back, promote at once; the ledger replayed from raw rows",
              f"{ROUNDS} rounds, one promotion each, nobody self-counted or double-counted", _sixteen),
    *_on_both("stopped", "Eight deployers, one stopped with its fence", "SIGSTOP before the switch, another goes live, SIGCONT",
              f"refused at the target {ROUNDS} of {ROUNDS}", _stopped),
    *_on_both("kills", "Random kill -9", "of processes that vote or deploy, on a slow disk, with a reader",
              f"{KILLS} kills: nothing acknowledged lost, nothing torn, old or new live", _kills),
    Figure("fleet-edits", "What plan foretells, against what then is", f"random edits of packs, thresholds, life cycles and governance of a fleet of {MODELS} models; "
           "each plan run anew, model by model", f"{EDITS} edits, no prediction wrong", _edits),
]
