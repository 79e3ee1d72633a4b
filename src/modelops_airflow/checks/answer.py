"""What an expectation came to, for the rows of a measurement; whoever answered it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .native.result import Result

if TYPE_CHECKING:
    from .native.frame import Frame

_LONGEST = 80
# What these observe are values of persons.
_NEVER_SHOWN = frozenset({"expect_column_most_common_value_to_be_in_set"})


@dataclass(frozen=True)
class Answer:
    """What an expectation came to.

    Attributes:
        unexpected_share: of the values that count; None for expectations about the table.
        n: values that count.
        told: one line: what was observed, in counts and never with values of rows.
    """

    success: bool
    unexpected_share: float | None
    n: int
    told: str


def answer_of(frame: Frame, one: Mapping[str, Any], result: Result) -> Answer:
    """The answer in a result."""
    percent = result.unexpected_percent
    share = None if result.element_count is None else 0.0 if percent is None else percent / 100
    return Answer(result.success, share, _rests_on(frame, one, result), _words(str(one["type"]), result))


def result_of(told: Mapping[str, Any], success: bool) -> Result:
    """The result of the library, without its lists of values."""
    if told.get("element_count") is not None:
        return Result(success, told["element_count"], told.get("unexpected_count"), told.get("missing_count"))
    counts = {name: told[name] for name in ("unexpected_count", "missing_count") if told.get(name) is not None}
    return Result(success, observed=told.get("observed_value"), more=counts)


def _rests_on(frame: Frame, one: Mapping[str, Any], result: Result) -> int:
    if result.counted is not None:
        return result.counted
    column = (one.get("kwargs") or {}).get("column")
    gaps = frame.gaps(column) if isinstance(column, str) and one["type"] != "expect_column_to_exist" else None
    return frame.rows - (gaps or 0)


def _words(kind: str, result: Result) -> str:
    if result.counted is not None:
        left_out = f", {result.missing_count} left out" if result.missing_count else ""
        return f"{result.unexpected_count} of {result.counted} unexpected{left_out}"
    counts = [f"{result.more[name]} {word}" for name, word in (("unexpected_count", "unexpected"), ("missing_count", "missing")) if name in result.more]
    if counts:
        return ", ".join(counts) + " of the different values"
    if result.observed is None or kind in _NEVER_SHOWN:
        return "met" if result.success else "not met"
    return f"observed {result.observed:.6g}" if isinstance(result.observed, float) else f"observed {str(result.observed)[:_LONGEST]}"
