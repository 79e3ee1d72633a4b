"""Trains the income model on the baseline and exports it to ONNX, seeded.

    python examples/income/train.py
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).parent
NUMBERS = ["age", "education_years", "capital_gain", "capital_loss", "hours_per_week"]
WORDS = ["workclass", "marital_status", "occupation"]

if __name__ == "__main__":
    data = pd.read_parquet(HERE / "baseline.parquet")
    columns = ColumnTransformer([
        ("numbers", StandardScaler(), NUMBERS), ("words", OneHotEncoder(handle_unknown="ignore", sparse_output=False), WORDS),
    ])
    model = Pipeline([("columns", columns), ("classifier", LogisticRegression(max_iter=2000, random_state=0))])
    model.fit(data[NUMBERS + WORDS], data["over_50k"])
    inputs = [(name, FloatTensorType([None, 1])) for name in NUMBERS] + [(name, StringTensorType([None, 1])) for name in WORDS]
    graph = to_onnx(model, initial_types=inputs, options={id(model): {"zipmap": False}}, target_opset=18)
    (HERE / "model-2.0.0.onnx").write_bytes(graph.SerializeToString())
