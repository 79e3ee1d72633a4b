"""`run_results.json` of dbt, by its published schemas v4 to v6 (schemas.getdbt.com/dbt/run-results)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ...errors import CheckError
from .outcome import Imported, Outcome, Result, moment, number, part, plain

_SCHEMA = re.compile(r"https://schemas\.getdbt\.com/dbt/run-results/v[456]\.json")
_TESTS = ("test.", "unit_test.")
_OF_TESTS: Mapping[str, Outcome] = {
    "pass": Outcome.PASSED, "fail": Outcome.FAILED, "warn": Outcome.WARNED, "error": Outcome.ERRORED, "runtime error": Outcome.ERRORED,
    "skipped": Outcome.SKIPPED, "no-op": Outcome.SKIPPED,
}
_OF_NODES: Mapping[str, Outcome] = {
    "success": Outcome.PASSED, "pass": Outcome.PASSED, "warn": Outcome.WARNED, "fail": Outcome.FAILED, "error": Outcome.ERRORED,
    "runtime error": Outcome.ERRORED, "partial success": Outcome.ERRORED, "skipped": Outcome.SKIPPED, "no-op": Outcome.SKIPPED,
}


def read(body: Any) -> Imported:
    """The tests of a run; of models, seeds and snapshots only those that did not succeed.

    Raises:
        CheckError: it is no run, of another schema, has a status that the schema does not know, or contradicts itself.
    """
    metadata = part(body, "metadata", dict, "dbt")
    schema = str(metadata.get("dbt_schema_version"))
    if not _SCHEMA.fullmatch(schema):
        raise CheckError(f"this is no run_results.json of dbt: dbt_schema_version is {plain(schema)!r}, expected run-results v4 to v6")
    listed = part(body, "results", list, "dbt")
    found = [_result(place, one) for place, one in enumerate(listed)]
    if twice := [name for name, count in Counter(one["unique_id"] for one in listed).items() if count > 1]:
        raise CheckError(f"results has {plain(twice[0])} more than once; which of them counts is unknown")
    results = tuple(one for one in found if one is not None)
    made_at = metadata.get("generated_at")
    left_out = len(found) - len(results)
    return Imported("dbt", plain(metadata.get("dbt_version", "of unknown version")), moment(made_at, "dbt") if made_at else None, results,
                    left_out=f"{left_out} nodes that are no tests and succeeded are left out" if left_out else "")


def _result(place: int, one: Any) -> Result | None:
    """A test; None for another node that succeeded."""
    name, status = part(one, "unique_id", str, "dbt"), part(one, "status", str, "dbt")
    is_test = name.startswith(_TESTS)
    known = _OF_TESTS if is_test else _OF_NODES
    if status not in known:
        raise CheckError(f"results[{place}], {plain(name)}: status {plain(status)!r}; expected one of {', '.join(known)}")
    if not is_test and known[status] is Outcome.PASSED:
        return None
    failures = number(one.get("failures"))
    if failures and known[status] is Outcome.PASSED:  # dbt writes 0 beside what passes, also below its thresholds
        raise CheckError(f"results[{place}], {plain(name)}: status {status} with {failures:g} failures; the file is edited")
    return Result(plain(name), known[status], told=f"{failures:g} failing rows" if failures else "")
