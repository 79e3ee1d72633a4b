"""A suite inferred from the baseline: columns, ranges, categories and missing values stay as they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..data.profile import NUMERIC, UNCOMPARED, Profile
from ..data.values import label

if TYPE_CHECKING:
    import pyarrow as pa

NULL_MARGIN = 0.05
"""How much larger the share of missing values may be than in the baseline."""

MOSTLY = 0.98
"""Share of values that must stay in the baseline's range or categories."""


def inferred_suite(baseline: Profile, roles: Mapping[str, str]) -> dict[str, Any]:
    """The suite as Great Expectations' JSON."""
    found: list[dict[str, Any]] = [_one("expect_table_row_count_to_be_between", "critical", min_value=1)]
    for name, column in baseline.columns.items():
        if roles.get(name) in ("prediction", "score", "target"):
            continue
        found.append(_one("expect_column_to_exist", "critical", column=name))
        mostly = round(1 - column.nulls / column.n - NULL_MARGIN, 4) if column.n else 0.0
        if mostly > 0:  # a column that is nearly empty can lose no more
            found.append(_one("expect_column_values_to_not_be_null", "warning", column=name, mostly=mostly))
        if column.kind == NUMERIC and column.edges:
            found.append(_one("expect_column_values_to_be_between", "warning", column=name, mostly=MOSTLY,
                              min_value=column.edges[0], max_value=column.edges[-1]))
        elif column.kind not in (NUMERIC, *UNCOMPARED) and column.values:
            found.append(_one("expect_column_values_to_be_in_set", "warning", column=name, mostly=MOSTLY,
                              value_set=list(column.values)))
    return {"name": "from-baseline", "expectations": found}


def written_suite(name: str, baseline: Profile, roles: Mapping[str, str], table: pa.Table) -> dict[str, Any]:
    """The inferred suite with the data's own values in place of labels, so that it says in a file what it says here.

    Args:
        table: what the profile was made of; categories that JSON cannot hold, as bytes, are left out.
    """
    found = []
    for one in inferred_suite(baseline, roles)["expectations"]:
        labels = one["kwargs"].get("value_set")
        values = None if labels is None else _own_values(table[one["kwargs"]["column"]], labels)
        if labels is None:
            found.append(one)
        elif values is not None:
            found.append({**one, "kwargs": {**one["kwargs"], "value_set": values}})
    return {"name": name, "expectations": found}


def _own_values(column: pa.ChunkedArray[Any], labels: list[str]) -> list[str | bool] | None:
    by_label = {label(value): value for value in column.unique().to_pylist() if value is not None}
    values = [by_label.get(one) for one in labels]
    plain = [value for value in values if isinstance(value, str | bool)]
    return plain if len(plain) == len(values) else None


def _one(kind: str, severity: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "severity": severity}
