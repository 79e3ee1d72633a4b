"""Rows that a check reads itself must be those that were profiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import CheckError

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..data.profile import Profiles


def demand_what_was_profiled(profiles: Profiles, side: str, dataset: Dataset | None) -> None:
    """The evidence names the data that was profiled; rows read since then must be of that data.

    Raises:
        CheckError: the files have changed.
    """
    stated = profiles.inputs.get(side)
    if stated is None or dataset is None or dataset.sql:
        return  # what a query answered is known by its profile alone, and the evidence says so
    if dataset.digest() != stated:
        raise CheckError(f"{dataset.name} is no longer the data that was profiled ({stated}); run the life cycle again")
