"""Range: which numbers an option of a check permits, as its docstring says."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_NUMBER = r"(-?\d[\d,]*(?:\.\d+)?)"
_CLOSED = re.compile(rf"\((?:[a-z ]+, )?{_NUMBER} (?:to {_NUMBER}|or more)\)")
_OPEN = re.compile(rf"\((?:[a-z ]+, )?above {_NUMBER}(?:, below {_NUMBER})?\)")


@dataclass(frozen=True)
class Range:
    """Numbers from `least` to `most`.

    Attributes:
        open: whether the ends themselves are left out.
    """

    least: float = -math.inf
    most: float = math.inf
    open: bool = False

    @classmethod
    def told(cls, doc: str) -> Range:
        """The range in the words of a docstring: `(1 to 10)`, `(rows, 1 or more)`, `(above 0)`, `(above 0, below 1)`; else all numbers."""
        for words, is_open in ((_CLOSED, False), (_OPEN, True)):
            if found := words.search(doc):
                least, most = (None if one is None else float(one.replace(",", "")) for one in found.groups())
                return cls(-math.inf if least is None else least, math.inf if most is None else most, is_open)
        return cls()

    def __contains__(self, value: float) -> bool:
        return self.least < value < self.most if self.open else self.least <= value <= self.most

    def __str__(self) -> str:
        if self.open:
            return f"above {self.least:,.12g}" + (f" and below {self.most:,.12g}" if self.most < math.inf else "")
        return f"{self.least:,.12g} to {self.most:,.12g}" if self.most < math.inf else f"{self.least:,.12g} or more"
