"""Scored rows whose labels arrive late, and what pandas makes of both."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from modelops_airflow.data.dataset import Dataset, Span
from modelops_airflow.data.late import Labels, LateDataset

ROOT = Path(__file__).parents[1]
AS_OF = datetime(2026, 3, 31, tzinfo=UTC)
N = 2000
COLUMNS = {"target": "y", "time": "at", "ignore": ["id"]}


def world(seed: int = 0, n: int = N) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scored rows of two years, some without a time; labels in another order, of nine in ten rows and of some that are elsewhere."""
    random = np.random.default_rng(seed)
    at = pd.Series(AS_OF.replace(tzinfo=None) - pd.to_timedelta(random.integers(1, 730 * 24, n), unit="h")).astype("datetime64[us]")
    at[random.random(n) < 0.02] = pd.NaT
    truth = random.integers(0, 2, n)
    score = 1 / (1 + np.exp(-(2 * truth - 1 + random.normal(0, 1.5, n))))
    rows = pd.DataFrame({"id": random.permutation(n) + 10_000, "at": at, "x": random.normal(size=n), "score": score, "prediction": (score > 0.5).astype(int),
                         "region": random.choice(["north", "south"], n)})
    labels = pd.DataFrame({"id": rows["id"], "y": truth, "collected": "x"}).sample(frac=0.9, random_state=seed)
    elsewhere = pd.DataFrame({"id": range(50), "y": 1, "collected": "x"})
    return rows, pd.concat([labels, elsewhere]).sample(frac=1, random_state=seed)


def expected(rows: pd.DataFrame, labels: pd.DataFrame, until: datetime = AS_OF, months: int = 12) -> pd.Series:
    """What pandas says: the truth of mature rows, missing elsewhere."""
    joined = rows.merge(labels[["id", "y"]], on="id", how="left", validate="one_to_one")
    mature = joined["at"] <= pd.Timestamp(until).tz_localize(None) - pd.DateOffset(months=months)
    return joined["y"].where(mature)


def stored(folder: Path, name: str, frame: pd.DataFrame, form: str = "parquet", files: int = 1) -> tuple[Path, ...]:
    """A frame in files of some rows each."""
    folder.mkdir(exist_ok=True, parents=True)
    found = []
    for number, part in enumerate(np.array_split(np.arange(len(frame)), files)):
        path = folder / f"{name}-{number}.{form}"
        table = pa.Table.from_pandas(frame.iloc[part], preserve_index=False)
        (pq.write_table if form == "parquet" else pyarrow.csv.write_csv)(table, path)
        found.append(path)
    return tuple(found)


def late(folder: Path, rows: Any, labels: Any, *, form: str = "parquet", files: int = 1, span: Span | None = None, **named: Any) -> LateDataset:
    """Rows and labels in files, joined."""
    facts: dict[str, Any] = {"key": "id", "target": "y", "time": "at", "matures_after": "P12M", "until": AS_OF} | named
    source = Dataset("labels", files=stored(folder, "labels", labels, form, files))
    return LateDataset("rows", stored(folder, "rows", rows, form, files), None, span, labels=Labels(source, **facts))


def credit(root: Path) -> Path:
    """The project of the repository, whose credit model has its truth in a file of its own: one day in four hundred and more is not mature yet."""
    for name in ("dags", "examples"):
        shutil.copytree(ROOT / name, root / name)
    folder = root / "examples" / "credit"
    for side, first in (("baseline", "2023-01-01"), ("current", "2024-01-01")):
        table = pq.read_table(folder / f"{side}.parquet")
        days = pd.to_timedelta(np.arange(table.num_rows) * 277 % 720, unit="D") + pd.Timestamp(first)
        table = table.append_column("scored_at", pa.array(days.to_numpy(), pa.timestamp("us")))
        if side == "current":
            pq.write_table(table.select(["application_id", "defaulted"]), folder / "outcomes.parquet")
            table = table.drop_columns(["defaulted"])
        pq.write_table(table, folder / f"{side}.parquet")
    return root
