"""The example of the page about object stores runs as it is written; the store is a mounted one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from modelops_airflow.cli.app import app
from modelops_airflow.data.remote import Remote
from modelops_airflow.steps.local import run_local

PAGE = (Path(__file__).parents[2] / "docs/how-to/read-data-from-a-store.md").read_text(encoding="utf-8")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of `modelops init` with the page's data section, and a store beside it."""
    root, lake = tmp_path / "project", tmp_path / "lake"
    assert CliRunner().invoke(app, ["init", str(root)]).exit_code == 0
    path = root / "dags" / "models" / "first.yaml"
    model = yaml.safe_load(path.read_text(encoding="utf-8")) | yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
    path.write_text(yaml.safe_dump(model), encoding="utf-8")
    for name in ("2025/scored.csv", "2026/january.csv", "2026/february.csv"):
        (lake / name).parent.mkdir(parents=True, exist_ok=True)
        rows = (f"{100 + n % 97},{12 + n % 40},{'female' if n % 2 else 'male'},{'surcharge' if n % 5 == 0 else 'standard'}" for n in range(1000))
        (lake / name).write_text("amount,months,sex,price_class\n" + "\n".join(rows) + "\n", encoding="utf-8")
    monkeypatch.setenv("AIRFLOW_CONN_LAKE", lake.as_uri())
    return root


def test_the_monitor_of_the_page_passes(project, monkeypatch):
    copied, real = set(), Remote.copied

    def copy(remote):
        files = real(remote)
        copied.add(tuple(file.name for file in files))
        return files

    monkeypatch.setattr(Remote, "copied", copy)
    run = run_local(project, "first", lifecycle="monitor")

    assert {name: result.status.value for name, result in run.results.items()} == {
        "scan-artifact": "measured", "profile": "measured", "validate-data": "measured", "bias": "measured", "drift": "measured", "decide": "done"}
    assert copied == {("scored.csv",), ("february.csv", "january.csv")}


def test_without_the_store_nothing_passes(project, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_LAKE", "file:///no/such/lake")

    run = run_local(project, "first", lifecycle="monitor")

    assert run.results["profile"].status.value == "error"
    assert "is not there; expected a file, folder or pattern below the URL of connection lake" in run.results["profile"].message
    assert all(result.status.value != "measured" for name, result in run.results.items() if name != "scan-artifact")
