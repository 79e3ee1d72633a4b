"""Shares of a group: some of its rows out of others, read from its counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..data.group import Group


@dataclass(frozen=True)
class Share:
    """Part of a whole, both in rows.

    Attributes:
        of: which rate of which group; names what is resampled.
    """

    part: int
    whole: int
    of: str = ""

    @property
    def value(self) -> float | None:
        """The share; None if there is no row to divide by."""
        return self.part / self.whole if self.whole else None


SELECTION, SCORING = "selection_rate", "scoring_rate"

_CELLS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    SELECTION: (("selected",), ("n",)),
    SCORING: (("above",), ("n",)),
    "tpr": (("tp",), ("tp", "fn")),
    "fnr": (("fn",), ("tp", "fn")),
    "fpr": (("fp",), ("fp", "tn")),
    "tnr": (("tn",), ("fp", "tn")),
    "precision": (("tp",), ("tp", "fp")),
    "fdr": (("fp",), ("tp", "fp")),
    "npv": (("tn",), ("tn", "fn")),
    "for": (("fn",), ("tn", "fn")),
    "accuracy": (("tp", "tn"), ("tp", "fp", "tn", "fn")),
}

BY_TRUTH = tuple(name for name in _CELLS if name not in (SELECTION, SCORING))
"""Rates that need known labels."""


def share(rate: str, group: Group) -> Share | None:
    """A rate of a group as counts; None where the profile does not have them."""
    part, whole = _CELLS[rate]
    over = [getattr(group, cell) for cell in part]
    under = [getattr(group, cell) for cell in whole]
    if None in over or None in under:
        return None
    return Share(sum(over), sum(under), f"{rate} of {sorted(group.where.items())!r}")
