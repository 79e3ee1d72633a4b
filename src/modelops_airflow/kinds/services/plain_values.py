"""Columns as values that JSON can hold, and answers back into columns: nothing is guessed, nothing is believed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from ...errors import ArtifactError

if TYPE_CHECKING:
    import pyarrow as pa

NUMBER, WHOLE, TEXT, TRUTH = "number", "whole number", "text", "true or false"
_LARGEST = 2**63


def plain_columns(rows: pa.Table, fields: Mapping[str, str]) -> dict[str, tuple[str, list[Any]]]:
    """Name of the field -> what its values are, and the values; a missing one is None.

    Raises:
        ArtifactError: a column is not there, or holds what has no form in JSON.
    """
    missing = [name for name in fields if name not in rows.column_names]
    if missing:
        raise ArtifactError(f"the service wants columns the data does not have: {', '.join(missing)}")
    return {field: _plain(rows[name], name) for name, field in fields.items()}


def _plain(column: pa.ChunkedArray[Any], name: str) -> tuple[str, list[Any]]:
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    values = column.to_pylist()
    if pa.types.is_boolean(kind):
        return TRUTH, values
    if pa.types.is_integer(kind):
        return WHOLE, values
    if pa.types.is_floating(kind):
        return NUMBER, [None if one is None or not math.isfinite(one) else float(one) for one in values]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return TEXT, values
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return TEXT, [None if one is None else one.isoformat() for one in values]
    raise ArtifactError(f"column {name} is {column.type}; a service is asked with numbers, texts, dates and true or false")


def parse_answer(body: bytes, kind: str) -> Any:
    """What a service answered.

    Args:
        kind: the answer's content type.

    Raises:
        ArtifactError: it is no JSON, or has a number that is none, or a key twice.
    """
    media = kind.partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise ArtifactError(f"the service answered with {media[:60] or 'no content type'}; expected application/json")
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_once)
    except RecursionError:
        raise ArtifactError("the answer is nested too deep") from None
    except ValueError:
        raise ArtifactError("the service answered with something that is no JSON") from None


def _no_number(word: str) -> NoReturn:
    raise ArtifactError(f"the answer has {word}, which is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ArtifactError("the answer has a key twice; which of its values counts is not known")
    return found


def answers(predictions: Sequence[Any], scores: Sequence[Any] | None) -> pa.Table:
    """A table of answers, if they are some.

    Raises:
        ArtifactError: a row has no answer, one of another type than the rest, or a score that is no probability.
    """
    import pyarrow as pa

    columns = {"prediction": _predicted(predictions)}
    if scores is not None:
        for row, one in enumerate(scores):
            if isinstance(one, bool) or not isinstance(one, int | float) or not 0 <= one <= 1:
                raise ArtifactError(f"row {row} has {_told(one)} as score; expected a probability, 0 to 1")
        columns["score"] = pa.array(scores, pa.float64())
    return pa.table(columns)


def _predicted(values: Sequence[Any]) -> pa.Array[Any]:
    import pyarrow as pa

    found: set[type] = set()
    for row, one in enumerate(values):
        if one is None or one == "":
            raise ArtifactError(f"row {row} has no prediction")
        if not isinstance(one, bool | int | float | str):
            raise ArtifactError(f"row {row} has {_told(one)} as prediction; expected a number, a text, or true or false")
        if (isinstance(one, float) and not math.isfinite(one)) or (isinstance(one, int) and not -_LARGEST <= one < _LARGEST):
            raise ArtifactError(f"row {row} has a prediction that is not finite, or too large")
        found.add(type(one))
        if len(found) > 1 and found != {int, float}:
            raise ArtifactError(f"row {row} has {_told(one)} as prediction, and rows before it something else; expected one type")
    types: dict[frozenset[type], Any] = {frozenset({bool}): pa.bool_(), frozenset({int}): pa.int64(), frozenset({str}): pa.string(), frozenset(): pa.string()}
    told: pa.Array[Any] = pa.array(values, types.get(frozenset(found), pa.float64()))
    return told


def _told(value: object) -> str:
    """A value by its type: what a service says may be about a person."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return f"{value:g}" if abs(value) < 1e300 else "a number out of range"
    return {"str": "a text", "list": "a list", "dict": "a mapping"}.get(type(value).__name__, f"a {type(value).__name__}")
