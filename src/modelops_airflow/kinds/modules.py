"""Which module each kind of the package is in, so that a kind imports its own alone."""

from __future__ import annotations

MODULES = {
    "bayes-net": "networks.bayes_net",
    "cloudpickle": "pickles.cloudpickle",
    "dmn": "decision_tables.dmn",
    "excel": "workbooks.excel",
    "executable": "programs.executable",
    "graph": "networks.graph",
    "http": "services.http",
    "jdm": "decision_tables.jdm",
    "joblib": "pickles.joblib",
    "lightgbm": "boosters.lightgbm",
    "llm": "language_models.llm",
    "mlflow": "mlflow_models.mlflow",
    "mlflow-pickled": "mlflow_models.mlflow_pickled",
    "onnx": "estimators.onnx",
    "pickle": "pickles.pickle",
    "pmml": "estimators.pmml",
    "python": "programs.python",
    "recorded": "services.recorded",
    "rules": "decision_tables.rules",
    "shared-library": "programs.shared_library",
    "skops": "estimators.skops",
    "xgboost": "boosters.xgboost",
}
"""Name in YAML -> module of this folder."""
