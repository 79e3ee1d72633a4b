"""Seeded data to measure on: 18 numbers of different shapes, 4 categories, a score, a prediction and the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

NUMBERS = [f"x{place}" for place in range(18)]
CATEGORIES = {"sex": 2, "age_band": 5, "region": 8, "product": 20}
COLUMNS = {"target": "y", "prediction": "prediction", "score": "score", "favourable": 1, "protected": ["sex", "age_band"]}


def write_sides(folder: Path, rows: int) -> None:
    """`baseline.parquet` and `current.parquet`; the current side has moved a little."""
    for seed, side in enumerate(("baseline", "current")):
        path = folder / f"{side}.parquet"
        if not path.exists():
            pq.write_table(table(rows, seed), path, row_group_size=131_072)


def current_files(folder: Path, parts: int) -> list[Path]:
    """The files of a current side of so many parts, each as large as `current.parquet`, which is the first."""
    return [folder / "current.parquet", *(folder / f"current-{part}.parquet" for part in range(1, parts))]


def write_more(folder: Path, rows: int, parts: int) -> None:
    """The other parts of a current side."""
    for part, path in enumerate(current_files(folder, parts)):
        if not path.exists():
            pq.write_table(table(rows, 1, part), path, row_group_size=131_072)


def table(rows: int, seed: int, part: int = 0) -> pa.Table:
    """One side; seed 1 is the moved one."""
    generator = np.random.default_rng([seed, part] if part else seed)
    columns = {name: _numbers(generator, place, rows, 0.01 * place * seed) for place, name in enumerate(NUMBERS)}
    for name, labels in CATEGORIES.items():
        columns[name] = pa.array([f"{name}-{n}" for n in range(labels)]).take(pa.array(generator.integers(0, labels, rows)))
    score = generator.random(rows)
    columns |= {"score": score, "prediction": (score > 0.5).astype("int8"), "y": (generator.random(rows) < score).astype("int8")}
    return pa.table(columns)


def _numbers(generator: np.random.Generator, place: int, rows: int, shift: float) -> np.ndarray:
    kind = place % 6
    if kind == 0:
        return np.exp(generator.normal(shift, 1, rows))
    if kind == 1:
        return generator.standard_t(3, rows) + shift
    if kind == 2:
        return generator.integers(0, 500, rows)
    return generator.normal(shift, 1 + place / 10, rows)
