"""mlflow-pickled: a model as MLflow saves it, whose file is a pickle; by policy, and in the jail."""

from __future__ import annotations

from ..kind import kind
from .package import Packaged


@kind("mlflow-pickled", suffixes=(".zip",))
class MlflowPickled(Packaged):
    """A folder as MLflow saves it whose file is a pickle (scikit-learn, python_function); only where a policy allows it, and scored in a jail.

    The file is read as the kind `cloudpickle` reads one: scikit-learn's own estimators pass; a function or class by value, as a
    python_function model written in a notebook has it, does not. Everything else is as in the kind `mlflow`.
    """

    by_policy = True
    pickled = True
    other = "the model's file runs no code when it is opened; name the kind mlflow, which needs no policy's leave"
