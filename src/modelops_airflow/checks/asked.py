"""What the checks of a run ask of the scan, read from their options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..data.asked import Asked
from ..data.ranking import Queries
from .check import CHECKS

Steps = Sequence[tuple[str, Mapping[str, Any]]]


def asked_of(steps: Iterable[tuple[str, Mapping[str, Any]]], protected: Sequence[str] = ()) -> Asked:
    """What these checks (name and options) need while the scan has the rows.

    An option that the check will refuse asks for nothing.

    Args:
        protected: the columns that `protected` stands for.
    """
    found = list(steps)
    slices = [name for one in _options(found, "performance") for column in one["by"] for name in (protected if column == "protected" else (column,))]
    vintages = [one["by_vintage"] for one in _options(found, "performance") if one["by_vintage"] is not None]
    queries = [Queries(one["query"], one["k"], one["relevant_from"]) for one in _options(found, "ranking") if one["query"] and one["k"] > 0]
    return Asked(tuple(dict.fromkeys(slices)), any(uses == "performance-estimate" for uses, _ in found), tuple(dict.fromkeys(queries)), tuple(dict.fromkeys(vintages)))


def _options(steps: Steps, name: str) -> list[Mapping[str, Any]]:
    """Options in force of the steps that use a check, where all are permitted."""
    parameters = CHECKS[name].parameters
    told = [{key: one.default for key, one in parameters.items()} | dict(options) for uses, options in steps if uses == name]
    return [one for one in told if not any(CHECKS[name].wrong(key, value) for key, value in one.items())]
