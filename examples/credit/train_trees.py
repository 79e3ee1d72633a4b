"""Trains the two boosted credit models on the baseline, seeded: XGBoost's and LightGBM's own formats.

    python examples/credit/train_trees.py
"""

from __future__ import annotations

from pathlib import Path

import lightgbm
import pandas as pd
import xgboost
from train import HERE, NUMBERS, WORDS


def data() -> tuple[pd.DataFrame, pd.Series]:
    """Inputs and target of the baseline; words are categories, which both formats keep."""
    rows = pd.read_parquet(HERE / "baseline.parquet")
    return rows[NUMBERS + WORDS].astype(dict.fromkeys(WORDS, "category")), rows["defaulted"]


def boosting(inputs: pd.DataFrame, target: pd.Series, file: Path) -> None:
    """XGBoost, as UBJSON."""
    settings = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.1, "min_child_weight": 5, "lambda": 5, "nthread": 1, "seed": 0}
    model = xgboost.train(settings, xgboost.DMatrix(inputs, label=target, enable_categorical=True), num_boost_round=60)
    model.save_model(file)


def trees(inputs: pd.DataFrame, target: pd.Series, file: Path) -> None:
    """LightGBM, as text; its list of settings holds no path of this machine."""
    settings = {"objective": "binary", "num_leaves": 7, "learning_rate": 0.1, "min_data_in_leaf": 25, "lambda_l2": 5, "cat_smooth": 20,
                "num_threads": 1, "seed": 0, "deterministic": True, "force_col_wise": True, "verbosity": -1}
    model = lightgbm.train(settings, lightgbm.Dataset(inputs, label=target), num_boost_round=60)
    file.write_text(model.model_to_string(), encoding="utf-8")


if __name__ == "__main__":
    boosting(*data(), HERE / "boosting-1.0.0.ubj")
    trees(*data(), HERE / "trees-1.0.0.txt")
