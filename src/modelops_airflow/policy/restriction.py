"""Restrictions: a version in use under terms until a moment. Pure.

A version may be under several at once: each stands until it ends, and the strictest counts. It ends in one of two ways: two people of the control side in different roles say that what was asked is done, and the version is in full use;
or its time is over, and the version may not be used. That is worked out whenever somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

PEOPLE = 2
"""How many people lift a restriction: starting takes many."""


@dataclass(frozen=True)
class Restriction:
    """Under which terms a version is in use.

    Attributes:
        terms: digest of the words.
        until: the moment at which it ends, UTC.
        subject: of the approval whose conditions these are; None where a person restricted what was in use.
        by: who restricted it; `system` for conditions of an approval.
        met_by: who said that it is done, each with their roles.
        number: index of its event in the ledger, by which people say which one they mean.
    """

    version: str
    terms: str
    until: datetime
    by: str
    subject: str | None = None
    met_by: Mapping[str, frozenset[str]] | None = None
    number: int = -1

    @property
    def lifted(self) -> bool:
        """Whether enough people in different roles said that it is done."""
        said = list((self.met_by or {}).values())
        return len(said) >= PEOPLE and len(frozenset().union(*said)) >= PEOPLE

    def ended(self, at: datetime) -> bool:
        """Whether its time is over and nobody lifted it."""
        return not self.lifted and at >= self.until

    def met(self, by: str, roles: frozenset[str]) -> Restriction:
        """The restriction once a person more has said that it is done."""
        return replace(self, met_by={**(self.met_by or {}), by: roles})


def strictest(standing: Iterable[Restriction]) -> Restriction | None:
    """The one that ends first; None of none."""
    return min(standing, key=lambda one: (one.until, one.number), default=None)
