"""The rows of performance by the labels of a column, and their change against the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..data.profile import Profile, Profiles, Slice, Slices
from ..data.values import UNKNOWN, sort_key
from ..errors import CheckError
from ..evidence.floor import LEAST_ROWS, NOT_SHOWN
from ..measurement import Metric
from .change import baseline_rows, change_rows
from .outcome_rows import METRICS, outcome_rows


def slice_rows(profiles: Profiles, column: str, least: int) -> list[Metric]:
    """The rows of every slice of a column.

    Args:
        least: smaller slices are listed, never judged (rows).

    Raises:
        CheckError: the column was not sliced, or cannot be.
    """
    return [row for one in _slices(profiles.current, column).found for row in rows_of(profiles, {column: one.label}, one, least, _before(profiles, column, one, least))]


def demand_coverage(profiles: Profiles, column: str, least: int, coverage: float) -> None:
    """Refuse slices that are too small to be judged: a requirement on them would pass unlooked at.

    Raises:
        CheckError: too few of the rows with a known label are in slices of at least so many rows, or none is.
    """
    covered(column, _slices(profiles.current, column).found, least, coverage, ("rows with a known label", "slices", "slice by a column with fewer labels"))


def covered(name: str, found: Sequence[Slice], least: int, coverage: float, words: tuple[str, str, str]) -> None:
    """As `demand_coverage`, of slices by whatever it is.

    Args:
        words: whose share it is, what the slices are called, and what else to do about it, for the message.
    """
    whose, what, instead = words
    sizes = [one.rows for one in found if one.label != UNKNOWN]
    total, judged = sum(sizes), sum(size for size in sizes if size >= least)
    if judged < coverage * total or not judged:
        raise CheckError(f"{name}: {judged} of {total} {whose} are in {what} of at least {least} rows; expected a share of {coverage:g} "
                         f"and at least one of them; lower min_slice_size or min_coverage, or {instead}")


def slice_notes(profiles: Profiles, column: str, least: int) -> list[str]:
    """What is not judged, and what is no longer there."""
    found, notes = _slices(profiles.current, column).found, []
    notes += small_note(column, found, least)
    before = profiles.baseline.slices[column].found if profiles.baseline is not None and column in profiles.baseline.slices else ()
    gone = {one.label for one in before if one.rows >= least} - {one.label for one in found}
    if gone:
        notes.append(f"{column}: no row of the current data is in {', '.join(sorted(gone, key=sort_key))}, which the baseline has")
    return notes


def small_note(name: str, found: Sequence[Slice], least: int, what: str = "slices") -> list[str]:
    """How much is listed and not judged."""
    small = [one.rows for one in found if one.rows < least]
    return [f"{name}: {len(small)} of {len(found)} {what} have fewer than {least} rows, listed and not judged ({sum(small)} rows)"] if small else []


def _slices(profile: Profile, column: str) -> Slices:
    found = profile.slices.get(column)
    if found is None:
        raise CheckError(f"column {column!r} was not sliced by the scan; scan the data again with by: [{column}]")
    if found.reason:
        raise CheckError(f"{column} cannot be sliced: {found.reason}")
    return found


def rows_of(profiles: Profiles, where: Mapping[str, str], one: Slice, least: int, before: list[Metric] | str | None) -> list[Metric]:
    """The rows of one slice.

    Args:
        before: those of the baseline, or why it has none; None without a baseline.
    """
    judged = one.rows >= least
    mature = [mature_share(one.rows, one.rows + one.immature, where)] if profiles.current.maturity is not None else []
    if one.rows < LEAST_ROWS:
        why = "no row is mature" if one.immature and not one.rows else NOT_SHOWN
        return [Metric("labelled_share", None, where, judged=False, reason=why), *mature]
    labelled = Metric("labelled_share", one.outcomes.n / one.rows, where, n=one.rows, judged=judged, reason=None if judged else _small(least))
    own = _measured(one, least)
    if isinstance(own, str):
        own = [Metric(row, None, n=one.outcomes.n, reason=own) for row in _names(profiles)]
    rows = [*own, *(change_rows(own, before) if before is not None else ())]
    return [*(replace(row, where=where, judged=judged, reason=row.reason or (None if judged else _small(least))) for row in rows), labelled, *mature]


def mature_share(mature: int, rows: int, where: Mapping[str, str]) -> Metric:
    """What share of rows is mature; of a part it is listed, for those of the last months are never mature."""
    hidden = bool(where) and 0 < mature < LEAST_ROWS
    return Metric("mature_share", None if hidden else mature / rows, where, n=rows, judged=not where, reason=NOT_SHOWN if hidden else None)


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


def _before(profiles: Profiles, column: str, one: Slice, least: int) -> list[Metric] | str | None:
    if profiles.baseline is None:
        return None
    there = profiles.baseline.slices.get(column, Slices(reason="it was not sliced"))
    if there.reason:
        return f"in the baseline {there.reason}"
    old = next((other for other in there.found if other.label == one.label), None)
    if old is None:
        return "the baseline has no such slice"
    if old.outcomes.n < least:
        return f"the baseline has fewer than {least} labelled rows of this slice"
    return baseline_rows(old.outcomes, one.outcomes)


def _small(least: int) -> str:
    return f"n < {least}: not assessable"
