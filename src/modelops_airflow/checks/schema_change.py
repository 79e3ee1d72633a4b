"""Columns that went, came, or became of another kind."""

from __future__ import annotations

from collections.abc import Mapping

from ..data.profile import Column, Profile
from ..measurement import Metric


def absent(name: str, one: Profile, other: Profile) -> Metric:
    """How many columns of one side the other lacks, and which."""
    found = [column for column in one.columns if column not in other.columns]
    return Metric(name, float(len(found)), n=len(one.columns), reason=", ".join(found) or None)


def kind_changed(old: Column, new: Column, where: Mapping[str, str]) -> Metric:
    """Whether numbers became texts or the like; the kind of a column without a value says nothing."""
    if new.kind == old.kind:
        return Metric("kind_changed", 0.0, where, n=new.n)
    if not old.valid or not new.valid:
        return Metric("kind_changed", None, where, n=new.n, reason=f"the {'current data' if old.valid else 'baseline'} has no usable value")
    return Metric("kind_changed", 1.0, where, n=new.n, reason=f"{old.kind} became {new.kind}")
