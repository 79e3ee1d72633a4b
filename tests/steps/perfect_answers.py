"""Somebody's perfect predictions in the data of a model: what a developer would give, had the artifact not to answer itself."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def give_perfect_answers(root: Path, model: str) -> None:
    """Write the truth as predictions and scores into both sides of the credit example, and name them in a model's file."""
    for side in ("baseline", "current"):
        path = root / "examples" / "credit" / f"{side}.parquet"
        table = pq.read_table(path)
        truth = table["defaulted"]
        pq.write_table(table.append_column("prediction", truth).append_column("score", truth.cast(pa.float64())), path)
    file = root / "dags" / "models" / f"{model}.yaml"
    file.write_text(file.read_text().replace("columns: {target", "columns: {prediction: prediction, score: score, target"))
