"""Conditions of requirements: `"< 0.80"`."""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass

_FORM = re.compile(r"\s*(<=|>=|==|!=|<|>)\s*(\S+)\s*")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_OPERATORS = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}


@dataclass(frozen=True)
class Condition:
    """A comparison with a finite number."""

    comparator: str
    number: float

    @classmethod
    def parse(cls, text: str) -> Condition:
        """The condition that a text spells.

        Raises:
            ValueError: not a comparator and a finite number.
        """
        match = _FORM.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is no condition; expected a comparator and a number such as '< 0.80'")
        try:
            number = float(match.group(2))
        except ValueError:
            raise ValueError(f"{match.group(2)!r} is no number") from None
        if not math.isfinite(number):
            raise ValueError(f"{match.group(2)} is not finite; every value would pass or none")
        if not _NUMBER.fullmatch(match.group(2)):
            raise ValueError(f"{match.group(2)!r} is no plain decimal number")
        return cls(match.group(1), number)

    def holds(self, value: float) -> bool:
        """Whether a finite value satisfies the condition.

        Raises:
            ValueError: the value is NaN or infinite; such a value is never compared (it would pass).
        """
        if not math.isfinite(value):
            raise ValueError(f"{value} cannot be compared")
        return bool(_OPERATORS[self.comparator](value, self.number))

    @property
    def high_is_bad(self) -> bool | None:
        """Which side the condition catches: True above, False below, None for == and !=."""
        return {">": True, ">=": True, "<": False, "<=": False}.get(self.comparator)

    def at_least_as_strict_as(self, other: Condition) -> bool:
        """Whether every value that `other` catches is caught by this one too."""
        if self.high_is_bad is None or self.high_is_bad != other.high_is_bad:
            return self == other
        if self.number == other.number:
            return len(self.comparator) >= len(other.comparator)
        return self.number < other.number if self.high_is_bad else self.number > other.number

    def __str__(self) -> str:
        return f"{self.comparator} {self.number:.15g}"
