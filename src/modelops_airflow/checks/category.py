"""Categories: groups of people, and which of them can be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..data.group import Group
from ..data.values import UNKNOWN
from ..errors import CheckError
from ..evidence.floor import LEAST_ROWS
from .share import share

NEVER_JUDGED = "unknown: counted, never judged"

_NAMED_AT_MOST = 20


@dataclass(frozen=True)
class Category:
    """A group of people.

    Attributes:
        why_not: why it is listed and not judged; None if it is judged.
    """

    group: Group
    why_not: str | None

    @property
    def judged(self) -> bool:
        """Whether requirements apply to it."""
        return self.why_not is None

    @property
    def shown(self) -> bool:
        """Whether its numbers are told at all."""
        return self.judged or self.group.n >= LEAST_ROWS

    @property
    def name(self) -> str:
        """Its labels, as `reference` has them."""
        return ", ".join(self.group.where.values())


def categories(groups: Sequence[Group], least_rows: int, least_share: float) -> list[Category]:
    """All groups of a table; shares are of all its rows, unknown ones included."""
    total = sum(group.n for group in groups)

    def why_not(group: Group) -> str | None:
        if UNKNOWN in group.where.values():
            return NEVER_JUDGED
        if group.n < least_rows:
            return f"n < {least_rows}: not assessable"
        if group.n / total < least_share:
            return f"share of rows < {least_share:g}: left out (least_share)"
        return None

    return [Category(group, why_not(group)) for group in groups]


def listed_only(found: Sequence[Category]) -> list[Category]:
    """The same with none judged: one category alone has nobody to be compared with."""
    return [replace(one, why_not=one.why_not or "fewer than two groups can be judged") for one in found]


def demand_coverage(table: str, found: Sequence[Category], least: float) -> None:
    """At least two judged categories, and enough rows in them.

    Raises:
        CheckError: too few.
    """
    judged = [one.group.n for one in found if one.judged]
    if len(judged) < 2:
        raise CheckError(f"{table}: {len(judged)} group is large enough to judge; expected at least two")
    covered = sum(judged) / sum(one.group.n for one in found)
    if covered < least:
        raise CheckError(f"{table}: {covered:.1%} of rows are in groups that can be judged; expected {least:.0%}")


def reference_of(table: str, found: Sequence[Category], named: str | None, rate: str) -> Category | None:
    """What the others are compared with: the named category, or the judged one with the highest rate.

    None where no category is judged or the rate is not known.

    Raises:
        CheckError: the named one is not there, or cannot be judged.
    """
    judged = [one for one in found if one.judged]
    if named is not None:
        return _named(table, found, named)
    rates = [(one, counted.value) for one in judged if (counted := share(rate, one.group)) and counted.value is not None]
    return max(rates, key=lambda one: one[1], default=(None, 0.0))[0]


def _named(table: str, found: Sequence[Category], named: str) -> Category:
    judged = [one.name for one in found if one.judged]
    there = ", ".join(judged[:_NAMED_AT_MOST]) + (" ..." if len(judged) > _NAMED_AT_MOST else "")
    for one in found:
        if one.name == named and one.judged:
            return one
        if one.name == named:
            raise CheckError(f"{table}: reference group {named!r} cannot be judged ({one.why_not}); expected one of: {there or 'none'}")
    raise CheckError(f"{table}: there is no reference group {named!r}; expected one of: {there or 'none'}")
