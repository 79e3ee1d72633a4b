"""XGBoost: a model saved by `save_model`, scored by the library on one thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import ArtifactError
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind, missing_extra
from ..looks import found_by
from .answers import answered
from .features import matrix
from .xgboost_file import XgboostFile, read_xgboost

if TYPE_CHECKING:
    import pyarrow as pa


@kind("xgboost", suffixes=(".json", ".ubj"), extra="xgboost")
class Xgboost(Kind):
    """An XGBoost model as `save_model` writes it, in JSON or UBJSON, scored on one thread.

    The objective in the file says what is answered. `binary:logistic`: prediction 1 where the probability of label 1 is
    above 0.5, else 0, and that probability as score. `multi:softprob`: the number of the most probable class, from 0,
    and for two classes the probability of class 1 as score. `multi:softmax` and `binary:hinge`: the number of the class
    alone. All other objectives: the number that the library predicts. XGBoost counts classes from 0, so let the target
    column hold those numbers. A model that was stopped early and keeps rounds behind its best is refused, since
    XGBoost's interfaces do not agree which of them answer: save `booster[:best + 1]`. Features are found by name, a missing value is missing to the model, text is taken only where
    the file keeps the categories it was trained on (XGBoost 3.1 and later). Every tree is checked before the library
    reads the file. A model with several targets, or an objective of your own, is refused.
    """

    accepts = ("text", "UBJSON")

    def findings(self, data: bytes) -> Findings:
        """Whether every part of the file fits the others, and the library takes it."""
        return found_by(lambda: (read_xgboost(data), _booster(data)))  # the library sees only what was read whole

    def described(self, data: bytes) -> Mapping[str, str]:
        """Version, booster, objective, size and features."""
        told = read_xgboost(data)
        return {"XGBoost": told.version, "booster": told.trees.booster, "objective": told.objective, "trees": str(told.trees.trees),
                "features": ", ".join(one.name for one in told.features) if told.named else f"{len(told.features)}, without names"}

    def load(self, artifact: VerifiedArtifact) -> Scorer:
        """The booster of the verified bytes."""
        return _XgboostScorer(read_xgboost(artifact.bytes), _booster(artifact.bytes))


def _booster(data: bytes) -> Any:
    try:
        import xgboost
    except ImportError:
        raise missing_extra("xgboost", "xgboost") from None
    try:
        with xgboost.config_context(verbosity=0):
            booster = xgboost.Booster({"nthread": 1})
            booster.load_model(bytearray(data))
            booster.set_param({"nthread": 1})
    except Exception as error:  # the library has one type of its own, and Python's for what is no model
        raise ArtifactError(f"XGBoost refuses the model: {_told(error)}") from None
    return booster


class _XgboostScorer(Scorer):
    def __init__(self, file: XgboostFile, booster: Any) -> None:
        self._file, self._booster = file, booster

    def score(self, rows: pa.Table) -> pa.Table:
        """What the objective says."""
        import numpy as np

        features = matrix(rows, self._file.features, named=self._file.named, single=True)
        if np.isinf(features).any():
            row, place = (int(one[0]) for one in np.isinf(features).nonzero())
            raise ArtifactError(f"row {row} has {self._file.features[place].name} infinite or too large for the model's 32 bits")
        try:
            values = self._asked(features)
        except Exception as error:  # as above
            raise ArtifactError(f"the model cannot score the data: {_told(error)}") from None
        return answered(values, rows.num_rows, what=self._file.answers, classes=self._file.classes)

    def _asked(self, features: Any) -> Any:
        if self._file.trees.booster == "gbtree":
            return self._booster.inplace_predict(features, validate_features=False)
        import xgboost

        return self._booster.predict(xgboost.DMatrix(features, nthread=1), validate_features=False)  # dart adds up in another order in place


def _told(error: Exception) -> str:
    """The first line that says something; the library begins with the time and a place in its source."""
    lines = [line.rsplit("]", 1)[-1].strip() if line.startswith("[") else line.strip() for line in str(error).splitlines()]
    return next((line[:200] for line in lines if line), type(error).__name__)
