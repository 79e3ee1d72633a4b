"""Pickled models: walked before anything trusts them, loaded in a jail alone, and only where a policy allows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ...errors import ArtifactError
from ..confinement.jail import LIMITS, Limits, score_in_jail
from ..formats import format_of
from ..kind import Findings, Kind, Scorer, VerifiedArtifact
from .imagined import Made
from .peel import COMPRESSIONS, peel
from .stack import Objection
from .walk import Walk

if TYPE_CHECKING:
    import pyarrow as pa

_BY_VALUE = ("cloudpickle.", "_cloudpickle")


class Pickled(Kind):
    """What the three pickled kinds share.

    Attributes:
        arrays: bytes of numpy arrays may stand between the operations, as joblib writes them.
    """

    by_policy = True
    accepts = ("pickle", *(f"{one} compression" for one in COMPRESSIONS))
    arrays: ClassVar[bool] = False

    def findings(self, data: bytes) -> Findings:
        """The names that are not allowed, and everything else that no honest model has."""
        try:
            peeled = peel(data)
        except ArtifactError as error:
            return Findings(True, findings=(str(error),))
        if peeled.layers and format_of(peeled.data) != "pickle":
            return Findings(False, findings=(f"inside the {peeled.layers[-1]} compression is {format_of(peeled.data)}; expected a pickle",))
        walk, root = Walk(data=peeled.data, arrays=self.arrays), None
        try:
            root = walk.whole()
        except Objection as objection:
            walk.findings.append(str(objection))
        else:
            walk.findings += _not_a_model(root)
        if any(name.startswith(_BY_VALUE) for name in walk.untrusted):
            walk.findings.append("the file carries code: a function or class is stored in it by value; "
                                 "use classes that scikit-learn has, or export the model to ONNX")
        return Findings(True, tuple(walk.untrusted), tuple(walk.findings))

    def load(self, artifact: VerifiedArtifact) -> Scorer:
        """A scorer that starts a jail for each batch; nothing is loaded before, or here."""
        return _JailedScorer(peel(artifact.bytes).data, self.arrays)


def _not_a_model(root: Any) -> list[str]:
    if isinstance(root, Made) and root.by.module.startswith("sklearn."):
        return []
    told = str(root.by) if isinstance(root, Made) else f"something of type {type(root).__name__}"
    return [f"the file holds {told[:100]}; expected a fitted estimator of scikit-learn"]


@dataclass(frozen=True)
class _JailedScorer(Scorer):
    data: bytes
    arrays: bool
    limits: Limits = LIMITS
    held: set[str] = field(default_factory=set)

    def score(self, rows: pa.Table) -> pa.Table:
        """`predict`, and the last column of `predict_proba` for two classes, out of the jail."""
        walk = Walk(data=self.data, arrays=self.arrays)
        walk.whole()  # for the modules it needs; the scan passed over the same bytes
        answer = score_in_jail(self.data, rows, arrays=self.arrays, modules=sorted(walk.modules), limits=self.limits)
        self.held.add(f"scored in a jail; network: {answer.network}; files: {answer.files}")
        return answer.table

    def notes(self) -> tuple[str, ...]:
        """What kept the model in."""
        return tuple(sorted(self.held))
