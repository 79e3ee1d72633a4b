"""Trains the scorecard on the credit baseline, seeded, and writes its points; C++ and Java read the same ones.

    python examples/programs/train.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).parent
NUMBERS = ["duration_months", "amount", "instalment_rate", "existing_credits"]
WORDS = ["account_status", "credit_history", "savings", "employment", "housing"]


def points() -> list[tuple[str, str, float]]:
    """Column, its value (none: per unit) and points towards default; age and sex are not among them."""
    data = pd.read_parquet(HERE.parent / "credit" / "baseline.parquet")
    scale = {name: data[name].std() for name in NUMBERS}
    flags = [(name, value) for name in WORDS for value in sorted(data[name].unique())]
    inputs = [data[name] / scale[name] for name in NUMBERS] + [(data[name] == value).astype(float) for name, value in flags]
    model = LogisticRegression(C=0.2, max_iter=2000, random_state=0).fit(np.column_stack(inputs), data["defaulted"])
    weights = [float(one) for one in model.coef_[0]]
    numbers = [(name, "", weight / float(scale[name])) for name, weight in zip(NUMBERS, weights, strict=False)]
    words = [(name, value, weight) for (name, value), weight in zip(flags, weights[len(NUMBERS):], strict=True)]
    return [("", "", float(model.intercept_[0])), *numbers, *words]


if __name__ == "__main__":
    lines = [f"{name}\t{value}\t{weight:.12g}" for name, value, weight in points()]
    (HERE / "points.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
