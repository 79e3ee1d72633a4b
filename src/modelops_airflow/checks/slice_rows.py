"""The rows of performance by the labels of a column, and their change against the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..data.profile import Profile, Profiles, Slice, Slices
from ..errors import CheckError
from ..evidence.floor import LEAST_ROWS, NOT_SHOWN
from ..measurement import Metric
from .change import change_rows, unlike
from .outcome_rows import METRICS, outcome_rows


def slice_rows(profiles: Profiles, column: str, least: int) -> tuple[list[Metric], str]:
    """The rows of every slice of a column, and what to note of those that are not judged.

    Args:
        least: smaller slices are listed, never judged (rows).

    Raises:
        CheckError: the column was not sliced, or cannot be.
    """
    found = _slices(profiles.current, column).found
    rows = [row for one in found for row in _rows(profiles, column, one, least)]
    small = [one.rows for one in found if one.rows < least]
    note = f"{column}: {len(small)} of {len(found)} slices have fewer than {least} rows, listed and not judged ({sum(small)} rows)"
    return rows, note if small else ""


def _slices(profile: Profile, column: str) -> Slices:
    found = profile.slices.get(column)
    if found is None:
        raise CheckError(f"column {column!r} was not sliced by the scan; scan the data again with by: [{column}]")
    if found.reason:
        raise CheckError(f"{column} cannot be sliced: {found.reason}")
    return found


def _rows(profiles: Profiles, column: str, one: Slice, least: int) -> list[Metric]:
    where, judged = {column: one.label}, one.rows >= least
    if one.rows < LEAST_ROWS:
        return [Metric("labelled_share", None, where, judged=False, reason=NOT_SHOWN)]
    labelled = Metric("labelled_share", one.outcomes.n / one.rows, where, n=one.rows, judged=judged, reason=None if judged else _small(least))
    own = _measured(one, least)
    if isinstance(own, str):
        own = [Metric(row, None, n=one.outcomes.n, reason=own) for row in _names(profiles)]
    rows = [*own, *(change_rows(own, _before(profiles, column, one, least)) if profiles.baseline is not None else ())]
    return [*(replace(row, where=where, judged=judged, reason=row.reason or (None if judged else _small(least))) for row in rows), labelled]


def _measured(one: Slice, least: int) -> list[Metric] | str:
    """The rows of a slice, or why there are none: whoever takes labels away must not make a slice look right."""
    if one.outcomes.n < (least if one.rows >= least else 1):
        return f"{one.outcomes.n} rows have a known label, n < {least}: not assessable"
    return outcome_rows(one.outcomes)


def _names(profiles: Profiles) -> Sequence[str]:
    """The measures that all rows together have."""
    whole = profiles.current.outcomes
    there = {row.name for row in outcome_rows(whole)} if whole is not None else set()
    return [name for name in METRICS if name in there]


def _before(profiles: Profiles, column: str, one: Slice, least: int) -> list[Metric] | str:
    assert profiles.baseline is not None  # noqa: S101 - for the type checker; the caller has looked
    there = profiles.baseline.slices.get(column, Slices(reason="it was not sliced"))
    if there.reason:
        return f"in the baseline {there.reason}"
    old = next((other for other in there.found if other.label == one.label), None)
    if old is None:
        return "the baseline has no such slice"
    if old.outcomes.n < max(least, LEAST_ROWS):
        return f"the baseline has fewer than {max(least, LEAST_ROWS)} labelled rows of this slice"
    return unlike(old.outcomes, one.outcomes) or outcome_rows(old.outcomes)


def _small(least: int) -> str:
    return f"n < {least}: not assessable"
