"""Trains both credit models on the baseline, seeded: the good one, and one that must be stopped.

    python examples/credit/train.py
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).parent
NUMBERS = ["duration_months", "amount", "instalment_rate", "existing_credits"]
WORDS = ["account_status", "credit_history", "savings", "employment", "housing"]


def train(numbers: list[str], words: list[str]) -> Pipeline:
    """A logistic regression; age and sex are not among its inputs."""
    data = pd.read_parquet(HERE / "baseline.parquet")
    columns = ColumnTransformer([
        ("numbers", StandardScaler(), numbers), ("words", OneHotEncoder(handle_unknown="ignore", sparse_output=False), words),
    ])
    model = Pipeline([("columns", columns), ("classifier", LogisticRegression(C=0.2, max_iter=2000, random_state=0))])
    return model.fit(data[numbers + words], data["defaulted"])


if __name__ == "__main__":
    skops.io.dump(train(NUMBERS, WORDS), HERE / "model-3.2.0.skops")
    skops.io.dump(train(["residence_years"], ["telephone"]), HERE / "legacy-1.0.0.skops")
