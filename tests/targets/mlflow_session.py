"""What MLflow's own client does at a server, for `test_mlflow_server.py`: `python mlflow_session.py URL VERB ...`, the last line is JSON."""

from __future__ import annotations

import json
import sys
import warnings

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature

NUMBERS = ["duration_months", "amount", "instalment_rate", "existing_credits"]
CLIENT = mlflow.MlflowClient


class ByHand(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return np.asarray(model_input["amount"] > 3000, dtype=float)


def answers(uri, rows):
    told = mlflow.pyfunc.load_model(uri).predict(rows)
    told = next(iter(told.values())) if isinstance(told, dict) else told
    return np.asarray(told, dtype=float).ravel().tolist()


def log(path):
    import onnx
    import xgboost
    from skl2onnx import to_onnx
    from sklearn.linear_model import LinearRegression, LogisticRegression

    data = pd.read_parquet(path)
    rows, target = data[NUMBERS].astype("float32"), data["defaulted"]
    logistic = LogisticRegression(max_iter=3000).fit(rows, target)
    linear = LinearRegression().fit(rows.to_numpy(), target)
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 2, "seed": 0}, xgboost.DMatrix(rows, target), 5)
    graph = onnx.load_from_string(to_onnx(linear, rows.to_numpy()[:1]).SerializeToString())
    signature = infer_signature(rows, np.array([0.0]))
    rest = {"signature": signature, "pip_requirements": ["scikit-learn"]}
    rows.head(50).to_parquet("rows.parquet")
    told = {"rows": str(__import__("pathlib").Path("rows.parquet").resolve())}
    for name, save in {
        "skops": lambda: mlflow.sklearn.log_model(logistic, name="model", serialization_format="skops", **rest),
        "pickled": lambda: mlflow.sklearn.log_model(logistic, name="model", serialization_format="cloudpickle", **rest),
        "xgboost": lambda: mlflow.xgboost.log_model(booster, name="model", **rest),
        "onnx": lambda: mlflow.onnx.log_model(graph, name="model", **rest),
        "by-hand": lambda: mlflow.pyfunc.log_model(name="model", python_model=ByHand(), pip_requirements=["numpy"]),
    }.items():
        with mlflow.start_run() as run:
            uri = save().model_uri
        mlflow.register_model(uri, name)
        CLIENT().set_registered_model_alias(name, "candidate", "1")
        told[name] = {"run": run.info.run_id, "answers": answers(f"models:/{name}@candidate", rows.head(50))}
    return told


def move(name):
    mlflow.register_model(CLIENT().get_model_version("onnx", "1").source, name)
    CLIENT().set_registered_model_alias(name, "candidate", "2")
    return {}


def back(name):
    CLIENT().set_registered_model_alias(name, "candidate", "1")
    return {}


def serve(name, alias, rows):
    version = CLIENT().get_model_version_by_alias(name, alias)
    return {"answers": answers(f"models:/{name}@{alias}", pd.read_parquet(rows)), "tags": version.tags}


def steal(name, alias, other):
    mlflow.register_model(CLIENT().get_model_version(other, "1").source, name)
    newest = max(int(one.version) for one in CLIENT().search_model_versions(f"name='{name}'"))
    CLIENT().set_registered_model_alias(name, alias, str(newest))
    return {}


def deleted(name):
    number = CLIENT().get_model_version_by_alias(name, "champion").version
    CLIENT().delete_model_version(name, number)
    try:
        CLIENT().set_registered_model_alias(name, "champion", number)
    except MlflowException as error:
        return {"refused": error.error_code}
    return {"refused": None}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    mlflow.set_tracking_uri(sys.argv[1])
    print(json.dumps({"log": log, "move": move, "back": back, "serve": serve, "steal": steal, "deleted": deleted}[sys.argv[2]](*sys.argv[3:])))
