"""Comparison: the rows of one table of groups, as the options of the check ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..data.group import Group
from ..data.values import UNKNOWN
from ..measurement import Metric
from .category import Category, categories, demand_coverage, listed_only, reference_of
from .category_rows import RATIOS, category_rows, unknown_row
from .parity import parity_rows
from .resampling import Resampling


@dataclass(frozen=True)
class Comparison:
    """How groups are compared.

    Attributes:
        least_rows, least_share: of a group that is judged.
        least_coverage: share of rows in groups that are judged, of an attribute alone.
        reference: table -> name of the group that ratios are against.
        missing: rate -> why the profile may not have it.
    """

    least_rows: int
    least_share: float
    least_coverage: float
    reference: Mapping[str, str]
    missing: Mapping[str, str]
    resampling: Resampling

    def of_attribute(self, table: str, groups: Sequence[Group]) -> list[Metric]:
        """Rows of the groups of one attribute; people of unknown category are counted, also where there are none.

        Raises:
            CheckError: too few groups or rows can be judged, or the named reference is not among them.
        """
        found = categories(groups, self.least_rows, self.least_share)
        demand_coverage(table, found, self.least_coverage)
        unknown = any(UNKNOWN in group.where.values() for group in groups)
        return [*([] if unknown else [unknown_row(table)]), *self._rows(table, found, found)]

    def of_intersection(self, table: str, groups: Sequence[Group]) -> tuple[list[Metric], str]:
        """Rows of the groups of all attributes together, and what to note: fewer than two are listed only.

        Raises:
            CheckError: the named reference is not among them.
        """
        found = categories(groups, self.least_rows, self.least_share)
        if sum(one.judged for one in found) > 1:
            return self._rows(table, found, found), ""
        return self._rows(table, found, listed_only(found)), f"{table}: fewer than two groups can be judged, listed only"

    def _rows(self, table: str, found: Sequence[Category], told: Sequence[Category]) -> list[Metric]:
        named = self.reference.get(table)
        references = {ratio: reference_of(table, found, named, rate) for ratio, rate in RATIOS.items()}
        rows = [row for one in told for row in category_rows(one, references, self.least_rows, self.missing, self.resampling)]
        judged = [one.group for one in told if one.judged]
        return rows + parity_rows(table, judged, self.least_rows, self.missing, self.resampling) if judged else rows
