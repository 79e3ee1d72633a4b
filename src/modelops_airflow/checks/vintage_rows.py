"""The rows of performance by vintage: by the period that rows are of, and their change against the whole baseline."""

from __future__ import annotations

from collections.abc import Sequence

from ..data.profile import Profiles, Slice
from ..errors import CheckError
from ..measurement import Metric
from .change import baseline_rows
from .slice_rows import covered, rows_of, small_note

VINTAGE = "vintage"
"""Name of the period in `where`."""


def vintage_rows(profiles: Profiles, period: str, least: int, coverage: float) -> tuple[list[Metric], list[str]]:
    """The rows of every vintage, and what is not judged.

    Args:
        least: vintages with fewer mature rows are listed, never judged.
        coverage: share of the mature rows that must be in vintages large enough.

    Raises:
        CheckError: the data was not cut into vintages, or cannot be, or too few rows are in large ones.
    """
    found = _vintages(profiles, period)
    whose = "rows with a time" if profiles.current.maturity is None else "mature rows"
    covered(f"by {period}", found, least, coverage, (whose, "vintages", "take a longer period"))
    rows = [row for one in found for row in rows_of(profiles, {VINTAGE: one.label}, one, least, _before(profiles, one))]
    return rows, small_note(f"by {period}", found, least, "vintages")


def _vintages(profiles: Profiles, period: str) -> Sequence[Slice]:
    found = profiles.current.vintages.get(period)
    if found is None:
        raise CheckError(f"the data was not cut into vintages by {period} by the scan; scan it again with by_vintage: {period}")
    if found.reason:
        raise CheckError(f"there are no vintages by {period}: {found.reason}")
    return found.found


def _before(profiles: Profiles, one: Slice) -> list[Metric] | str | None:
    """Of all of the baseline: it is from before, and has no vintage of the same time."""
    return baseline_rows(profiles.baseline.outcomes, one.outcomes) if profiles.baseline is not None else None
