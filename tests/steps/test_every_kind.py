"""One life cycle for every kind of model: the identical standard release, and evidence of one shape, equal but for the numbers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from modelops_airflow.digest import digest_bytes
from modelops_airflow.evidence.statement import read_statement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.kinds import KINDS, open_model, scan, verify
from modelops_airflow.plan import Plan
from modelops_airflow.steps.local import LocalRun, run_local

PROJECT = Path(__file__).parents[2]
GATE = "approve-validation"
RELEASE = {"release": {"uses": "standard-release", "steps": {
    "performance": {"require": {"accuracy": {"fail": "< 0.5"}}},  # what decides without a score has no area under a curve
    "approve-risk": {"with": {"roles": {"risk": 2}}},
}}}
PICKLED = {"joblib": "model.joblib", "pickle": "model.pkl", "cloudpickle": "model.cloudpickle"}
SAVE = """
import sys, pickle
from pathlib import Path
import cloudpickle, joblib, skops.io
model, folder = skops.io.load(sys.argv[1], trusted=[]), Path(sys.argv[2])
joblib.dump(model, folder / "model.joblib")
(folder / "model.pkl").write_bytes(pickle.dumps(model))
(folder / "model.cloudpickle").write_bytes(cloudpickle.dumps(model))
"""


def examples() -> dict[str, str]:
    """Kind -> the model file of an example of it; the one that is bad on purpose is none."""
    found: dict[str, str] = {}
    for path in sorted((PROJECT / "dags/models").glob("*.yaml"), reverse=True):
        if path.stem != "credit-legacy":
            found[yaml.safe_load(path.read_text())["model"]["kind"]] = path.stem
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples' project, each model file with the identical life cycle, and the credit model in its pickled forms."""
    root = tmp_path_factory.mktemp("world")
    shutil.copytree(PROJECT / "examples", root / "examples")
    (root / "dags/models").mkdir(parents=True)
    shutil.copy(PROJECT / "dags/governance.yaml", root / "dags")
    for kind, name in examples().items():
        body = yaml.safe_load((PROJECT / f"dags/models/{name}.yaml").read_text())
        if "target" not in body["data"]["columns"]:
            _give_truth(root, body)
        _write(root, kind, body, ["house"])
    subprocess.run([sys.executable, "-c", SAVE, str(root / "examples/credit/model-3.2.0.skops"), str(root / "examples/credit")], check=True)
    body = yaml.safe_load((PROJECT / "dags/models/credit-risk.yaml").read_text())
    for kind, artifact in PICKLED.items():
        _write(root, kind, {**body, "model": {**body["model"], "kind": kind, "artifact": f"examples/credit/{artifact}"}}, ["house", "jailed-pickles"])
    return root


def _give_truth(root: Path, body: dict[str, Any]) -> None:
    """Price classes that turned out as the price list has them: a release that measures performance needs a truth."""
    table = (PROJECT / "examples/pricing/model-1.4.0.yaml").read_bytes()
    rules = open_model(verify("rules", table, digest_bytes(table), scan("rules", table, file="m.yaml")))
    for side in ("baseline", "current"):
        rows = pq.read_table(root / body["data"][side])
        if "truth" not in rows.column_names:
            pq.write_table(rows.append_column("truth", rules.score(rows)["prediction"]), root / body["data"][side])
    body["data"]["columns"]["target"] = "truth"


def _write(root: Path, kind: str, body: dict[str, Any], policies: list[str]) -> None:
    body = {**body, "policies": policies, "lifecycles": RELEASE, "model": {**body["model"], "tier": 2}}
    (root / f"dags/models/a-{kind}.yaml").write_text(yaml.safe_dump(body))


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
        rows = {frozenset(row) - {"reason", "ci", "p", "unit", "reference", "judged"} for row in measurement["metrics"]}
        found[step] = {"statement": _typed(body), "check": (measurement["check"], measurement["version"], measurement["status"]),
                       "rows": sorted(map(sorted, rows)), "inputs": sorted(measurement["inputs"])}
    return found


def _typed(value: Any) -> Any:
    """Keys and types down to what a check itself says."""
    if isinstance(value, Mapping):
        return {key: _typed(one) for key, one in value.items() if key not in ("inputs", "parameters", "where")}
    return type(value).__name__


def without_life(plan: Plan) -> list[tuple[Any, ...]]:
    """What a plan does, in which order, under which requirements."""
    return [(step.id, step.uses, step.needs, step.phase, step.requirements, {k: v for k, v in step.options.items() if k != "formats"})
            for step in plan.steps if not step.id.startswith("approve-")]


@pytest.mark.parametrize("kind", sorted({*examples(), *PICKLED}))
def test_a_model_of_this_kind_has_the_same_release_and_evidence_of_the_same_shape(
    kind: str, world: Path, first: tuple[LocalRun, dict[str, Any]]
) -> None:
    run = run_local(world, f"a-{kind}", folder=world / ".modelops")

    assert {step: result.message for step, result in run.results.items() if result.status.value == "error"} == {}
    assert (run.verdict, run.gate) == ("pass", GATE)
    assert without_life(run.plan) == without_life(first[0].plan)
    assert shape(run, world) == first[1]


def test_every_kind_of_the_package_has_an_example() -> None:
    assert {*examples(), *PICKLED} == set(KINDS)
