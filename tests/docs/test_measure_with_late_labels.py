"""The files and commands of the page work as they are written, and the result is what it says."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from late_world import credit
from modelops_airflow.cli.app import app

PAGE = (Path(__file__).parents[2] / "docs/how-to/measure-with-late-labels.md").read_text(encoding="utf-8")
DATA, LIFECYCLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"^modelops (.+)$", PAGE, re.MULTILINE)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project of the page, with files that the commands on two files name."""
    root = credit(tmp_path / "bank")
    file = root / "dags/models/credit-risk.yaml"
    file.write_text(re.sub(r"(?ms)^data:.*", "", file.read_text()) + DATA + LIFECYCLES)
    folder = root / "examples/credit"
    (root / "outcomes.parquet").symlink_to(folder / "outcomes.parquet")
    table, truth = pq.read_table(folder / "current.parquet"), pq.read_table(folder / "outcomes.parquet")
    pq.write_table(table.append_column("prediction", truth["defaulted"]), root / "scored.parquet")
    monkeypatch.chdir(root)
    return root


def _told(command: str, code: int = 0) -> Any:
    done = CliRunner().invoke(app, [*shlex.split(command), "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def test_the_model_file_is_valid_and_its_life_cycle_measures_by_vintage(project: Path) -> None:
    validate, run = COMMANDS[:2]
    assert _told(validate)["problems"] == []
    step = _told(run)["steps"]["performance"]
    assert step["verdict"] == "pass"
    judged = {(row["metric"], row["where"].get("vintage")): row["verdict"] for row in step["judgements"]}
    assert {place for name, place in judged if name == "auc"} == {None, "2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"}
    assert {place for name, place in judged if name == "mature_share"} == {None}


def test_the_commands_on_two_files_measure_and_draw(project: Path) -> None:
    both = COMMANDS[2:]
    assert len(both) == 2
    newest, earlier = (_told(command) for command in both)
    assert "accuracy by vintage" in (project / "vintages.svg").read_text()
    assert (newest["parameters"]["as_of"], earlier["parameters"]["as_of"]) == ("2025-11-26T00:00:00+00:00", "2025-06-30T00:00:00+00:00")
    shares = {row["name"]: row["value"] for row in earlier["metrics"]}
    times = pq.read_table(project / "scored.parquet")["scored_at"].to_pandas()
    assert shares["mature_share"] == pytest.approx((times <= "2024-06-30").mean())


def test_the_one_window_of_both_is_refused_as_it_says(project: Path) -> None:
    file = project / "dags/models/credit-risk.yaml"
    file.write_text(file.read_text().replace(", remove: [performance]", ""))
    (problem,) = _told(COMMANDS[0], 2)["problems"]
    assert "nothing in the last P1D is mature after P12M" in problem["message"]


def test_push_down_is_refused_as_it_says(project: Path) -> None:
    file = project / "dags/models/credit-risk.yaml"
    file.write_text(file.read_text().replace("current: examples/credit/current.parquet", 'current: {sql: "SELECT * FROM scored WHERE day < {end}", connection: w, push_down: true}'))
    assert "labels in a file cannot be joined in the warehouse" in " ".join(one["message"] for one in _told(COMMANDS[0], 2)["problems"])
