"""The keywords of one expectation, read strictly: what is not of the plain form is left to the library."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .frame import EXACT


class NotNative(Exception):
    """The expectation cannot be honoured exactly here; the library answers instead."""


@dataclass(frozen=True)
class Bounds:
    """A range; None where it is open.

    Attributes:
        strict_low, strict_high: the bound itself is outside.
    """

    low: float | None
    high: float | None
    strict_low: bool = False
    strict_high: bool = False

    def hold(self, value: Any) -> Any:
        """Whether a number, or each of an array, is inside; NaN never is."""
        above = True if self.low is None else (value > self.low) if self.strict_low else (value >= self.low)
        below = True if self.high is None else (value < self.high) if self.strict_high else (value <= self.high)
        return above & below


class Arguments:
    """Keywords by name; each is read once as what it must be, or the expectation is not native.

    Raises:
        NotNative: from every method, if the keyword is missing or of another form.
    """

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self._given = {name: value for name, value in kwargs.items() if value is not None}

    @property
    def names(self) -> frozenset[str]:
        """Keywords that have a value."""
        return frozenset(self._given)

    def text(self, name: str) -> str:
        """A text that is not empty."""
        found: str = self._of(name, lambda value: isinstance(value, str) and value != "")
        return found

    def texts(self, name: str, *, least: int = 1) -> list[str]:
        """Different texts, at least so many."""
        found: list[str] = self._of(name, lambda value: isinstance(value, list) and len(value) >= least
                        and all(isinstance(one, str) for one in value) and len(set(value)) == len(value))
        return found

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        return self._of(name, lambda value: isinstance(value, bool)) if name in self._given else default

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of the choices; the first if it is not given."""
        return self._of(name, lambda value: value in choices) if name in self._given else choices[0]

    def number(self, name: str) -> float:
        """A finite number that is exact as float64."""
        found: float = self._of(name, is_number)
        return found

    def whole(self, name: str) -> int:
        """A whole number."""
        found: int = self._of(name, is_whole)
        return found

    def mostly(self) -> float:
        """The least share of fitting rows; all of them if it is not given."""
        return self._of("mostly", lambda value: is_number(value) and 0 <= value <= 1) if "mostly" in self._given else 1.0

    def numbers_or_texts(self, name: str) -> list[Any]:
        """A list of numbers, of texts, or of truth values, not mixed and not empty."""
        kinds = (is_number, lambda one: isinstance(one, str), lambda one: isinstance(one, bool))
        found: list[Any] = self._of(name, lambda value: isinstance(value, list) and bool(value) and any(all(map(kind, value)) for kind in kinds))
        return found

    def bounds(self, *, whole: bool = False, needed: bool = False) -> Bounds:
        """The range of `min_value`, `max_value`, `strict_min` and `strict_max`; one the wrong way round is none.

        Args:
            whole: bounds must be whole numbers.
            needed: at least one bound must be given.
        """
        read = self.whole if whole else self.number
        low, high = (read(name) if name in self._given else None for name in ("min_value", "max_value"))
        if (needed and low is None and high is None) or (low is not None and high is not None and low > high):
            raise NotNative
        return Bounds(low, high, self.flag("strict_min"), self.flag("strict_max"))

    def anything(self, name: str) -> Any:
        """The value as it is."""
        return self._of(name, lambda _: True)

    def _of(self, name: str, fits: Any) -> Any:
        if name not in self._given or not fits(self._given[name]):
            raise NotNative
        return self._given[name]


def is_number(value: object) -> bool:
    """Whether a value is a finite number, and exact as float64 if it is whole."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < EXACT if isinstance(value, int) else math.isfinite(value)


def is_whole(value: object) -> bool:
    """Whether a value is a whole number, written as one."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < EXACT
