"""mlflow: a model as MLflow saves it, whose file runs no code when it is opened."""

from __future__ import annotations

from ..kind import kind
from .package import Packaged


@kind("mlflow", suffixes=(".zip",))
class Mlflow(Packaged):
    """A folder as MLflow saves it (`MLmodel` and its files), whose flavour runs no code: scikit-learn as skops, ONNX, XGBoost, LightGBM.

    The safest flavour that is there is opened by the kind for it, so that kind's page says what is answered; an XGBoost or LightGBM
    booster of classes answers the label as prediction and its probability as score, where `mlflow.pyfunc` gives the probability alone. The
    signature is kept: the model gets its columns, in its order and types, and data that lacks one or has a value that is not the same
    in the signature's type is refused. Refused too are paths in `MLmodel` that lead out of the folder or to nothing, `code_paths`, a loader of
    somebody's own, and a python_function flavour that would load another file. Environment files are listed and never
    installed. MLflow is not needed. A pickled model is of the kind `mlflow-pickled`.
    """

    pickled = False
    other = ("the model's file is a pickle, which runs code when it is opened: save it with serialization_format='skops', or name the kind mlflow-pickled, "
             "which a policy must allow")
