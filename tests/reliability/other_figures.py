"""Figures that other folders of tests measure; each with the functions of that folder."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from figure import Figure, Measured, so_many
from places import places_on, started

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
MUTANTS, EVENTS, FILES, MUTATIONS = 10_000, 1000, 100, 20_000


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
        real = made.in_database(register, rows, made.tip_of(rows), count=so_many(200, share), seed=seed)
    return Measured(
        f"{told['mutants']} mutants over the walk, {told['missed']} missed; {real['mutants']} in the database itself, {real['missed']} missed",
        f"without an anchor {told['missed_without_anchor']} are missed ({', '.join(told['kinds_missed_without_anchor'])})",
        told["missed"] == real["missed"] == 0 and told["mutants"] >= so_many(MUTANTS, share) and told["missed_without_anchor"] > 0,
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
        clean and told["files"] >= FILES and told["firing"] > 0 and told["slowest"] < 2 and told["memory"] <= 512 << 20, told)


def _hostile(seed: int, share: float) -> Measured | None:
    made = _from("hostile", "hostile_figures")
    if made is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        told = made.hostile_figures(Path(folder), mutations=so_many(MUTATIONS, share), seed=seed, every=round(1 / share),
                                    arguments_every=2 * round(1 / share))
    clean = (told["tracebacks"], told["faults"], told["outgoing"]) == (0, 0, 0)
    return Measured(
        f"{told['inputs']} inputs, {told['tracebacks']} tracebacks, {told['faults']} without a place or too slow, "
        f"{told['outgoing']} requests; slowest {told['slowest_s']} s, largest {told['largest_mb']} MB",
        "in its tests: a traceback, a slow input, a bomb without its limit and a request are noticed", clean and told["slowest_s"] < 2 and told["largest_mb"] < 512, told)


def _suite(paths: Sequence[str], control: str, seed: int, _share: float) -> Measured | None:
    """Tests of another folder, as they are."""
    there = [str(file) for path in paths for file in sorted(TESTS.glob(path))]
    if not there:
        return None
    ended = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *there], cwd=ROOT,
                           env={**os.environ, "MODELOPS_SEED": str(seed)}, capture_output=True, text=True, check=False)
    last = next((line for line in reversed(ended.stdout.splitlines()) if re.search(r"\d+ (passed|failed|error)", line)), "nothing ran")
    told = re.sub(r" in [\d.]+s.*", "", last.strip("= "))
    return Measured(told, control, ended.returncode == 0, {"exit": ended.returncode, "tests": [Path(one).name for one in there]})


def _speed(_seed: int, share: float) -> Measured | None:
    """benchmarks/ledger.py on both databases; the Postgres of the tests does not wait for its disk."""
    script = ROOT / "benchmarks" / "ledger.py"
    if not script.is_file():
        return None
    with started() as server:
        told = {name: _benchmark(script, share, *where) for name, where in
                (("SQLite", ()), ("Postgres", ("--register", server.new())))}
    met = all(one["lost"] == one["problems"] == 0 and one["appends_per_second"] >= 200 and one["verified_per_second"] >= 50_000
              for one in told.values())
    return Measured("; ".join(
        f"{name}: {one['appends_per_second']} appends/s, {one['lost']} of {one['appends']} lost, {one['verified_per_second']} verified/s"
        for name, one in told.items()), "a deferred BEGIN loses appends: tests/ledger", met, told)


def _benchmark(script: Path, share: float, *where: str) -> dict[str, Any]:
    counts = ("--events", str(so_many(50_000, share)), "--appends", str(so_many(100, share)))
    ended = subprocess.run([sys.executable, str(script), *counts, *where], cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(json.loads(ended.stdout))


OTHERS = [
    *(Figure(f"mutants-{backend}", f"Mutants of a ledger of {EVENTS} events, {label}", "edit, delete, swap, put in, truncate, rehash; "
             "verified with the last anchored checkpoint", f"{MUTANTS} mutants, none missed", partial(_mutants, backend))
      for backend, label in (("sqlite", "SQLite"), ("postgres", "Postgres"))),
    Figure("malicious", "Malicious model files", "scanned in a process of its own, each with a canary",
           f"at least {FILES}, none executed, none accepted, none over 2 s or 512 MB", _malicious, alone=True),
    Figure("hostile", "Hostile inputs", "corpora and mutations through every field, route and command",
           f"at least 1,500 and {MUTATIONS:,} mutations: no traceback, none over 2 s or 512 MB, no request leaves the machine", _hostile, alone=True),
    Figure("routes", "Route × identity × method, and schemathesis", "generated from the route table",
           "matrix complete, no 5xx", partial(_suite, ["ui/test_route*.py", "ui/test_schema*.py"], "in the tests: routes without guard, and one that crashes, are found")),
    Figure("ledger-speed", "Ledger under load", "benchmarks/ledger.py: 8 writers; verification of stored bytes",
           "200 appends/s, none lost; 50,000 events/s verified", _speed, alone=True),
]
