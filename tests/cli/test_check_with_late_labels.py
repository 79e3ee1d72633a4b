"""Labels that arrive late on the command line: options of check, and what validate finds in the files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from late_world import credit, late, world

Call = Callable[..., Any]
NAMED = ("--columns", "target=y,time=at", "--labels", "labels-0.parquet", "--labels-key", "id", "--matures-after", "P12M")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rows and labels in the working folder."""
    rows, labels = world()
    late(tmp_path, rows, labels)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _check(modelops: Call, *more: str, named: tuple[str, ...] = NAMED) -> Any:
    return modelops("check", "performance", "--current", "rows-0.parquet", *named, *more)


def test_a_check_takes_labels_of_a_file_of_their_own(modelops: Call, files: Path) -> None:
    told = json.loads(_check(modelops, "--json", "--as-of", "2026-03-31").out)
    share = next(row for row in told["metrics"] if row["name"] == "mature_share")
    times = pq.read_table(files / "rows-0.parquet")["at"].to_pandas()
    assert share["value"] == pytest.approx((times <= "2025-03-31").mean())
    assert told["parameters"]["as_of"] == "2026-03-31T00:00:00+00:00" and set(told["inputs"]) == {"current", "labels"}
    assert "mature_share" in _check(modelops).out


@pytest.mark.parametrize(("left_out", "told"), [
    (2, "--labels, --labels-key and --matures-after go together"), (4, "go together"), (6, "go together"),
])
def test_labels_without_the_rest_are_refused(modelops: Call, files: Path, left_out: int, told: str) -> None:
    answer = _check(modelops, named=NAMED[:left_out] + NAMED[left_out + 2 :])
    assert answer.code == 2 and told in answer.err
    lone = _check(modelops, "--as-of", "2026-03-31", named=NAMED[:2])
    assert lone.code == 2 and "go together" in lone.err


@pytest.mark.parametrize(("columns", "told"), [
    ("time=at", "need a target column"), ("target=y", "need a time column"), ("target=y,time=at,protected=id", "key 'id' of the labels is the column of protected too"),
])
def test_columns_that_are_needed_are_asked_for(modelops: Call, files: Path, columns: str, told: str) -> None:
    answer = _check(modelops, named=("--columns", columns, *NAMED[2:]))
    assert answer.code == 2 and told in answer.err


def test_as_of_a_time_to_come_is_refused(modelops: Call, files: Path) -> None:
    answer = _check(modelops, "--as-of", "2999-01-01")
    assert answer.code == 2 and "--as-of 2999-01-01 is in the future" in answer.err


def test_where_nothing_is_mature_the_command_fails(modelops: Call, files: Path) -> None:
    answer = _check(modelops, "--as-of", "2024-05-01")
    assert answer.code == 2 and "no row is mature" in answer.out


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project of the repository with late labels."""
    root = credit(tmp_path / "bank")
    monkeypatch.chdir(root)
    _write(root)
    return root


def _write(root: Path, **labels: str) -> None:
    file = root / "dags/models/credit-risk.yaml"
    body = yaml.safe_load(file.read_text())
    body["data"]["columns"] = {"target": "defaulted", "favourable": 0, "protected": ["sex"], "time": labels.pop("time", "scored_at")}
    body["data"]["labels"] = {"path": "examples/credit/outcomes.parquet", "key": "application_id", "matures_after": "P12M"} | labels
    file.write_text(yaml.safe_dump(body))


def _validate(modelops: Call) -> tuple[list[str], list[str]]:
    told = json.loads(modelops("validate", "credit-risk", "--json").out)
    return [f"{one['code']} {one['message']}" for one in told["problems"]], [one["message"] for one in told["warnings"]]


def test_labels_that_fit_their_data_are_valid(modelops: Call, bank: Path) -> None:
    assert _validate(modelops) == ([], [])


def test_columns_that_are_not_there_are_found_before_anything_runs(modelops: Call, bank: Path) -> None:
    _write(bank, key="number")
    assert _validate(modelops)[0] == ["PLAN023 data set examples/credit/current.parquet has no column 'number'", "PLAN023 labels examples/credit/outcomes.parquet has no column 'number'"]
    _write(bank, time="at")
    assert _validate(modelops)[0] == ["PLAN023 data set examples/credit/current.parquet has no column 'at'"]
    _write(bank, path="examples/credit/baseline.parquet", key="amount")
    assert _validate(modelops)[0] == []
    os.replace(bank / "examples/credit/baseline.parquet", bank / "examples/credit/current.parquet")
    _write(bank)
    assert "PLAN023 data set examples/credit/current.parquet has a column 'defaulted' already, and the truth is to come from the labels" in _validate(modelops)[0]


def test_labels_that_are_not_there_yet_are_a_warning(modelops: Call, bank: Path) -> None:
    (bank / "examples/credit/outcomes.parquet").unlink()
    problems, warnings = _validate(modelops)
    assert problems == []
    assert warnings == ["data.labels.path names examples/credit/outcomes.parquet, which is not there"]
