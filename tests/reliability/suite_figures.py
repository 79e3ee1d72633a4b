"""Figures that are the tests of another folder, run as they are; their controls are tests too, and are named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from figure import Figure, Measured

TESTS = Path(__file__).parents[1]
FORGERIES = ("mark success", "clear", "XCom", "subclassed operators", "direct database write", "minted token", "replayed approval",
             "edited YAML", "swapped artifact", "an approval made by a task")
"""As tests/e2e/test_forgery.py names them: nine kinds, and our own code called by a task."""


def suite(paths: Sequence[str], controls: Sequence[str], seed: int, _share: float) -> Measured | None:
    """All of these tests; each control, named by its function, is among them and passes."""
    found = [list(TESTS.glob(path)) for path in paths]
    if not all(found):
        return None
    there = sorted({file for files in found for file in files})
    with tempfile.TemporaryDirectory() as folder:
        return _judged(run(there, Path(folder), seed), controls)


def run(files: Sequence[Path], folder: Path, seed: int) -> dict[str, Any]:
    """What came of the tests in these files: exit code, how many ended how, and which functions passed how often."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={folder / 'tests'}", f"--junitxml={folder / 'told.xml'}",
         *map(str, files)], cwd=TESTS.parent, env={**os.environ, "MODELOPS_SEED": str(seed)}, capture_output=True, text=True, check=False)
    counts, passed, files_passed, others = Counter[str](), Counter[str](), Counter[str](), []
    for case in ET.parse(folder / "told.xml").iter("testcase"):
        outcome = next((one.tag for one in case if one.tag in ("failure", "error", "skipped")), "passed")
        counts[outcome] += 1
        if outcome == "passed":
            passed[case.attrib["name"].partition("[")[0]] += 1
            files_passed.update({part for part in case.attrib["classname"].split(".") if part.startswith("test_")})
        else:
            others.append(f"{case.attrib['name']}: {outcome}")
    return {"exit": ended.returncode, "counts": dict(counts), "passed": dict(passed), "others": others[:10],
            "tests": {one.name: files_passed[one.stem] for one in files}}


def _judged(told: dict[str, Any], controls: Sequence[str]) -> Measured:
    """Met if something passed of every file, nothing else came of any test (a skipped one included), and every control passed."""
    found = {name: told["passed"].get(name, 0) for name in controls}
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(told["counts"].items())) or "nothing ran"
    said = "in its own tests: " + ", ".join(f"{name} ({count} passed)" for name, count in found.items())
    met = told["exit"] == 0 and set(told["counts"]) == {"passed"} and bool(found) and all(found.values())
    met = met and all(told["tests"].values())
    return Measured("; ".join([counts, *told["others"][:3]]), said, met, told)


def _forgeries(seed: int, _share: float) -> Measured | None:
    """The forgeries on a running Airflow, what each came to, and the same ones with a guard taken down."""
    there = [TESTS / "e2e" / name for name in ("test_forgery.py", "test_forgery_controls.py")]
    if not all(file.is_file() for file in there):
        return None
    with tempfile.TemporaryDirectory() as folder:
        told = run(there, Path(folder), seed)
        written = next(Path(folder).rglob("forgeries.json"), None)
        outcomes = json.loads(written.read_text(encoding="utf-8")) if written else {}
    seen = _judged(told, [
        "test_a_release_without_approvals_is_stopped_by_the_rules_and_then_by_the_database",
        "test_inserted_approvals_are_stopped_by_the_ledger_alone", "test_swapped_bytes_are_stopped_by_the_store_and_then_by_the_target",
        "test_an_approval_copied_onto_another_subject_is_stopped_by_the_ledger_alone"])
    open_ones = [f"{name}: {outcome}" for name, outcome in outcomes.items() if not outcome.startswith("blocked:")]
    blocked = len(outcomes) - len(open_ones)
    return Measured("; ".join([f"{len(outcomes)} forgeries, {blocked} blocked", *open_ones, seen.told]), seen.control,
                    seen.met and all_answered(outcomes), {**seen.data, "forgeries": outcomes})


def all_answered(outcomes: Mapping[str, str]) -> bool:
    """Every forgery was tried, and each was blocked or is named by `modelops doctor`."""
    return set(outcomes) == set(FORGERIES) and all(one.startswith("blocked:") or "doctor names it" in one for one in outcomes.values())


SUITES = [
    Figure("routes", "Route × identity × method, and schemathesis", "generated from the route table",
           "matrix complete, every route asked both ways, no 5xx", partial(suite, ["ui/test_route*.py", "ui/test_schema*.py"], [
               "test_a_route_added_elsewhere_is_found", "test_code_that_did_would_be_found", "test_a_route_that_crashes_is_found",
               "test_a_route_that_is_not_asked_is_found"])),
    Figure("pack", "Evidence pack without our package", "an interpreter with the standard library alone; every byte of a pack and of its "
           "members flipped; packs of the first release", "verifies; every flipped byte and every attack is found",
           partial(suite, ["evidence/test_pack.py", "evidence/test_verifier*.py", "evidence/test_old_packs.py"],
                   ["test_an_attack_is_stopped_by_its_guard_and_passes_without_it", "test_a_forged_pack_does_not"])),
    Figure("upgrade", "Upgrade from the first release", "its registers on both databases, with a parked release, under this package",
           "no row, event, approval or live version lost", partial(suite, ["upgrade/test_*.py"], [
               "test_an_event_of_the_old_release_that_was_changed_is_found_after_the_upgrade",
               "test_a_changed_threshold_shows_in_those_digests"])),
    Figure("forgeries", "Forgeries on a running Airflow", "tasks, register and API server share one user and one database (level L0); "
           "the worker role itself is attacked in tests/inventory/test_roles.py, on Postgres and not on a running Airflow",
           f"{len(FORGERIES) - 1} kinds, and our own voting code called by a task; each blocked, or recorded and said beforehand by `modelops doctor`", _forgeries, alone=True),
]
