"""LightGBM: a model saved as text, scored by the library on one thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import ArtifactError
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind, missing_extra
from ..looks import found_by
from .answers import answered
from .features import matrix
from .lightgbm_file import LightgbmFile, read_lightgbm

if TYPE_CHECKING:
    import pyarrow as pa


@kind("lightgbm", suffixes=(".txt",), extra="lightgbm")
class Lightgbm(Kind):
    """A LightGBM model as `save_model` writes it, scored on one thread.

    The objective in the file says what is answered. `binary`: prediction 1 where the probability of label 1 is above
    0.5, else 0, and that probability as score. `multiclass` and `multiclassova`: the number of the most probable class,
    from 0, and for two classes the probability of class 1 as score. All other objectives: the number that the library
    predicts. LightGBM counts classes from 0, so let the target column hold those numbers: an LGBMClassifier that was
    trained on words keeps them in Python alone. Features are found by name (LightGBM writes `_` for a space), a missing
    value is missing to the model, and text is taken where a pandas table of categories trained the model; a category
    that it has never seen is an error. Every tree is checked before the library reads the file, which gets the trees
    alone and none of the settings behind them. Linear trees and an objective of your own are refused.
    """

    accepts = ("text",)

    def findings(self, data: bytes) -> Findings:
        """Whether every part of the file fits the others, and the library takes it."""
        return found_by(lambda: _booster(read_lightgbm(data)))

    def described(self, data: bytes) -> Mapping[str, str]:
        """Objective, size and features."""
        told = read_lightgbm(data)
        return {"objective": told.objective, "trees": str(told.trees),
                "features": ", ".join(one.name for one in told.features) if told.named else f"{len(told.features)}, without names"}

    def load(self, artifact: VerifiedArtifact) -> Scorer:
        """The booster of the verified bytes."""
        file = read_lightgbm(artifact.bytes)
        return _LightgbmScorer(file, _booster(file))


def _booster(file: LightgbmFile) -> Any:
    try:
        import lightgbm
    except ImportError:
        raise missing_extra("lightgbm", "lightgbm") from None
    try:
        booster = lightgbm.Booster(model_str=file.text)
    except Exception as error:  # the library has one type of its own, and Python's for what is no model
        raise ArtifactError(f"LightGBM refuses the model: {_told(error)}") from None
    if booster.num_trees() != file.trees or booster.num_feature() != len(file.features):
        raise ArtifactError(f"LightGBM finds {booster.num_trees()} trees and {booster.num_feature()} features; the file has {file.trees} and {len(file.features)}")
    return booster


class _LightgbmScorer(Scorer):
    def __init__(self, file: LightgbmFile, booster: Any) -> None:
        self._file, self._booster = file, booster

    def score(self, rows: pa.Table) -> pa.Table:
        """What the objective says."""
        features = matrix(rows, self._file.features, named=self._file.named)
        if not rows.num_rows:
            values: Any = features[:, :0].reshape((0, self._file.classes) if self._file.objective.startswith("multi") else (0,))
            return answered(values, 0, what=self._file.answers, classes=self._file.classes)
        try:
            values = self._booster.predict(features, num_threads=1)
        except Exception as error:  # as above
            raise ArtifactError(f"the model cannot score the data: {_told(error)}") from None
        return answered(values, rows.num_rows, what=self._file.answers, classes=self._file.classes)


def _told(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
