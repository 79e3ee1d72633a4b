"""An example of each kind of model, as model files with the identical life cycle."""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from modelops_airflow.digest import digest_bytes
from modelops_airflow.kinds import open_model, read_artifact, scan, verify
from vendors import address, serving, vendor_server

PROJECT = Path(__file__).parents[2]
RELEASE = {"release": {"uses": "standard-release", "steps": {
    "performance": {"require": {"accuracy": {"fail": "< 0.5"}}},  # what decides without a score has no area under a curve
    "approve-risk": {"with": {"roles": {"risk": 2}}},
}}}
MLFLOW = {"mlflow": "sklearn-skops", "mlflow-pickled": "sklearn-cloudpickle"}
"""Kind -> the credit example as a real MLflow saved it."""

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
NUMBERS = ["age", "education_years", "capital_gain", "capital_loss", "hours_per_week"]
PYTHON = """import numpy

def score(columns):
    probability = 1 / (1 + numpy.exp(-({terms})))
    return {{"prediction": (probability > 0.5).astype("int64"), "score": probability}}
"""
LIBRARY = """#include <math.h>
#include <stddef.h>
int modelops_score(size_t rows, size_t columns, const double *values, double *predictions, double *scores) {{
    for (size_t row = 0; row < rows; row++, values += columns) {{
        scores[row] = 1 / (1 + exp(-({terms})));
        predictions[row] = scores[row] > 0.5;
    }}
    return 0;
}}
"""
LABELS_ALONE = ("llm", "excel")
"""Kinds whose example has two labels and no probability."""

BESIDE = ("credit-legacy", "scorecard-java")
"""Examples that are not the one of their kind: bad on purpose, and the second program."""


def examples() -> dict[str, dict[str, Any]]:
    """Kind -> the model file of its example in the demo."""
    found = {}
    for path in sorted((PROJECT / "dags/models").glob("*.yaml"), reverse=True):
        if path.stem not in BESIDE:
            body = yaml.safe_load(path.read_text())
            found[body["model"]["kind"]] = body
    return found


def kinds_with_a_file() -> list[str]:
    """Every kind that `make_world` writes a model file of."""
    return sorted({*examples(), *PICKLED, *MLFLOW, "http", "jdm", "python", "shared-library"})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with a model of each kind, and the vendor that one of them asks."""
    root = tmp_path_factory.mktemp("world")
    make_world(root)
    with serving(vendor_server.Vendor()) as vendor, pytest.MonkeyPatch.context() as patched:
        patched.setenv("AIRFLOW_CONN_VENDOR", address(vendor))
        yield root


def make_world(root: Path) -> None:
    """The examples' project with a model file `a-KIND` for each kind."""
    shutil.copytree(PROJECT / "examples", root / "examples")
    (root / "dags/models").mkdir(parents=True)
    shutil.copy(PROJECT / "dags/governance.yaml", root / "dags")
    credit, pricing, income = examples()["skops"], examples()["dmn"], examples()["onnx"]
    for kind, body in examples().items():
        _write(root, kind, body)
    subprocess.run([sys.executable, "-c", SAVE, str(root / "examples/credit/model-3.2.0.skops"), str(root / "examples/credit")], check=True)
    for kind, artifact in PICKLED.items():
        _write(root, kind, _other(credit, kind, f"examples/credit/{artifact}"), "jailed-pickles")
    for kind, saved in MLFLOW.items():
        shutil.copytree(PROJECT / "tests/kinds/mlflow_models/saved" / saved, root / "examples/mlflow" / saved)
        _write(root, kind, _other(credit, kind, f"examples/mlflow/{saved}"), *(["jailed-pickles"] if kind == "mlflow-pickled" else []))
    _write(root, "http", _other(credit, "http", "examples/vendor/service-2026.1.yaml", connection="vendor", private=True))
    _write(root, "jdm", _other(pricing, "jdm", "examples/pricing/model-1.0.0.json", output="price_class"))
    (root / "examples/own").mkdir()
    weights, constant = _trained(root / income["data"]["baseline"])
    for name, text, column in (("model.py", PYTHON, 'columns["{}"]'), ("model.c", LIBRARY, "values[{}]")):
        terms = [f"{weight!r} * {column.format(number if name == 'model.c' else NUMBERS[number])}" for number, weight in enumerate(weights)]
        (root / "examples/own" / name).write_text(text.format(terms=" + ".join([repr(constant), *terms])))
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", "model.so", "model.c", "-lm"], cwd=root / "examples/own", check=True)
    _write(root, "python", _other(income, "python", "examples/own/model.py"))
    _write(root, "shared-library", _other(income, "shared-library", "examples/own/model.so", columns=NUMBERS,
                                          scored=True, whole_numbers=True))


def _trained(path: Path) -> tuple[list[float], float]:
    """A logistic regression of the income data's numbers."""
    from sklearn.linear_model import LogisticRegression

    rows = pq.read_table(path).to_pandas()
    spread = rows[NUMBERS].std()
    model = LogisticRegression(max_iter=1000).fit((rows[NUMBERS] / spread).to_numpy(), rows["over_50k"])
    return [float(one) for one in model.coef_[0] / spread.to_numpy()], float(model.intercept_[0])


def _other(body: dict[str, Any], kind: str, artifact: str, **options: Any) -> dict[str, Any]:
    """The same model file for another kind."""
    model = {key: value for key, value in body["model"].items() if key != "with"}
    return {**body, "model": {**model, "kind": kind, "artifact": artifact, **({"with": options} if options else {})}}


def _write(root: Path, kind: str, body: dict[str, Any], *policies: str) -> None:
    body = {**body, "policies": ["house", *policies], "lifecycles": _lifecycles(kind), "model": {**body["model"], "tier": 2}}
    if "target" not in body["data"]["columns"]:
        body["data"] = _with_truth(root, body)
    (root / f"dags/models/a-{kind}.yaml").write_text(yaml.safe_dump(body))


def _lifecycles(kind: str) -> dict[str, Any]:
    """The identical release; of labels alone, where there are two, it says so."""
    body = copy.deepcopy(RELEASE)
    if kind in LABELS_ALONE:
        body["release"]["steps"]["performance"]["with"] = {"scores": False}
    return body


def _with_truth(root: Path, body: dict[str, Any]) -> dict[str, Any]:
    """Outcomes that turned out as the model says: a release that measures performance needs a truth."""
    model, data, named = body["model"], body["data"], body["model"]["artifact"]
    file = read_artifact(root / named, named)
    report = scan(model["kind"], file.bytes, file=file.name)
    scorer, found = open_model(verify(model["kind"], file.bytes, digest_bytes(file.bytes), report), model.get("with")), dict(data)
    for side in ("baseline", "current"):
        rows = pq.read_table(root / data[side])
        path = f"{data[side]}.{model['kind']}.parquet"
        seen = rows.drop_columns(list(data["columns"].get("ignore", ())))
        pq.write_table(rows.append_column("truth", scorer.score(seen)["prediction"]), root / path)
        found[side] = path
    return {**found, "columns": {**data["columns"], "target": "truth"}}
