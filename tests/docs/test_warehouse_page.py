"""The example of the page about warehouses runs as it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from modelops_airflow.cli.app import app
from modelops_airflow.steps.local import run_local

PAGE = (Path(__file__).parents[2] / "docs/how-to/check-data-in-a-warehouse.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[0]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of `modelops init` with the page's database and its data section."""
    root = tmp_path / "project"
    assert CliRunner().invoke(app, ["init", str(root)]).exit_code == 0
    monkeypatch.chdir(root)
    exec(_block("python"), {})
    path = root / "dags" / "models" / "first.yaml"
    model = yaml.safe_load(path.read_text(encoding="utf-8")) | yaml.safe_load(_block("yaml"))
    path.write_text(yaml.safe_dump(model), encoding="utf-8")
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", re.findall(r"AIRFLOW_CONN_WAREHOUSE=(\S+)", PAGE)[0])
    return root


def test_the_monitor_of_the_page_passes_and_reads_no_row(project, monkeypatch):
    from modelops_airflow.data.query import Query

    def read(*_):
        raise AssertionError("a row left the warehouse")

    monkeypatch.setattr(Query, "read", read)
    run = run_local(project, "first", lifecycle="monitor")
    assert {name: result.status.value for name, result in run.results.items()} == {
        "scan-artifact": "measured", "profile": "measured", "validate-data": "measured", "bias": "measured", "drift": "measured", "decide": "done"}
    assert "current: counted in its warehouse" in run.results["profile"].message


def test_a_release_asks_the_artifact_and_says_that_rows_were_read(project):
    path = project / "dags" / "models" / "first.yaml"
    model = yaml.safe_load(path.read_text(encoding="utf-8"))
    model["lifecycles"] = {"release": {"uses": "low-risk-fast-track"}}
    path.write_text(yaml.safe_dump(model), encoding="utf-8")
    run = run_local(project, "first")
    assert "its rows were read, since the artifact was asked" in run.results["profile"].message
