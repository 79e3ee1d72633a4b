"""The summary of a data set: its numbers are pandas' and Evidently's, and no datasheet tells of fewer than ten rows."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from worlds import by_where, example, profiles

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.digest import digest_bytes
from modelops_airflow.evidence.floor import floored
from modelops_airflow.measurement import Measurement, Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge
from modelops_airflow.spec.project import Project
from modelops_airflow.testing import check_errors, check_fails, check_passes

N = 400
CHANCE = np.random.default_rng(5)
TABLE = pa.table({
    "x": pa.array([None if n % 8 == 0 else float(v) for n, v in enumerate(CHANCE.lognormal(3, 1, N))]),
    "few": pa.array([float("nan") if n % 10 == 0 else float(n % 4) for n in range(N)]),
    "wild": pa.array([float("inf") if n < 3 else 1.5 * n for n in range(N)]),
    "city": pa.array([None if n % 5 == 0 else "north" if n % 2 else "south" if n > 20 else f"village {n}" for n in range(N)]),
    "same": ["a"] * N, "none": pa.nulls(N, pa.float64()),
    "at": pa.array([datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=6 * n) for n in range(N)]),
})


def measured(table: pa.Table = TABLE, baseline: pa.Table | None = None, *, folder: Path | None = None, columns: dict[str, Any] | None = None, **options: Any) -> Measurement:
    """The check's answer; with a folder it has rows to read and keeps there what it keeps."""
    columns = columns or {}
    if folder is None:
        return run_check("data-quality", profiles(table, baseline, **columns), options)
    sides: list[Dataset | None] = []
    for name, one in (("current", table), ("baseline", baseline)):
        if one is not None:
            pq.write_table(one, folder / f"{name}.parquet")
        sides.append(None if one is None else Dataset(name, files=(folder / f"{name}.parquet",)))

    def attach(name: str, data: bytes) -> None:
        (folder / name).write_bytes(data)

    now, before = sides
    assert now is not None
    context = CheckContext(dataset=now, baseline=before, columns=columns, resolve=Project(folder).resolve, attach=attach)
    return run_check("data-quality", profiles_of(now, before, columns), options, context=context)


def values(found: Measurement, column: str) -> dict[str, float | None]:
    return {row.name: row.value for row in found.metrics if row.where == {"column": column}}


def whole(found: Measurement) -> dict[str, float | None]:
    return {row.name: row.value for row in found.metrics if not row.where}


def test_numbers_of_a_column_are_those_of_pandas() -> None:
    found, frame = measured(), TABLE.to_pandas().replace([np.inf, -np.inf], np.nan)
    for name in ("x", "few", "wild"):
        told, column = values(found, name), frame[name]
        assert told["mean"] == pytest.approx(column.mean(), rel=1e-12)
        assert told["std"] == pytest.approx(column.std(ddof=0), rel=1e-10)
        assert (told["minimum"], told["maximum"], told["distinct"]) == (column.min(), column.max(), column.nunique())
        assert told["missing_share"] == TABLE.to_pandas()[name].isna().mean()
        assert told["infinite_share"] == np.isinf(TABLE.to_pandas()[name]).mean()
    city = values(found, "city")
    counts = frame["city"].value_counts()
    assert (city["distinct"], city["top_share"], city["missing_share"]) == (len(counts), counts.iloc[0] / counts.sum(), frame["city"].isna().mean())
    assert values(found, "at") == {"missing_share": 0.0}


def test_numbers_of_the_whole_are_those_of_evidently() -> None:
    pytest.importorskip("evidently")
    table = pa.table({"a": [1.0, 1.0, None, 4.0] * 5, "b": ["u", "v", "u", None] * 5, "same": [7] * 20, "none": pa.nulls(20, pa.float64())})
    sheet = run_check("evidently", profiles(table), {"metrics": ["RowCount", "ColumnCount", "ConstantColumnsCount", "EmptyColumnsCount", "DuplicatedRowCount", "DatasetMissingValueCount"]},
                      context=_rows(table))
    theirs = {(row.where["metric"], row.where.get("part", "")): row.value for row in sheet.metrics}
    ours = whole(run_check("data-quality", profiles(table), {"duplicate_rows": True}, context=_rows(table)))

    assert (ours["rows"], ours["columns"]) == (theirs["RowCount", ""], theirs["ColumnCount", ""])
    assert ours["missing_cells_share"] == theirs["DatasetMissingValueCount", "count"] / 80 == 30 / 80  # its own share is of rows, and may be above 1
    assert ours["duplicate_rows_share"] == theirs["DuplicatedRowCount", ""] / 20 == 16 / 20
    assert ours["empty_columns"] == theirs["EmptyColumnsCount", ""] == 1
    assert ours["constant_columns"] == 1 and theirs["ConstantColumnsCount", ""] == 2, "Evidently counts a column without a value among the constant ones"


def _rows(table: pa.Table) -> CheckContext:
    from asked import Rows

    return CheckContext(dataset=Rows(table), columns={})


def test_the_whole_is_told_with_the_names_of_columns() -> None:
    found = measured()
    rows = {row.name: row for row in found.metrics if not row.where}

    assert whole(found) == {"rows": 400, "columns": 7, "missing_cells_share": pytest.approx((50 + 40 + 80 + 400) / 2800), "largest_missing_share": 1.0,
                            "empty_columns": 1, "constant_columns": 1}
    assert (rows["largest_missing_share"].reason, rows["empty_columns"].reason, rows["constant_columns"].reason) == ("none", "none", "same")
    assert rows["constant_columns"].n == 5, "nobody knows whether times, or nothing, are the same"


@pytest.mark.parametrize("shift", [0.0, 0.4])
@pytest.mark.parametrize("name", ["normal", "skewed", "tied"])
def test_quantiles_are_numpys_within_their_error_bound(name: str, shift: float) -> None:
    chance = np.random.default_rng(11)
    draws = {"normal": chance.normal(size=5000), "skewed": chance.lognormal(size=5000), "tied": np.round(chance.normal(size=5000), 1)}
    old, new = draws[name], draws[name][::-1][:3000] * (1 + shift)
    for table, baseline, numbers in ((pa.table({"x": old}), None, old), (pa.table({"x": new}), pa.table({"x": old}), new)):
        rows = [row for row in measured(table, baseline).metrics if row.name == "quantile"]
        assert len(rows) == 5
        known = [row for row in rows if row.value is not None]
        assert len(known) >= 4
        for row in known:
            assert row.value is not None and row.error_bound is not None
            share = float(row.where["quantile"])
            assert abs(row.value - np.quantile(numbers, share, method="inverted_cdf")) <= row.error_bound + 1e-12
        bounds = [row.error_bound or 0 for row in known]
        assert np.median(bounds) < 0.1 * numbers.std(), "the control: a bound as wide as the data would hold for anything"


def test_quantiles_of_few_different_numbers_are_exact_with_the_rows_they_rest_on() -> None:
    table = pa.table({"x": [1.0] * 4 + [2.0] * 46 + [3.0] * 50})
    rows = {row.where["quantile"]: (row.value, row.n, row.error_bound) for row in measured(table).metrics if row.name == "quantile"}

    assert rows == {"0.05": (2.0, 50, None), "0.25": (2.0, 50, None), "0.5": (2.0, 50, None), "0.75": (3.0, 50, None), "0.95": (3.0, 50, None)}


def test_a_quantile_beyond_the_baseline_has_no_value() -> None:
    low = measured(pa.table({"x": np.arange(1000.0) - 5000}), pa.table({"x": np.arange(1000.0)}))
    assert {row.reason for row in low.metrics if row.name == "quantile"} == {"it is outside the baseline's range, where rows are not counted by size"}


def test_evidence_has_no_value_of_fewer_than_ten_rows() -> None:
    table = pa.table({"x": np.arange(100.0), "flag": [0.0] * 9 + [1.0] * 91})
    shown = floored(measured(table))
    hidden = {(row.name, row.where.get("column"), row.where.get("quantile")) for row in shown.metrics if row.value is None}

    assert {("minimum", "x", None), ("maximum", "x", None), ("quantile", "x", "0.05"), ("quantile", "x", "0.95"), ("minimum", "flag", None)} <= hidden
    assert ("quantile", "x", "0.5") not in hidden and ("maximum", "flag", None) not in hidden, "the control"


def test_the_bounds_of_a_bin_are_not_told_where_they_are_values_of_few_rows_of_the_baseline() -> None:
    old, new = pa.table({"x": np.arange(60.0)}), pa.table({"x": np.repeat(np.arange(60.0), 50)})
    told = {row.where["quantile"]: row.value for row in floored(measured(new, old)).metrics if row.name == "quantile"}

    assert told["0.05"] is None and told["0.95"] is None and told["0.5"] is not None
    assert all(row.value is not None for row in floored(measured(new)).metrics if row.name == "quantile"), "the control: on its own edges it has enough"


def test_an_outermost_edge_that_many_rows_share_is_told() -> None:
    """Most amounts are nothing: the bin of the median begins at the smallest value, which is nobody's own."""
    zeros = pa.table({"x": np.concatenate([np.zeros(900), np.arange(1.0, 101)])})
    few = pa.table({"x": np.concatenate([np.zeros(1), np.full(899, 1.0), np.arange(2.0, 102)])})
    for table in (zeros, few):
        for row in floored(measured(table)).metrics:
            if row.name == "quantile" and row.where["quantile"] == "0.5":
                assert row.value is not None and abs(row.value - np.median(table["x"].to_numpy())) <= (row.error_bound or 0)
    low = {row.where["quantile"]: row.value for row in floored(measured(pa.table({"x": np.arange(100.0)}))).metrics if row.name == "quantile"}
    assert low["0.05"] is None, "the control: the smallest of different values is somebody's own"


def test_the_most_frequent_label_is_named_from_ten_rows_on() -> None:
    few, many = (by_where(measured(pa.table({"c": ["Ann"] * top + [f"p{n}" for n in range(50)]})).metrics, "top_share", column="c") for top in (9, 10))
    assert (few.reason, few.value) == (None, 9 / 59) and many.reason == "Ann"


def test_times_span_from_the_tenth_row_to_the_tenth_last(tmp_path: Path) -> None:
    """The first and the last time are single rows': a birthday of one person must not stand in evidence."""
    found = measured(folder=tmp_path, columns={"time": "at"})
    row = by_where(found.metrics, "time_span_days")
    assert (row.value, row.unit, row.n) == ((N - 19) / 4, "days", N) and row.reason == "2026-01-03 to 2026-04-08"


def test_a_span_that_is_not_known_has_a_reason(tmp_path: Path) -> None:
    assert "cannot be read here" in str(by_where(measured(columns={"time": "at"}).metrics, "time_span_days").reason)
    texts = TABLE.set_column(6, "at", pa.array(["monday"] * N))
    assert "expected timestamps" in str(by_where(measured(texts, folder=tmp_path, columns={"time": "at"}).metrics, "time_span_days").reason)
    nothing = TABLE.set_column(6, "at", pa.nulls(N, pa.timestamp("us")))
    assert "has a time in 0 rows; expected at least 20" in str(by_where(measured(nothing, folder=tmp_path, columns={"time": "at"}).metrics, "time_span_days").reason)


def test_rows_that_repeat_are_counted_as_pandas_counts_them(tmp_path: Path) -> None:
    table = pa.table({"a": [1.0, None, float("nan"), 0.0, -0.0, 1.0, 2.0], "b": pa.array(["x", "y", "y", "z", "z", "x", None]).dictionary_encode(),
                      "c": pa.array(np.ones(7, np.float16))})
    table = pa.concat_tables([table, table])
    share = by_where(measured(table, folder=tmp_path, duplicate_rows=True).metrics, "duplicate_rows_share").value

    assert share == table.drop_columns(["c"]).to_pandas().duplicated().mean() == 10 / 14
    assert "duplicate_rows_share" not in whole(measured(table)), "nobody asked for it"


def test_rows_of_a_large_table_that_repeat_are_counted_as_pandas_counts_them(tmp_path: Path) -> None:
    table = pa.concat_tables([example("credit", "current").drop_columns(["application_id"])] * 2 + [example("credit", "current").drop_columns(["application_id"]).slice(0, 30)])
    share = by_where(measured(table, folder=tmp_path, duplicate_rows=True).metrics, "duplicate_rows_share").value
    assert share == pd.DataFrame(table.to_pandas()).duplicated().mean() > 0.5


def test_columns_are_compared_with_the_baseline() -> None:
    found = measured(TABLE.drop_columns(["x"]).append_column("fresh", pa.array([1] * N)), TABLE.set_column(4, "same", pa.array([1.5] * N)))
    rows = {row.name: (row.value, row.reason) for row in found.metrics if row.name in ("missing_columns", "new_columns")}

    assert rows == {"missing_columns": (1.0, "x"), "new_columns": (1.0, "fresh")}
    assert by_where(found.metrics, "kind_changed", column="same").reason == "numeric became categorical"
    assert by_where(found.metrics, "kind_changed", column="few").value == 0


def test_either_side_can_be_described() -> None:
    before = measured(TABLE.slice(0, 10), TABLE, data="baseline")
    assert whole(before)["rows"] == N and not any(row.name in ("new_columns", "kind_changed") for row in before.metrics)
    assert "there is no baseline to describe" in measured(data="baseline").notes[0]
    assert "expected one of current, baseline" in measured(data="both").notes[0]


def test_what_cannot_be_described_is_an_error(tmp_path: Path) -> None:
    assert "has 0 rows" in measured(TABLE.slice(0, 0)).notes[0] and "expected at least 10 rows" in measured(TABLE.slice(0, 9)).notes[0]
    assert measured(TABLE.slice(0, 10)).status is Status.MEASURED, "the control"
    assert "cannot be read here" in measured(duplicate_rows=True).notes[0]
    lists = pa.array([[1]] * N)
    beside = run_check("data-quality", profiles(TABLE), {"duplicate_rows": True}, context=_rows(TABLE.append_column("lists", lists)))
    assert beside.status is Status.MEASURED, "the control: a column that was not profiled is not read"
    told = run_check("data-quality", profiles(TABLE), {"duplicate_rows": True}, context=_rows(TABLE.set_column(0, "x", lists)))
    assert "duplicate rows cannot be counted" in told.notes[0]
    assert "cannot be read" in measured(folder=tmp_path, document="none.md").notes[0]


def test_a_requirement_decides() -> None:
    gaps = {"x": [None] * 20 + [1.0] * 80, "y": [1.0] * 100}
    check_fails("data-quality", gaps, require={"missing_share": {"fail": "> 0.1"}})
    check_passes("data-quality", gaps, require={"missing_share": {"fail": "> 0.2"}})
    check_fails("data-quality", gaps, require={"constant_columns": {"fail": "> 1"}})
    check_passes("data-quality", gaps, require={"constant_columns": {"fail": "> 2"}})
    check_errors("data-quality", {"x": pa.nulls(50, pa.float64())}, require={"mean": {"fail": "> 3", "where": {"column": "x"}}}, match="no usable value")


@pytest.mark.parametrize("broken", [pa.nulls(N, pa.float64()), pa.array([float("inf")] * N), pa.nulls(N, pa.string())])
def test_a_column_without_a_value_is_never_green(broken: Any) -> None:
    found = measured(TABLE.set_column(0, "x", broken))
    for metric, limit in (("mean", "> 1e9"), ("quantile", "> 1e9"), ("top_share", "> 0.99")):
        rule = [Requirement(metric, None, limit, {"column": "x"}, "model file", default=False)]
        assert judge(rule, found).verdict is Verdict.ERROR
    assert judge([Requirement("empty_columns", None, "> 1", {}, "model file", default=False)], found).verdict is Verdict.FAIL


HUMAN = """# The loans
## 1. Motivation
Made for the *bank*. [Ask](javascript:alert(2)) <script>alert(1)</script><!-- TODO -->
## Uses
### Not for
Insurance.
```
# no heading
```
"""


def test_the_datasheet_has_the_sections_of_people_and_says_which_are_missing(tmp_path: Path) -> None:
    (tmp_path / "data.md").write_text(HUMAN)
    found = measured(folder=tmp_path, document="data.md", columns={"protected": ["city"], "target": "few", "time": "at"})
    sheet = (tmp_path / "datasheet.md").read_text()

    assert found.parameters["datasheet"] == digest_bytes(sheet.encode()) and found.inputs["file:data.md"] == digest_bytes(HUMAN.encode())
    assert re.findall(r"^## (.*)$", sheet, re.MULTILINE) == ["Motivation", "Composition", "Collection process", "Preprocessing", "Uses", "Distribution", "Maintenance"]
    assert "*Written by people, and not measured:*" in sheet and "[Ask](" in sheet and "javascript" not in sheet
    assert "Made for the *bank*." in sheet and "<" not in sheet and "TODO" not in sheet
    assert "**Not for**\nInsurance.\n    # no heading" in sheet
    assert sheet.count("*Not written. It should say ") == 4
    assert "declared as protected: city." in sheet.replace("declares", "declared") and "The label is few." in sheet
    assert "- time span days: 95.25 (2026-01-03 to 2026-04-08)" in sheet and "- rows: 400" in sheet


def test_the_datasheet_tells_nothing_of_fewer_than_ten_rows(tmp_path: Path) -> None:
    measured(pa.table({"x": [1.25] * 7 + [None] * 93, "name": [f"p{n}" for n in range(9)] + [None] * 91}), folder=tmp_path)
    lines = {line.split(" | ")[0].strip("| "): line for line in (tmp_path / "datasheet.md").read_text().splitlines() if line.startswith("|")}
    assert "1.25" not in lines["x"] and lines["x"].count("not shown") == 9
    assert "p1" not in lines["name"] and "0.93" in lines["x"], "the control: the missing ones are told"


def test_names_of_columns_are_no_markdown(tmp_path: Path) -> None:
    measured(pa.table({"a|b <img src=x>\n# head": [1.0] * 20}), folder=tmp_path)
    text = (tmp_path / "datasheet.md").read_text()
    assert "| a\\|b \\<img src=x\\> \\# head | feature |" in text and "<img" not in text.replace("\\<img", "")


def test_the_same_data_has_the_same_datasheet(tmp_path: Path) -> None:
    first, again, other = measured(folder=tmp_path), measured(folder=tmp_path), measured(TABLE.slice(0, 300), folder=tmp_path)
    assert first.parameters["datasheet"] == again.parameters["datasheet"] != other.parameters["datasheet"]
