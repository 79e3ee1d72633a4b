"""One mistake in a file, located, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import ModelOpsError

LONGEST = 700  # characters of a message, and of what follows it


@dataclass(frozen=True, order=True)
class Problem:
    """A mistake as the author sees it.

    Attributes:
        file: path as given by the user, relative where possible.
        line, column: 1-based position.
        code: stable code, letters and three digits (`SPEC003`); never renumbered.
        message: what is wrong, in one line, naming the object.
        expected, found, next_step: the rest of the sentence; empty where obvious.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    expected: str = ""
    found: str = ""
    next_step: str = ""

    def __str__(self) -> str:
        told = [
            f"expected {self.expected}" if self.expected else "",
            f"found {self.found}" if self.found else "",
        ]
        detail = ", ".join(part for part in told if part)
        detail = "; ".join(part for part in (detail, self.next_step) if part)
        message, detail = _short(self.message), _short(detail)
        said = f"{self.file}:{self.line}:{self.column}: {self.code} {message}" + (f" ({detail})" if detail else "")
        return " ".join(said.splitlines())

    def to_json(self) -> dict[str, Any]:
        """JSON form, as stored in the register and printed by `--json`."""
        return {
            "file": self.file, "line": self.line, "column": self.column, "code": self.code,
            "message": self.message, "expected": self.expected, "found": self.found,
            "next_step": self.next_step,
        }


def _short(text: str) -> str:
    """A text that repeats what an author wrote, in the size of a line."""
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


class SpecError(ModelOpsError):
    """A file has mistakes; all of them are in `problems`, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))
