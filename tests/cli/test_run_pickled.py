"""A pickled credit model from file to gate: refused by the house, run in a jail where a policy allows it."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelops_airflow.kinds.confinement import jail

SOURCE = Path(__file__).parents[2]
PACKS = ["house", "jailed-pickles"]
RELEASE = {"uses": "standard-release", "steps": {"approve-risk": {"with": {"roles": {"risk": 2}}}}}


SAVE = """
import pickle, sys
from pathlib import Path
import joblib, skops.io
model, folder = skops.io.load(sys.argv[1], trusted=[]), Path(sys.argv[2])
joblib.dump(model, folder / "model.joblib", compress=("xz", 3))
(folder / "model.pkl").write_bytes(pickle.dumps(model))
"""


@pytest.fixture(scope="module")
def pickled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The credit model saved by joblib, compressed, and by pickle, in a process of its own: what others imported may change how a model is pickled."""
    folder = tmp_path_factory.mktemp("pickled")
    subprocess.run([sys.executable, "-c", SAVE, str(SOURCE / "examples" / "credit" / "model-3.2.0.skops"), str(folder)], check=True)
    return folder


@pytest.fixture
def bank(tmp_path: Path, pickled: Path) -> Path:
    """The examples' project with its credit model in both forms."""
    root = tmp_path / "bank"
    (root / "dags" / "models").mkdir(parents=True)
    shutil.copy(SOURCE / "dags" / "governance.yaml", root / "dags")
    shutil.copytree(SOURCE / "examples" / "credit", root / "examples" / "credit")
    for saved in pickled.iterdir():
        shutil.copy(saved, root / "examples" / "credit")
    return root


def write(root: Path, kind: str, artifact: str, policies: list[str]) -> None:
    """The credit model as another kind."""
    body: dict[str, Any] = yaml.safe_load((SOURCE / "dags" / "models" / "credit-risk.yaml").read_text())
    body["model"] |= {"kind": kind, "artifact": f"examples/credit/{artifact}"}
    body |= {"policies": policies, "lifecycles": {"release": RELEASE}}
    (root / "dags" / "models" / "credit-risk.yaml").write_text(yaml.safe_dump(body))


@pytest.mark.parametrize(("kind", "artifact"), [("joblib", "model.joblib"), ("pickle", "model.pkl"), ("cloudpickle", "model.pkl")])
def test_a_pickled_model_runs_to_its_gate_and_measures_what_the_same_model_in_skops_does(
    kind: str, artifact: str, bank: Path, modelops: Callable[..., Any]
) -> None:
    write(bank, "skops", "model-3.2.0.skops", ["house"])
    plain = modelops("run", "credit-risk", "--root", bank, "--json")
    write(bank, kind, artifact, PACKS)
    jailed = modelops("run", "credit-risk", "--root", bank, "--json")

    assert (plain.code, jailed.code) == (0, 0), jailed.err
    assert json.loads(jailed.out)["gate"] == "approve-validation"
    assert metrics(bank, jailed.out) == metrics(bank, plain.out)
    held = ("scored in a jail; network: own name space; files: Landlock",)
    assert (notes(bank, jailed.out), notes(bank, plain.out)) == (held, ())


def metrics(root: Path, out: str) -> dict[str, Any]:
    """Every number the run measured of the data and the model's answers."""
    from modelops_airflow.evidence.statement import read_measurement
    from modelops_airflow.evidence.store import BlobStore

    store, evidence = BlobStore(str(root / ".modelops" / "evidence")), json.loads(out)["evidence"]
    found = {step: read_measurement(store, digest).metrics for step, digest in evidence.items() if step in ("performance", "bias", "drift")}
    assert all(found.values()) and len(found) == 3
    return found


def notes(root: Path, out: str) -> tuple[str, ...]:
    """What the profile's evidence says of how answers were made."""
    from modelops_airflow.evidence.statement import read_measurement
    from modelops_airflow.evidence.store import BlobStore

    return read_measurement(BlobStore(str(root / ".modelops" / "evidence")), json.loads(out)["evidence"]["profile"]).notes


def test_the_house_refuses_it_before_anything_runs(bank: Path, modelops: Callable[..., Any]) -> None:
    write(bank, "joblib", "model.joblib", ["house"])
    told = modelops("run", "credit-risk", "--root", bank)

    assert told.code == 2
    assert "PLAN021 kind 'joblib' can run code when it is opened, and house, tier 2 does not allow it" in told.err + told.out
    assert not (bank / ".modelops").exists()


def test_where_the_jail_lacks_something_the_run_says_what_and_what_to_do(
    bank: Path, modelops: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = "import modelops_airflow.kinds.confinement.lockdown as lockdown; lockdown.only_read = lambda *_paths, **_more: False; from modelops"
    monkeypatch.setattr(jail, "_START", jail._START.replace("from modelops", weak, 1))
    write(bank, "joblib", "model.joblib", PACKS)
    told = modelops("run", "credit-risk", "--root", bank)

    assert told.code != 0
    assert "no Landlock against reading files" in told.out + told.err
    assert "save the model as skops or onnx" in told.out + told.err


def test_a_model_with_code_in_it_is_stopped_by_the_scan(bank: Path, modelops: Callable[..., Any], tmp_path: Path) -> None:
    import joblib

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            import os

            return os.mkdir, (str(tmp_path / "canary"),)

    out = io.BytesIO()
    joblib.dump({"model": Evil()}, out, compress=("zlib", 3))
    (bank / "examples" / "credit" / "model.joblib").write_bytes(out.getvalue())
    write(bank, "joblib", "model.joblib", PACKS)
    told = modelops("run", "credit-risk", "--root", bank, "--json")

    assert told.code == 1
    assert json.loads(told.out)["gate"] is None
    assert not (tmp_path / "canary").exists()
    joblib.load(io.BytesIO(out.getvalue()))
    assert (tmp_path / "canary").exists()


def test_a_plan_without_leave_does_not_even_scan(bank: Path, tmp_path: Path) -> None:
    from modelops_airflow.errors import ArtifactError
    from modelops_airflow.evidence.store import BlobStore
    from modelops_airflow.plan import Plan
    from modelops_airflow.spec.project import Project
    from modelops_airflow.steps.folder_journal import FolderJournal
    from modelops_airflow.steps.local import plan_from_files
    from modelops_airflow.steps.run import Run
    from modelops_airflow.steps.scan_artifact import scan_artifact

    write(bank, "joblib", "model.joblib", PACKS)
    project, store = Project(bank), BlobStore(str(tmp_path / "store"))
    plan, roots = plan_from_files(project, "credit-risk", "release")
    digest = store.put_file(bank / "examples" / "credit" / "model.joblib")
    body = plan.to_json()
    bare = Plan.from_json({**body, "steps": [{**one, "options": {}} if one["uses"] == "scan-artifact" else one for one in body["steps"]]})
    for made, allowed in ((plan, True), (bare, False)):
        run = Run(made, digest, "model.joblib", project, roots, store, FolderJournal(tmp_path / "journal", made, digest))
        if allowed:
            assert scan_artifact(run, made.step("scan-artifact")).judgement.verdict.value == "pass"
        else:
            with pytest.raises(ArtifactError, match="does not allow the format joblib"):
                scan_artifact(run, made.step("scan-artifact"))
