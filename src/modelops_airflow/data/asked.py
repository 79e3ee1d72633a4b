"""What the steps of a run ask of a scan beyond the profile, while it has the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .columns import Columns
from .profile import Profile
from .ranking import Queries, rankings
from .score_bins import score_bins
from .slices import slices
from .vintages import vintages


@dataclass(frozen=True)
class Asked:
    """What is asked.

    Attributes:
        slices: columns to slice the outcomes by.
        scores: scores counted in bins, by prediction and truth.
        queries: how rankings are measured.
        vintages: periods to cut the outcomes of the current data by.
    """

    slices: tuple[str, ...] = ()
    scores: bool = False
    queries: tuple[Queries, ...] = ()
    vintages: tuple[str, ...] = ()

    def of(self, profile: Profile, table: Columns, roles: Mapping[str, str], baseline: Profile | None) -> Profile:
        """The profile of a table with what is asked.

        Args:
            baseline: whose bins and positive label the scores are counted by; of itself for the baseline.
        """
        return replace(
            profile,
            slices=slices(table, roles, self.slices, profile.outcomes, profile.maturity) if self.slices else {},
            scores=score_bins(table, roles, baseline) if self.scores else None,
            rankings=rankings(table, roles, self.queries) if self.queries else {},
            vintages={period: vintages(table, roles, period, profile.outcomes, profile.maturity) for period in self.vintages},
        )


NOTHING = Asked()
