"""A snapshot of Evidently 0.7: `snapshot.json()`. It says nothing of its time; add `timestamp` to the saved JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import CheckError
from ...measurement import Metric
from .outcome import Imported, Outcome, Result, moment, number, part, plain

_TOOL = "Evidently"
_STATUS: Mapping[str, Outcome] = {
    "SUCCESS": Outcome.PASSED, "FAIL": Outcome.FAILED, "WARNING": Outcome.WARNED, "ERROR": Outcome.ERRORED, "SKIPPED": Outcome.SKIPPED,
}
_DEEPEST = 4


def read(body: Any) -> Imported:
    """The tests and the numbers of a snapshot.

    Raises:
        CheckError: it is none, or has a status that Evidently does not know.
    """
    listed = part(body, "metrics", list, _TOOL)
    results = tuple(_result(place, one) for place, one in enumerate(part(body, "tests", list, _TOOL)))
    told = body.get("timestamp")
    return Imported(_TOOL, "0.7", moment(told, _TOOL) if told else None, results, tuple(rows_of(listed, "imported_value")))


def rows_of(listed: list[Any], name: str, *, n: int | None = None) -> Iterator[Metric]:
    """The numbers of a snapshot's metrics as rows under one name, told apart by `metric`, `column`, `parameters` and `part`.

    Args:
        n: rows that a number rests on, where that is not its own count.

    Raises:
        CheckError: an entry is no metric.
    """
    for place, one in enumerate(listed):
        if not isinstance(one, dict) or not isinstance(one.get("metric_name"), str) or "value" not in one:
            raise CheckError(f"this is no result of {_TOOL}: metrics[{place}] has no `metric_name` and `value`")
        config = one.get("config")
        column = config.get("column") if isinstance(config, dict) else None
        metric, _, given = one["metric_name"].partition("(")
        where = {"metric": plain(metric)} | ({"column": plain(column)} if isinstance(column, str) else {})
        where |= {"parameters": plain(given.removesuffix(")"))} if given not in ("", ")", f"column={column})") else {}
        yield from _rows(name, where, one["value"], (), n)


def _rows(name: str, where: Mapping[str, str], value: Any, path: tuple[str, ...], n: int | None) -> Iterator[Metric]:
    """One row for each number; counts by label say how many rows they and their shares rest on."""
    if isinstance(value, dict) and len(path) < _DEEPEST:
        counts: Any = value.get("counts")
        counts = counts if isinstance(counts, dict) else {}
        for key, inner in value.items():
            if key in ("counts", "shares") and isinstance(inner, dict):
                for label, one in inner.items():
                    count = number(counts.get(label))
                    yield from _rows(name, where, one, (*path, plain(key), plain(label)), int(count) if count is not None else 0)
            else:
                yield from _rows(name, where, inner, (*path, plain(key)), n)
        return
    found = number(value)
    place = {**where, "part": ".".join(path)} if path else where
    yield Metric(name, found, place, n=n, reason=None if found is not None else "Evidently gives no finite number")


def _result(place: int, one: Any) -> Result:
    name, status = part(one, "name", str, _TOOL), part(one, "status", str, _TOOL)
    if status not in _STATUS:
        raise CheckError(f"tests[{place}], {plain(name)}: status {plain(status)!r}; expected one of {', '.join(_STATUS)}")
    return Result(plain(name), _STATUS[status])
