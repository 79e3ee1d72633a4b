"""The examples of docs/how-to/govern-a-vendor-model.md work as written, with the vendor that they name."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from modelops_airflow.evidence.statement import read_measurement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.kinds.services.service_description import Service
from modelops_airflow.steps.local import LocalRun, run_local
from vendors import address, serving, vendor_server

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/govern-a-vendor-model.md").read_text(encoding="utf-8")
JSON, V2, ASKED, RECORDED = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("dags", "examples"):
        shutil.copytree(ROOT / name, tmp_path / "project" / name)
    (tmp_path / "project/dags/models/asked-score.yaml").write_text(ASKED, encoding="utf-8")
    return tmp_path / "project"


def measured(run: LocalRun, step: str, store: BlobStore) -> list[str]:
    return list(read_measurement(store, str(run.results[step].evidence)).notes)


def test_the_descriptions_and_the_recorded_model_are_those_of_the_examples() -> None:
    for text, file in ((JSON, "examples/vendor/service-2026.1.yaml"), (V2, "examples/vendor/service-v2.yaml"), (RECORDED, "dags/models/vendor-score.yaml")):
        assert text == (ROOT / file).read_text(encoding="utf-8")


def test_every_key_of_a_description_is_told() -> None:
    table = PAGE[PAGE.index("| key | is |"): PAGE.index("An answer is never believed")]
    told = {name.partition(".")[0] for name in re.findall(r"`([a-z_.]+)`", table)}
    assert set(Service.model_fields) - {"service"} <= told


def test_the_asked_model_passes_to_its_gate_with_equal_evidence_each_time(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = BlobStore(str(tmp_path / "state" / "evidence"))
    with serving(vendor_server.Vendor()) as vendor:
        monkeypatch.setenv("AIRFLOW_CONN_VENDOR", address(vendor))
        runs = [run_local(project, "asked-score", folder=tmp_path / "state") for _ in range(2)]
        assert [(run.verdict, run.gate) for run in runs] == [("pass", "approve-validation")] * 2
        assert runs[0].evidence == runs[1].evidence
        assert "answered by version 2026.1" in measured(runs[0], "profile", store)
        service = json.loads(store.get(runs[0].results["profile"].products["service.json"]))
        assert service["rows"] == 1000 and service["cost"] == {"amount": pytest.approx(20.0), "currency": "EUR"}

        quiet = run_local(project, "asked-score", lifecycle="monitor", folder=tmp_path / "state")
        vendor.shift = 0.4
        changed = run_local(project, "asked-score", lifecycle="monitor", folder=tmp_path / "state")
    assert [run.results["canary"].judgement.verdict.value for run in (quiet, changed) if run.results["canary"].judgement] == ["pass", "fail"]
    assert any("no register knows earlier runs" in note for note in measured(changed, "canary", store))


def test_the_recorded_model_passes_to_its_gate(tmp_path: Path) -> None:
    run = run_local(ROOT, "vendor-score", folder=tmp_path)
    assert (run.verdict, run.gate) == ("pass", "approve-validation")


def test_the_examples_files_are_what_their_script_writes(project: Path) -> None:
    import subprocess
    import sys

    written = {path.name: path.read_bytes() for path in (project / "examples/vendor").iterdir() if path.suffix in (".csv", ".parquet")}
    subprocess.run([sys.executable, "examples/vendor/answers.py"], cwd=project, check=True)
    assert {name: (project / "examples/vendor" / name).read_bytes() for name in written} == written and len(written) == 2
