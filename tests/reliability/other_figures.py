"""Figures that other folders of tests measure; each with the functions of that folder."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from figure import Figure, Measured, so_many
from places import places_on, started

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
MUTANTS, IN_DATABASE, EVENTS, FILES, TEXTS, MUTATIONS = 10_000, 200, 1000, 100, 1500, 20_000
APPENDS, VERIFIED = 100, 50_000
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


def _from(folder: str, module: str) -> Any:
    """A module of another folder of tests; None if it is not there."""
    if not (TESTS / folder / f"{module}.py").is_file():
        return None
    sys.path.insert(0, str(TESTS / folder))
    return importlib.import_module(module)


def _mutants(backend: str, seed: int, share: float) -> Measured | None:
    made = _from("ledger", "mutants")
    if made is None:
        return None
    with places_on(backend) as places:
        register = places.found().register
        made.make_log(register, EVENTS)
        rows = made.read_raw(register)
        told = made.in_core(rows, made.tip_of(rows), count=so_many(MUTANTS, share), seed=seed)
        real = made.in_database(register, rows, made.tip_of(rows), count=so_many(IN_DATABASE, share), seed=seed)
    return Measured(
        f"{told['mutants']} mutants over the walk, {told['missed']} missed; {real['mutants']} in the database itself, {real['missed']} missed",
        f"without an anchor {told['missed_without_anchor']} are missed ({', '.join(told['kinds_missed_without_anchor'])})",
        told["missed"] == real["missed"] == 0 < told["missed_without_anchor"] and told["mutants"] >= so_many(MUTANTS, share)
        and real["mutants"] >= so_many(IN_DATABASE, share),
        {"walk": told, "database": real})


def _malicious(_seed: int, _share: float) -> Measured | None:
    made = _from("kinds", "malicious_figures")
    if made is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        told = asdict(made.figures(Path(folder) / "files"))
    clean = (told["executed"], told["accepted"], told["raised"]) == (0, 0, 0)
    return Measured(
        f"{told['files']} files, {told['executed']} executed, {told['accepted']} accepted; slowest {told['slowest']:.2f} s, "
        f"{told['memory'] >> 20} MB", f"loaded the usual way {told['firing']} of them execute",
        clean and told["files"] >= FILES and told["firing"] == told["biting"] > 0 and told["slowest"] < 2 and told["memory"] <= 512 << 20, told)


def _hostile(seed: int, share: float) -> Measured | None:
    """Also the texts of one kind of file through a reader that is not ours, which knows no places."""
    made = _from("hostile", "hostile_figures")
    if made is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        told = made.hostile_figures(Path(folder), mutations=so_many(MUTATIONS, share), seed=seed, every=round(1 / share), arguments_every=2 * round(1 / share))
    control = made.Watch()
    for number, text in enumerate(made.mutants(made.VALID["model"], so_many(1000, share), seed)):
        control.take(f"mutant {number}", lambda text=text: yaml.safe_load(text))
    told |= {"control": {"inputs": control.inputs, "tracebacks": len(control.tracebacks)}}
    clean = (told["tracebacks"], told["faults"], told["outgoing"]) == (0, 0, 0) and len(control.tracebacks) > 0
    enough = told["files"] >= so_many(TEXTS, share) and told["mutations"] >= so_many(MUTATIONS, share)
    enough = enough and 0 < told["commands"] == min(told["calls"], len(made.ARGUMENTS))
    return Measured(
        f"{told['files']} texts in files, {told['calls']} as arguments of {told['commands']} commands, {told['mutations']} mutations; {told['tracebacks']} tracebacks, "
        f"{told['faults']} without a place or too slow, {told['outgoing']} requests; slowest {told['slowest_s']} s of the processor "
        f"({told['slowest_wall_s']} s on the wall), largest {told['largest_mb']} MB",
        f"read as plain YAML, {len(control.tracebacks)} of {control.inputs} mutants end in a traceback; in its own tests: "
        "a slow input, a bomb without its limit and a request are noticed",
        clean and enough and told["slowest_s"] < 2 and told["largest_mb"] < 512, told)


def _speed(_seed: int, share: float) -> Measured | None:
    """benchmarks/ledger.py on both databases, each of which waits for its disk at every commit."""
    script = ROOT / "benchmarks" / "ledger.py"
    if not script.is_file():
        return None
    with started(durable=True) as server:
        waits = {name: server.setting(name) for name in DURABLE}
        told = {name: _benchmark(script, share, *where) for name, where in
                (("SQLite", ()), ("Postgres", ("--register", server.new())))}
    control = _deferred(share)
    met = control["lost"] > 0 and set(waits.values()) == {"on"} and all(_fast_enough(one, share) for one in told.values())
    return Measured("; ".join(
        f"{name}: {one['appends_per_second']} appends/s, {one['lost']} of {one['appends']} lost, {one['verified_per_second']} verified/s"
        for name, one in told.items()) + f"; Postgres says {', '.join(f'{name} {value}' for name, value in waits.items())}",
        f"with SQLite's deferred BEGIN {control['lost']} of {control['appends']} are lost", met, {**told, "waits": waits, "deferred": control})


def _fast_enough(one: dict[str, Any], share: float) -> bool:
    """As many as were asked for, none lost, none amiss, and quick."""
    enough = one["appends"] >= one["writers"] * so_many(APPENDS, share) and one["verified"] >= so_many(VERIFIED, share)
    return enough and one["lost"] == one["problems"] == 0 and one["appends_per_second"] >= 200 and one["verified_per_second"] >= 50_000


def _deferred(share: float) -> dict[str, int]:
    """The writers of the ledger's own control, who take the lock only when they write, until an append is lost."""
    made = _from("ledger", "test_concurrent_appends")
    told = {"appends": 0, "lost": 0}
    for _ in range(so_many(5, share)):
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/register.db"
            made.Register(url).migrate()
            made._all_at_once(made._write_deferred, url)  # ten appends each
            with made.Register(url).read() as session:
                there = len(list(session.scalars(made.select(made.EventRow.index))))
        told = {"appends": told["appends"] + made.WRITERS * 10, "lost": told["lost"] + made.WRITERS * 10 - there}
        if told["lost"]:
            break
    return told


def _benchmark(script: Path, share: float, *where: str) -> dict[str, Any]:
    counts = ("--events", str(so_many(VERIFIED, share)), "--appends", str(so_many(APPENDS, share)))
    ended = subprocess.run([sys.executable, str(script), *counts, *where], cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(json.loads(ended.stdout))


OTHERS = [
    *(Figure(f"mutants-{backend}", f"Mutants of a ledger of {EVENTS} events, {label}", "edit, delete, swap, put in, truncate, rehash; "
             "verified with the last anchored checkpoint", f"{MUTANTS} mutants over the walk and {IN_DATABASE} in the database, none missed", partial(_mutants, backend))
      for backend, label in (("sqlite", "SQLite"), ("postgres", "Postgres"))),
    Figure("malicious", "Malicious model files", "scanned in a process of its own, each with a canary",
           f"at least {FILES}, none executed, none accepted, none over 2 s or 512 MB", _malicious, alone=True),
    Figure("hostile", "Hostile inputs", "corpora in every field of valid files of every kind, and as arguments of every command that reads; mutations of such "
           "files; seconds are the processor's; hostile requests are in the row of the routes",
           f"at least {TEXTS:,} texts in files and {MUTATIONS:,} mutations: no traceback, none over 2 s or 512 MB, no request leaves the machine", _hostile, alone=True),
    Figure("ledger-speed", "Ledger under load", "benchmarks/ledger.py: 8 writers, on databases that wait for their disk at every commit (SQLite synchronous=FULL, Postgres fsync=on); "
           "verification of stored bytes",
           "on both, 200 appends/s, none lost; 50,000 events/s verified", _speed, alone=True),
]
