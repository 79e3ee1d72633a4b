"""What a model answered, in another process or to a caller, is looked at before anybody believes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ArtifactError

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST_LABEL = 1000
_COLUMNS = (["prediction"], ["prediction", "score"])


def checked(answers: pa.Table, rows: int, who: str, *, ranks: bool = False) -> pa.Table:
    """One answer a row: a number or label in `prediction`, and a probability in `score` where there is one.

    Args:
        rows: how many were asked about.
        who: answered, for messages.
        ranks: a score is any finite number, as of a model that says so of its own.

    Raises:
        ArtifactError: anything else, with the first row of the data (from 0) that is wrong.
    """
    import pyarrow as pa

    if sorted(answers.column_names) not in _COLUMNS:
        raise ArtifactError(f"{who} answered the columns {', '.join(repr(one[:40]) for one in answers.column_names[:5]) or 'none'}; "
                            "expected prediction, and score where it has a probability")
    if answers.num_rows != rows:
        raise ArtifactError(f"{who} answered {answers.num_rows} rows for {rows}; expected one answer a row, in order")
    columns = {"prediction": _prediction(answers["prediction"], who)}
    if "score" in answers.column_names:
        columns["score"] = _score(answers["score"], who, ranks=ranks)
    return pa.table(columns)


def _prediction(column: pa.ChunkedArray[Any], who: str) -> pa.ChunkedArray[Any]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    kinds = pa.types
    _no_gaps(column, "prediction", who)
    if kinds.is_string(column.type) or kinds.is_large_string(column.type):
        length = np.asarray(pc.utf8_length(column))
        _none_of((length == 0) | (length > LONGEST_LABEL), column, f"{who} answered a label that is empty or longer than {LONGEST_LABEL} characters")
        return column.cast(pa.string())
    if kinds.is_boolean(column.type) or kinds.is_integer(column.type):
        return column
    if kinds.is_floating(column.type):
        column = column.cast(pa.float64())
        _none_of(~np.isfinite(np.asarray(column)), column, f"{who} answered no finite number as prediction")
        return column
    raise ArtifactError(f"{who} answered predictions of the type {column.type}; expected numbers, true and false, or labels")


def _score(column: pa.ChunkedArray[Any], who: str, *, ranks: bool) -> pa.ChunkedArray[Any]:
    import numpy as np
    import pyarrow as pa

    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_null(column.type)):
        raise ArtifactError(f"{who} answered scores of the type {column.type}; expected probabilities")
    _no_gaps(column, "score", who)
    column = column.cast(pa.float64(), safe=False)
    values = np.asarray(column)
    if ranks:
        _none_of(~np.isfinite(values), column, f"{who} answered no finite number as score")
        return column
    _none_of(~((values >= 0.0) & (values <= 1.0)), column, f"{who} answered a score that is no probability; expected 0 to 1")  # NaN is in no order
    return column


def _no_gaps(column: pa.ChunkedArray[Any], name: str, who: str) -> None:
    import numpy as np

    _none_of(np.asarray(column.is_null()), column, f"{who} answered nothing, or NaN, as {name}")


def _none_of(wrong: Any, column: pa.ChunkedArray[Any], why: str) -> None:
    if wrong.any():
        place = int(wrong.argmax())
        raise ArtifactError(f"{why}; row {place} of the data: {str(column[place].as_py())[:40]!r}")
