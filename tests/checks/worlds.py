"""Small data sets with predictions, and their profiles."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from modelops_airflow.data.asked import NOTHING, Asked
from modelops_airflow.data.pairs import pairs
from modelops_airflow.data.prepare import roles_of
from modelops_airflow.data.profile import Profiles
from modelops_airflow.data.scan import edges_of, scan
from modelops_airflow.data.values import label

EXAMPLES = Path(__file__).parents[2] / "examples"


def profiles(current: pa.Table, baseline: pa.Table | None = None, *, methods: Collection[str] = (), asked: Asked = NOTHING, **columns: Any) -> Profiles:
    """Profiles of two tables, exact pairs included, as `profiles_of` makes them from data sets."""
    roles = roles_of(current.column_names, columns)
    facts: dict[str, Any] = {
        "protected": tuple(columns.get("protected", ())),
        "favourable": label(columns["favourable"]) if "favourable" in columns else "",
    }
    before = scan(baseline, roles, **facts) if baseline is not None else None
    after = scan(current, roles, **facts, edges=edges_of(before) if before else None)
    compared = None
    if before is not None and baseline is not None:
        compared = pairs(baseline, current, {name: column.kind for name, column in before.columns.items()}, methods)
    after = asked.of(after, current, roles, before)
    if before is not None and baseline is not None:
        before = asked.of(before, baseline, roles, before)
    return Profiles(after, before, roles, inputs={}, pairs=compared, **facts)


def example(name: str, side: str) -> pa.Table:
    """A side of an example of the repository."""
    return pq.read_table(EXAMPLES / name / f"{side}.parquet")


def people() -> pa.Table:
    """Adult census with a seeded prediction and score that lean on education, sex and hours."""
    table = example("income", "current")
    generator = np.random.default_rng(7)
    lean = (
        0.4 * (np.array(table["education_years"]) - 10) + 0.05 * (np.array(table["hours_per_week"]) - 40)
        + 0.8 * (np.array(table["sex"].to_pylist()) == "male") + generator.normal(size=table.num_rows) - 1
    )
    score = 1 / (1 + np.exp(-lean))
    return table.append_column("score", pa.array(score)).append_column("prediction", pa.array((score > 0.5).astype(int)))


def by_where(rows: Any, name: str, **where: str) -> Any:
    """The one row of a metric at a place."""
    found = [row for row in rows if row.name == name and _within(where, row.where)]
    assert len(found) == 1, (name, where, [row.where for row in rows if row.name == name])
    return found[0]


def _within(wanted: Mapping[str, str], where: Mapping[str, str]) -> bool:
    return dict(where) == dict(wanted)
