"""One life cycle for every kind of model: the identical standard release, and evidence of one shape, equal but for the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from kind_worlds import kinds_with_a_file, world

from modelops_airflow.evidence.statement import read_statement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.kinds import KINDS
from modelops_airflow.plan import Plan
from modelops_airflow.steps.local import LocalRun, run_local

__all__ = ["world"]
GATE = "approve-validation"


@pytest.fixture(scope="module")
def first(world: Path) -> tuple[LocalRun, dict[str, Any]]:
    """The release that the others are compared with."""
    run = run_local(world, "a-skops", folder=world / ".modelops")
    return run, shape(run, world)


def shape(run: LocalRun, world: Path) -> dict[str, Any]:
    """Evidence without its numbers: which statements there are, what each has, and of which types."""
    store = BlobStore(str(world / ".modelops/evidence"))
    found = {}
    for step, digest in run.evidence.items():
        body = read_statement(store, digest)
        measurement = body["predicate"]["measurement"]
        rows = {frozenset(row) - {"reason", "ci", "p", "unit", "reference", "judged", "error_bound"} for row in measurement["metrics"]}
        found[step] = {"statement": _typed(body), "check": (measurement["check"], measurement["version"], measurement["status"]),
                       "rows": sorted(map(sorted, rows)), "inputs": sorted(measurement["inputs"])}
    return found


def _typed(value: Any) -> Any:
    """Keys and types down to what a check itself says."""
    if isinstance(value, Mapping):
        return {key: _typed(one) for key, one in value.items() if key not in ("inputs", "parameters", "where")}
    return type(value).__name__


def without_gates(plan: Plan) -> list[tuple[Any, ...]]:
    """What a plan does, in which order, under which requirements."""
    return [(step.id, step.uses, step.needs, step.phase, step.requirements, {k: v for k, v in step.options.items() if k not in ("formats", "scores")})
            for step in plan.steps if not step.id.startswith("approve-")]


@pytest.mark.parametrize("kind", kinds_with_a_file())
def test_a_model_of_this_kind_has_the_same_release_and_evidence_of_the_same_shape(
    kind: str, world: Path, first: tuple[LocalRun, dict[str, Any]]
) -> None:
    run = run_local(world, f"a-{kind}", folder=world / ".modelops")

    told = {step: result.message for step, result in run.results.items()}
    assert (run.verdict, run.gate) == ("pass", GATE), told
    assert without_gates(run.plan) == without_gates(first[0].plan)
    assert shape(run, world) == first[1]


def test_every_kind_of_the_package_has_an_example() -> None:
    assert set(kinds_with_a_file()) == set(KINDS)
