"""Lists, and what says who a row is: a model may see them, their missing values are counted, and nothing compares them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelops_airflow.checks import run_check
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.late import keyless
from modelops_airflow.data.prepare import features_of, profiles_of
from modelops_airflow.data.profile import Profiles
from modelops_airflow.errors import DataError

N = 40


def rows(shift: int = 0) -> pa.Table:
    return pa.table({"who": [f"a{n + shift}" for n in range(N)], "links": pa.array([None, [1, 2]] * (N // 2)), "x": [float(n) for n in range(N)]})


def profiled(folder: Path, current: pa.Table, baseline: pa.Table, **columns: object) -> Profiles:
    sides = []
    for name, table in (("current", current), ("baseline", baseline)):
        pq.write_table(table, folder / f"{name}.parquet")
        sides.append(Dataset(name, files=(folder / f"{name}.parquet",)))
    return profiles_of(sides[0], sides[1], columns, exact=("psi",))


def test_a_list_is_counted_and_not_compared(tmp_path: Path) -> None:
    found = profiled(tmp_path, rows(), rows(), key=["who"])
    links = found.current.columns["links"]
    assert (links.kind, links.n, links.nulls, links.values) == ("other", N, N // 2, None)
    drift = run_check("drift", found, {"method": "psi"})
    assert [row.where.get("column") for row in drift.metrics] == ["x", None] and drift.metrics[1].value == 0


def test_who_a_row_is_stays_out_of_the_profile_and_before_the_model(tmp_path: Path) -> None:
    found = profiled(tmp_path, rows(500), rows(), key=["who"])
    assert (found.current.columns["who"].kind, found.roles["who"]) == ("other", "key")
    assert "a501" not in str(found.to_json())
    assert features_of(rows(), {"key": ["who"]}).column_names == ["who", "links", "x"]
    control = profiled(tmp_path, rows(500), rows())
    assert "a501" in str(control.to_json()) and {row.where.get("column") for row in run_check("drift", control, {}).metrics} >= {"who"}


def test_an_id_that_is_no_column_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no column 'whom' \(key\)"):
        profiled(tmp_path, rows(), rows(), key=["whom"])


@pytest.mark.parametrize("role", ["target", "prediction", "score"])
def test_a_list_is_no_label(tmp_path: Path, role: str) -> None:
    with pytest.raises(DataError, match="list"):
        profiled(tmp_path, rows(), rows(), key=["who"], **{role: "links"})


@pytest.mark.parametrize("check", ["data-quality", "volumetrics"])
def test_checks_that_describe_columns_do_so(tmp_path: Path, check: str) -> None:
    measured = run_check(check, profiled(tmp_path, rows(), rows(), key=["who"]), {})
    assert measured.status.value == "measured", measured.notes
    missing = {row.where.get("column"): row.value for row in measured.metrics if row.name in ("missing_share", "null_share_change")}
    assert missing["links"] == (0.5 if check == "data-quality" else 0)
    assert not any(row.name in ("distinct", "top_share") for row in measured.metrics if row.where.get("column") in ("links", "who"))


def test_naming_the_column_for_drift_is_an_error(tmp_path: Path) -> None:
    measured = run_check("drift", profiled(tmp_path, rows(), rows(), key=["who"]), {"columns": ["links"]})
    assert measured.status.value == "error" and "holds lists" in measured.notes[0]


def test_the_key_of_late_labels_stays_before_the_model_only_as_the_id() -> None:
    assert keyless({"key": ["who"]}, "who") == {"key": ["who"]}
    assert keyless({}, "who") == {"ignore": ("who",)}, "the control"
