"""Writes the files that the vendor delivers, and those that keep it honest, from the credit examples' data.

    python examples/vendor/answers.py

answers-2026.1.csv has an answer to every application; canary.parquet has 60 applications with their answers.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from server import label, probability

HERE = Path(__file__).parent
CREDIT = HERE.parent / "credit"


def answered(rows: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Labels and probabilities."""
    likely = [probability(row) for row in rows.to_pylist()]
    return pa.array([label(one) for one in likely]), pa.array(likely)


if __name__ == "__main__":
    baseline, current = (pq.read_table(CREDIT / f"{side}.parquet") for side in ("baseline", "current"))
    everybody = pa.concat_tables([baseline, current]).sort_by("application_id")
    labels, likely = answered(everybody)
    pyarrow.csv.write_csv(pa.table({"application_id": everybody["application_id"], "label": labels, "probability": likely}),
                          HERE / "answers-2026.1.csv")
    canary = baseline.slice(0, 60).drop_columns(["application_id", "sex", "age_band", "defaulted", "residence_years", "housing", "existing_credits", "telephone"])
    labels, likely = answered(canary)
    pq.write_table(canary.append_column("prediction", labels).append_column("score", likely), HERE / "canary.parquet")
