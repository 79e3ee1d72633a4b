"""Data in files and a model to ask, as a step has them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from modelops_airflow.checks import Champion, CheckContext, run_check
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.data.values import numbers
from modelops_airflow.digest import Digest
from modelops_airflow.measurement import Measurement
from modelops_airflow.spec.project import Project

Model = Callable[[pa.Table], pa.Table]


def measure(
    folder: Path, check: str, current: pa.Table, model: Model | None, options: Mapping[str, Any] | None = None, *,
    baseline: pa.Table | None = None, champion: Model | str | None = None, **columns: Any,
) -> Measurement:
    """A check of a model over two sides; `columns` is the section of the model file, `champion` what is in use, or why nothing is."""
    sides = {"current": current, "baseline": baseline}
    found: dict[str, Dataset | None] = dict.fromkeys(sides)
    for side, table in sides.items():
        if table is not None:
            pq.write_table(table, folder / f"{side}.parquet")
            found[side] = Dataset(side, files=(folder / f"{side}.parquet",))
    now, before = found["current"], found["baseline"]
    assert now is not None
    try:
        profiles = profiles_of(now, before, columns, score=model)
    except Exception:  # a model that cannot answer at all: profile what there is, the check must tell
        profiles = profiles_of(now, before, columns)
    context = CheckContext(resolve=Project(folder).resolve, dataset=now, baseline=before, columns=columns, score=model, champion=in_use(champion))
    return run_check(check, profiles, options or {}, context=context)


def in_use(champion: Model | str | None) -> Callable[[], Champion | str] | None:
    """What a check is told of the version in use."""
    if champion is None or isinstance(champion, str):
        return None if champion is None else lambda: champion
    return lambda: Champion(Digest(f"sha256:{'c' * 64}"), "version 1.0.0", {"version": "1.0.0"}, champion)


class Rows:
    """A data set in memory, as far as checks need one."""

    query = None

    def __init__(self, table: pa.Table, name: str = "rows") -> None:
        self.table, self.name = table, name

    def columns(self, **_options: Any) -> pa.Table:
        """All columns."""
        return self.table

    def read_columns(self, wanted: Collection[str], **_options: Any) -> tuple[pa.Table, tuple[str, ...]]:
        """Those of the wanted columns that there are, and the names of all."""
        return self.table.select([name for name in self.table.column_names if name in wanted]), tuple(self.table.column_names)

    def read(self, **_options: Any) -> pa.Table:
        """All rows."""
        return self.table

    def stamps(self) -> tuple[()]:
        """Nobody writes into it."""
        return ()

    def digest(self) -> str:
        """Always the same."""
        return f"sha256:{'0' * 64}"


def applicants(rows: int = 400, seed: int = 5) -> pa.Table:
    """Income, debt, age and a word, with a truth that leans on income and debt."""
    draws = np.random.default_rng(seed)
    income, debt, age = draws.normal(50, 10, rows), draws.normal(20, 5, rows), draws.integers(18, 80, rows)
    lean = 0.2 * (income - 50) - 0.2 * (debt - 20) + draws.normal(size=rows)
    return pa.table({"income": income, "debt": debt, "age": age, "home": draws.choice(["own", "rent"], rows), "good": (lean > 0).astype(int)})


def logistic(rows: pa.Table) -> pa.Table:
    """A model of income and debt; it knows no other column, and no missing value of these two."""
    lean = 0.2 * (numbers(rows["income"]) - 50) - 0.2 * (numbers(rows["debt"]) - 20)
    if not np.isfinite(lean).all():
        raise ValueError("Input X contains NaN")
    score = 1 / (1 + np.exp(-lean))
    return pa.table({"prediction": pa.array((score > 0.5).astype(int)), "score": pa.array(score)})


def values(measured: Measurement, name: str) -> dict[tuple[str, ...], float | None]:
    """Values of a metric by the words of `where`."""
    return {tuple(row.where.values()): row.value for row in measured.metrics if row.name == name}
