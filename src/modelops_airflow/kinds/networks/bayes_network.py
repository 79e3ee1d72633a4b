"""A discrete Bayesian network as frozen values: what both file forms are read into, and all that the inference library is given."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from ...errors import ArtifactError

MOST_VARIABLES, MOST_LABELS, MOST_NUMBERS = 2_000, 1_000, 2_000_000
SUMS = 1e-4
"""How far a row of a table may be from 1: files are written with few digits; rows are scaled to 1."""


@dataclass(frozen=True)
class Variable:
    """One variable.

    Attributes:
        labels: its values.
        parents: names, in the order of the table.
        table: a distribution over the labels for each combination of the parents' labels, the first parent's varying slowest.
    """

    name: str
    labels: tuple[str, ...]
    parents: tuple[str, ...]
    table: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Network:
    """Variables, parents before their children."""

    variables: tuple[Variable, ...]

    def __getitem__(self, name: str) -> Variable:
        """A variable by name."""
        return next(one for one in self.variables if one.name == name)

    @property
    def names(self) -> list[str]:
        """Names of all variables."""
        return [one.name for one in self.variables]


def combinations(labels: Mapping[str, Sequence[str]], parents: Sequence[str]) -> list[tuple[str, ...]]:
    """Of the parents' labels, in the order of a table.

    Raises:
        ArtifactError: they are too many.
    """
    if math.prod(len(labels[one]) for one in parents) > MOST_NUMBERS:
        raise ArtifactError(f"a variable with the parents {', '.join(parents)[:200]} has a table of more than {MOST_NUMBERS:,} rows")
    return list(itertools.product(*(labels[one] for one in parents)))


def network_of(labels: Mapping[str, Sequence[str]], parents: Mapping[str, Sequence[str]], tables: Mapping[str, Sequence[Sequence[float]]]) -> Network:
    """A network, if it is one.

    Raises:
        ArtifactError: too large, a variable without labels or table, an unknown parent, a cycle, a row that is no distribution.
    """
    if not labels or len(labels) > MOST_VARIABLES:
        raise ArtifactError(f"the network has {len(labels)} variables; expected 1 to {MOST_VARIABLES:,}")
    if sum(len(row) for table in tables.values() for row in table) > MOST_NUMBERS:
        raise ArtifactError(f"the network has more than {MOST_NUMBERS:,} numbers in its tables")
    for name, own in labels.items():
        if not 1 <= len(own) <= MOST_LABELS or len(set(own)) != len(own):
            raise ArtifactError(f"variable {name!r} has {len(own)} labels, {len(set(own))} of them different; expected 1 to {MOST_LABELS:,} different ones")
        if name not in tables:
            raise ArtifactError(f"variable {name!r} has no table of probabilities")
        unknown = [one for one in parents[name] if one not in labels]
        if unknown or len(set(parents[name])) != len(parents[name]):
            raise ArtifactError(f"variable {name!r} has the parents {', '.join(parents[name])[:200]}; expected other variables, each once")
    try:
        order = list(TopologicalSorter({name: sorted(parents[name]) for name in sorted(labels)}).static_order())
    except CycleError as error:
        raise ArtifactError(f"the variables {', '.join(map(str, error.args[1]))[:200]} depend on each other in a circle") from None
    return Network(tuple(Variable(name, tuple(labels[name]), tuple(parents[name]), _distributions(name, labels, parents[name], tables[name])) for name in order))


def _distributions(
    name: str, labels: Mapping[str, Sequence[str]], parents: Sequence[str], table: Sequence[Sequence[float]]
) -> tuple[tuple[float, ...], ...]:
    wide, expected = len(labels[name]), math.prod(len(labels[one]) for one in parents)
    if len(table) != expected or any(len(row) != wide for row in table):
        raise ArtifactError(f"the table of variable {name!r} has {sum(map(len, table))} numbers; expected {expected} rows of {wide}")
    found = []
    for row in table:
        total = math.fsum(row)
        if not all(0 <= one <= 1 for one in row) or not abs(total - 1) <= SUMS:
            raise ArtifactError(f"the table of variable {name!r} has the row {', '.join(f'{one:g}' for one in row)[:200]}; expected probabilities that add up to 1")
        found.append(tuple(one / total for one in row))
    return tuple(found)
