"""skops: scikit-learn models without pickle; only types on skops' own allow-list are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import ArtifactError
from ..archive import zip_findings
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind, missing_extra
from .skops_reads import reading_findings

if TYPE_CHECKING:
    import pyarrow as pa


OLDEST = (0, 13)
"""The first version of skops without known ways around its list."""

_TRUSTED = ("skops does not trust it, and no policy changes that; trees are not trusted because a crafted one crashes whoever scores it. "
            "Save the model as onnx (skl2onnx), or as joblib where a policy allows pickled models")


@kind("skops", suffixes=(".skops",), extra="skops")
class Skops(Kind):
    """A scikit-learn model saved with skops; refused if it needs a type that skops does not trust.

    It fits linear models, support vectors, neighbours, naive Bayes, networks and pipelines of scikit-learn's own steps.
    It does not fit trees and what is made of them (random forests, extra trees, both gradient boostings, isolation
    forests): skops trusts neither `sklearn.tree._tree.Tree` nor `TreePredictor`, whose arrays scikit-learn follows
    without looking, so that a crafted file crashes whoever scores it. Convert those to `onnx` with skl2onnx, as
    `examples/income/train.py` does. Nor does it fit functions of your own, vectorizers that open files
    (`input="filename"`), and estimators with a cache (`memory`).
    """

    accepts = ("zip archive",)

    def findings(self, data: bytes) -> Findings:
        """The archive's shape, and the types that are not trusted."""
        readable, found = zip_findings(data)
        if not readable or found:
            return Findings(readable, findings=tuple(found))
        _sound_skops()
        from skops.io import get_untrusted_types

        try:
            return Findings(True, untrusted=tuple(get_untrusted_types(data=data)), findings=tuple(reading_findings(data)), next_step=_TRUSTED)
        except Exception as error:  # a hostile file may raise anything; whatever it is, it is no skops file
            return Findings(False, findings=(f"skops cannot read it: {str(error)[:200]}",))

    def load(self, artifact: VerifiedArtifact) -> Scorer:
        """Load with an empty trust list."""
        from skops.io import loads

        try:
            model = loads(artifact.bytes, trusted=[])
        except Exception as error:  # whatever the file raises while it is built, it is no model
            raise ArtifactError(f"skops cannot load the model: {str(error)[:200]}") from None
        if not hasattr(model, "predict"):
            raise ArtifactError(f"the file holds a {type(model).__name__}, which cannot predict")
        return _SkopsScorer(model)


def _sound_skops() -> None:
    """The library is there, and not one of the versions whose list of trusted types can be got around.

    Raises:
        ArtifactError: it is not.
    """
    try:
        from skops import __version__
    except ImportError:
        raise missing_extra("skops", "skops") from None
    if tuple(int(part) for part in __version__.split(".")[:2]) < OLDEST:
        raise ArtifactError(f"skops {__version__} can be made to load types nobody trusts (CVE-2025-54412, -54413, -54886); "
                            "run: pip install 'modelops-airflow[skops]'")


class _SkopsScorer(Scorer):
    def __init__(self, model: Any) -> None:
        self._model = model

    def score(self, rows: pa.Table) -> pa.Table:
        """`predict`, and the last column of `predict_proba` for two classes."""
        import pyarrow as pa

        wanted = [str(name) for name in getattr(self._model, "feature_names_in_", rows.column_names)]
        missing = [name for name in wanted if name not in rows.column_names]
        if missing:
            raise ArtifactError(f"the model needs columns the data does not have: {', '.join(missing)}")
        frame = rows.select(wanted).to_pandas()
        try:
            model, frame = _prepared(self._model, frame)
            answers = {"prediction": pa.array(model.predict(frame))}
            if hasattr(model, "predict_proba"):
                probabilities = model.predict_proba(frame)
                if probabilities.shape[1] == 2:
                    answers["score"] = pa.array(probabilities[:, 1])
        except Exception as error:  # estimators raise what they like over data they did not expect
            raise ArtifactError(f"the model cannot score the data: {(str(error) or type(error).__name__).splitlines()[0]}") from None
        return pa.table(answers)


def _prepared(model: Any, frame: Any) -> tuple[Any, Any]:
    """A pipeline's last estimator and what the steps before it make of the rows, once for all that it is asked."""
    from sklearn.pipeline import Pipeline

    if not isinstance(model, Pipeline) or len(model.steps) < 2 or not hasattr(model.steps[-1][1], "predict"):
        return model, frame
    return model.steps[-1][1], model[:-1].transform(frame)
