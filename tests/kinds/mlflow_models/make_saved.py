"""Models as a real MLflow saves them, and what it predicts with them: `cd` here, `../../../.venv-mlflow/bin/python make_saved.py saved`.

One folder a model, and `expected.json` with the columns that `mlflow.pyfunc` answers for the rows of `rows.parquet`. Written once and
committed; MLflow puts its own times and ids in, so a second run gives other bytes.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature

EXAMPLES = Path(__file__).parents[3] / "examples"
CODE = """import mlflow


class Doubled(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input["amount"] * 2

mlflow.models.set_model(Doubled())
"""


VALUE = """class Written(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return (model_input["amount"] > 3000).astype("int64")
"""


def main(folder: Path) -> None:
    """Save each, and ask it through `mlflow.pyfunc`."""
    warnings.simplefilter("ignore")
    credit = pd.read_parquet(EXAMPLES / "credit/baseline.parquet")
    seen = credit.drop(columns=["application_id", "defaulted"]).head(60)
    seen.to_parquet(folder / "rows.parquet")
    estimator = _estimator()
    columns = list(estimator.feature_names_in_)
    labels = infer_signature(credit[columns], estimator.predict(seen[columns]))
    for form in ("skops", "pickle", "cloudpickle"):
        mlflow.sklearn.save_model(estimator, folder / f"sklearn-{form}", serialization_format=form, signature=labels, **_pinned())
    _small(folder, credit, "sklearn-unsigned")
    _boosters(folder, credit)
    _forest(folder, credit)
    _onnx(folder)
    notebook: dict[str, Any] = {"__name__": "__main__", "mlflow": mlflow}
    exec(compile(VALUE, "notebook.py", "exec"), notebook)  # a class by value, as notebooks save it, and no path of this machine in it
    mlflow.pyfunc.save_model(folder / "pyfunc-value", python_model=notebook["Written"](), **_pinned())
    os.chdir(folder)
    Path("doubled.py").write_text(CODE)
    mlflow.pyfunc.save_model(folder / "pyfunc-code", python_model="doubled.py", **_pinned())
    Path("doubled.py").rename("brought.py")
    _small(folder, credit, "sklearn-with-code", code_paths=["brought.py"])
    Path("brought.py").unlink()
    _write_expected(folder, seen)


def _pinned() -> dict[str, Any]:
    return {"pip_requirements": ["scikit-learn==1.9.1"]}


def _estimator() -> Any:
    import skops.io

    return skops.io.load(EXAMPLES / "credit/model-3.2.0.skops", trusted=[])


def _small(folder: Path, credit: pd.DataFrame, name: str, **options: Any) -> None:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(max_iter=2000).fit(credit[["amount", "duration_months"]], credit["defaulted"])
    mlflow.sklearn.save_model(model, folder / name, serialization_format="skops", **options, **_pinned())


def _boosters(folder: Path, credit: pd.DataFrame) -> None:
    import lightgbm
    import xgboost

    numbers = credit[["duration_months", "amount", "instalment_rate", "existing_credits"]].astype(float)
    signature = infer_signature(numbers, np.array([0.5]))
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 2, "seed": 0}, xgboost.DMatrix(numbers, credit["defaulted"]), 8)
    mlflow.xgboost.save_model(booster, folder / "xgboost-booster", signature=signature, **_pinned())
    classifier = xgboost.XGBClassifier(n_estimators=8, max_depth=2, random_state=0).fit(numbers, credit["defaulted"])
    mlflow.xgboost.save_model(classifier, folder / "xgboost-classifier", model_format="json", signature=signature, **_pinned())
    trees = lightgbm.train({"objective": "binary", "num_leaves": 4, "seed": 0, "verbose": -1}, lightgbm.Dataset(numbers, credit["defaulted"]), 8)
    mlflow.lightgbm.save_model(trees, folder / "lightgbm-booster", signature=signature, **_pinned())


def _forest(folder: Path, credit: pd.DataFrame) -> None:
    from sklearn.ensemble import RandomForestClassifier

    numbers = credit[["duration_months", "amount", "instalment_rate", "existing_credits"]].astype(float)
    forest = RandomForestClassifier(n_estimators=5, max_depth=3, random_state=0).fit(numbers, credit["defaulted"])
    mlflow.sklearn.save_model(forest, folder / "sklearn-forest", serialization_format="cloudpickle",
                              signature=infer_signature(numbers, forest.predict(numbers)), **_pinned())


def _onnx(folder: Path) -> None:
    import onnx
    from skl2onnx import to_onnx
    from sklearn.linear_model import LinearRegression

    rows = np.random.default_rng(0).normal(size=(50, 3)).astype("float32")
    model = to_onnx(LinearRegression().fit(rows, rows @ np.array([1.0, -2.0, 0.5], "float32")), rows[:1])
    frame = pd.DataFrame(rows, columns=["a", "b", "c"])
    mlflow.onnx.save_model(onnx.load_from_string(model.SerializeToString()), folder / "onnx-linear",
                           signature=infer_signature(frame, np.zeros(1, "float32")), **_pinned())


def _write_expected(folder: Path, seen: pd.DataFrame) -> None:
    """What each model that MLflow can ask answers."""
    told = {}
    for path in sorted(one for one in folder.iterdir() if one.is_dir()):
        rows = seen
        model = mlflow.pyfunc.load_model(str(path))
        if path.name == "onnx-linear":
            rows = pd.DataFrame(np.random.default_rng(1).normal(size=(20, 3)).astype("float32"), columns=["a", "b", "c"])
            rows.to_parquet(folder / "onnx-rows.parquet")
        elif path.name in ("sklearn-unsigned", "sklearn-with-code"):
            rows = seen[["amount", "duration_months"]]
        elif model.metadata.signature is not None:
            rows = seen[model.metadata.get_input_schema().input_names()]
            rows = rows.astype(float) if path.name.startswith(("xgboost", "lightgbm", "sklearn-forest")) else rows
        answer = model.predict(rows)
        answer = next(iter(answer.values())) if isinstance(answer, dict) else answer
        told[path.name] = np.asarray(answer, dtype=float).ravel().tolist()
    made = folder / "pyfunc-code/MLmodel"  # MLflow keeps the whole path of the code
    made.write_text(made.read_text().replace(str(folder), "/home/developer"))
    pickled = folder / "pyfunc-value/python_model.pkl"  # and that of its own library, as long as it was
    pickled.write_bytes(pickled.read_bytes().replace(sys.prefix.encode(), b"/usr".ljust(len(sys.prefix), b"_")))
    (folder / "expected.json").write_text(json.dumps(told, indent=0) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
