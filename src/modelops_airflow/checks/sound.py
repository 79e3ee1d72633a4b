"""What the code of a project's own check answers, held to what a measurement is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..digest import canonical
from ..measurement import Measurement, Metric, Status

if TYPE_CHECKING:
    from .check import Check

_TEXTS = ("unit", "reference", "reason")
_NUMBERS = ("value", "p", "error_bound")


def sound(check: Check, answer: object) -> Measurement:
    """The answer, read back from its own JSON so that nothing of the code's is left in it; or what is wrong with it."""
    try:
        wrong = _wrong(check, answer)
        if not wrong and isinstance(answer, Measurement):
            return Measurement.from_json(json.loads(canonical({**answer.to_json(), "check": check.name})))
    except Exception as error:  # an object of a stranger's may raise anything when it is looked at
        wrong = f"its answer cannot be read: {type(error).__name__}: {error}; expected Python's own numbers, texts and booleans"
    return Measurement.error(check.name, wrong)


def _wrong(check: Check, answer: object) -> str:
    if type(answer) is not Measurement:
        return f"its code answers {type(answer).__name__}; expected Measurement.of({check.name!r}, rows)"
    if not isinstance(answer.status, Status):
        return f"its answer has the status {answer.status!r}; expected measured, error or not_applicable as Measurement's own functions give it"
    if not isinstance(answer.metrics, tuple) or not all(type(one) is Metric for one in answer.metrics):
        return "its answer has rows that are no Metric; expected Metric(name, value, ...)"
    undeclared = sorted({one.name for one in answer.metrics} - set(check.metrics))
    if undeclared:
        return f"its code measures {', '.join(undeclared)}; expected only what @check declares: {', '.join(check.metrics)}"
    if answer.status is Status.MEASURED and not answer.metrics:
        return "its code measured nothing; expected at least one row"
    if answer.status is not Status.MEASURED and not any(answer.notes):
        return f"its code says {answer.status.value} and not why; expected a reason"
    return next((told for one in answer.metrics if (told := _wrong_row(one))), "")


def _wrong_row(row: Metric) -> str:
    """Why a row is none; its types are Python's own, since `True` and `"0"` would be compared with limits too."""
    facts: dict[str, Any] = vars(row)
    for name in _NUMBERS:
        if facts[name] is not None and not _number(facts[name]):
            return f"its row {row.name} has {name} {facts[name]!r}; expected a number"
    for name in _TEXTS:
        if facts[name] is not None and not isinstance(facts[name], str):
            return f"its row {row.name} has {name} {facts[name]!r}; expected text"
    if row.value is None and not row.reason:
        return f"its row {row.name} has no value and no reason; expected one of them"
    if row.n is not None and (not isinstance(row.n, int) or isinstance(row.n, bool)):
        return f"its row {row.name} has n {row.n!r}; expected a whole number"
    if not isinstance(row.where, Mapping) or not all(isinstance(one, str) for pair in row.where.items() for one in pair):
        return f"its row {row.name} has where {row.where!r}; expected texts by name"
    if row.ci is not None and not (len(row.ci) == 2 and all(map(_number, row.ci))):
        return f"its row {row.name} has ci {row.ci!r}; expected two numbers"
    return "" if isinstance(row.judged, bool) else f"its row {row.name} has judged {row.judged!r}; expected true or false"


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
