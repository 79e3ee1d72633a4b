"""Expected outcomes: measures of a confusion table whose positives are known by their chances only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

MEASURES = ("accuracy", "precision", "recall", "specificity", "f1", "auc")


@dataclass(frozen=True)
class Predicted:
    """Rows by bin of the score, ascending: predicted positive, and all others."""

    yes: Numbers
    no: Numbers

    @property
    def rows(self) -> int:
        """All of them."""
        return int(self.yes.sum() + self.no.sum())

    def measures(self, yes: Numbers, no: Numbers) -> dict[str, Numbers]:
        """Each measure, given how many of both are positive by bin (last axis); not a number where it is not defined.

        As in `performance`, precision is 0 where nothing is predicted positive, and recall where nothing is positive.
        """
        import numpy as np

        tp, fn = yes.sum(axis=-1), no.sum(axis=-1)
        fp, tn = self.yes.sum() - tp, self.no.sum() - fn
        positives, negatives = yes + no, self.yes + self.no - yes - no
        higher = np.cumsum(negatives, axis=-1) - negatives / 2
        pairs = positives.sum(axis=-1) * negatives.sum(axis=-1)

        def share(part: Numbers, whole: Numbers, otherwise: float = 0.0) -> Numbers:
            return np.asarray(np.divide(part, whole, out=np.full(np.shape(part), otherwise), where=np.asarray(whole) > 0))

        return {
            "accuracy": (tp + tn) / self.rows, "precision": share(tp, tp + fp), "recall": share(tp, tp + fn),
            "specificity": share(tn, tn + fp, np.nan), "f1": share(2 * tp, 2 * tp + fp + fn),
            "auc": share((positives * higher).sum(axis=-1), pairs, np.nan),
        }

    def within(self, yes: Numbers, no: Numbers) -> float:
        """How far the area under the curve may be off: the order of two rows of one bin is taken for even."""
        positives, negatives = yes + no, self.yes + self.no - yes - no
        pairs = float(positives.sum() * negatives.sum())
        return float((positives * negatives).sum()) / 2 / pairs if pairs > 0 else 0.0
