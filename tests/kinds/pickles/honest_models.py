"""Honest models as people save them, with the answers they give when nobody jails them."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

ROWS = 60


def frame() -> pd.DataFrame:
    """Two numbers, a text, and nothing missing."""
    dice = np.random.default_rng(7)
    return pd.DataFrame({"a": dice.normal(size=ROWS), "b": dice.normal(size=ROWS), "k": dice.choice(["x", "y", "z"], ROWS)})


def truth(rows: pd.DataFrame) -> np.ndarray[Any, Any]:
    """What the models learn."""
    return (rows["a"] + rows["b"] > 0).astype(int).to_numpy()


def models() -> Iterator[Any]:
    """Unfitted estimators for the two numbers."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import (
        GradientBoostingClassifier,
        HistGradientBoostingRegressor,
        RandomForestClassifier,
        StackingClassifier,
        VotingClassifier,
    )
    from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, QuantileTransformer, SplineTransformer, StandardScaler
    from sklearn.svm import SVC
    from sklearn.tree import DecisionTreeClassifier

    yield from (LogisticRegression(), Ridge(), RandomForestClassifier(8, n_jobs=-1, random_state=1), DecisionTreeClassifier(),
                GradientBoostingClassifier(n_estimators=5), HistGradientBoostingRegressor(max_iter=4), KNeighborsClassifier(),
                GaussianNB(), SVC(), MLPClassifier((4,), max_iter=30), SGDClassifier())
    yield CalibratedClassifierCV(LogisticRegression(), cv=2)
    yield StackingClassifier([("nb", GaussianNB()), ("lr", LogisticRegression())])
    yield VotingClassifier([("nb", GaussianNB()), ("lr", LogisticRegression())], voting="soft")
    yield make_pipeline(FunctionTransformer(np.square), StandardScaler(), QuantileTransformer(n_quantiles=10), LogisticRegression())
    yield make_pipeline(SplineTransformer(), Ridge())


def fitted() -> list[Any]:
    """All of them fitted, and a pipeline over columns whose answers are texts."""
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    rows = frame()
    columns = ColumnTransformer([("n", StandardScaler(), ["a", "b"]), ("c", OneHotEncoder(handle_unknown="ignore"), ["k"])])
    mixed = make_pipeline(columns, RandomForestClassifier(5, random_state=1))
    return [*(one.fit(rows[["a", "b"]], truth(rows)) for one in models()), mixed.fit(rows, np.where(truth(rows) == 1, "good", "bad"))]


def saved(model: Any) -> dict[str, tuple[str, bytes]]:
    """The bytes by how they were saved, each with its kind."""
    import cloudpickle
    import joblib

    found = {f"pickle {number}": ("pickle", pickle.dumps(model, number)) for number in range(2, 6)}
    found["cloudpickle"] = ("cloudpickle", cloudpickle.dumps(model))
    for how in (0, "zlib", "gzip", "bz2", "xz", "lzma"):
        out = io.BytesIO()
        joblib.dump(model, out, compress=(how, 3) if how else 0)
        found[f"joblib {how}"] = ("joblib", out.getvalue())
    for number in (2, 3, 4, 5):
        out = io.BytesIO()
        joblib.dump(model, out, protocol=number)
        found[f"joblib protocol {number}"] = ("joblib", out.getvalue())
    return found
