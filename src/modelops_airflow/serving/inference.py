"""Inference: the JSON of the Open Inference Protocol v2 as a table, and a model's answers as its JSON.

Source: https://github.com/kserve/open-inference-protocol, `inference_rest.md`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..strict_json import strict_json

if TYPE_CHECKING:
    import pyarrow as pa

LARGEST, MOST_ROWS = 16 << 20, 100_000
"""Bytes of a request, and rows in it."""

_WHOLE = ("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32")
_REAL = ("FP32", "FP64")
_TYPES = ("BOOL", "BYTES", *_REAL, *_WHOLE)


def read_request(body: bytes) -> tuple[str, pa.Table]:
    """The id of a request, and its rows: each input is a column. Of a column of lists, such as a node's edges, each value is a list of its datatype.

    Such lists differ in length and are no tensor, so the protocol has no word for them; everything else is as it says.

    Raises:
        DataError: it is none, or larger than what is taken.
    """
    import pyarrow as pa

    try:
        told = strict_json(body)
        inputs = told["inputs"]
        columns = {str(one["name"]): _column(one) for one in inputs}
        request = str(told.get("id", ""))[:200]
        json.dumps([request, *columns], ensure_ascii=False).encode()  # half of a surrogate pair is no text
        table = pa.table(columns)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise DataError(f"this is no inference request: {str(error)[:200] or type(error).__name__}; expected "
                        '{"inputs": [{"name": ..., "shape": [rows], "datatype": "FP64", "data": [...]}]}') from None
    if len(columns) != len(inputs):
        raise DataError("every input must have a name of its own")
    if not 0 < table.num_rows <= MOST_ROWS:
        raise DataError(f"a request has from 1 to {MOST_ROWS:,} rows")
    return request, table


def written(answers: pa.Table, *, model: str, version: str, request: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of a version as JSON; `facts` are its parameters."""
    return {"model_name": model, "model_version": version, "id": request, "parameters": dict(facts),
            "outputs": [_output(name, answers[name]) for name in answers.column_names]}


def _column(one: Mapping[str, Any]) -> pa.Array[Any]:
    import pyarrow as pa

    kind, data, shape = one["datatype"], one["data"], one["shape"]
    if kind not in _TYPES:
        raise ValueError(f"datatype {kind!r} of input {one['name']!r}; expected one of {', '.join(_TYPES)}")
    if not isinstance(data, list) or shape not in ([len(data)], [len(data), 1]):
        raise ValueError(f"input {one['name']!r} is not one column: its shape is {shape}")
    lists = any(isinstance(value, list) for value in data)
    wrong = next((place for place, value in enumerate(data) if value is not None and not (_all_fit(kind, value) if lists else _fits(kind, value))), None)
    if wrong is not None:
        raise ValueError(f"value {wrong} of input {one['name']!r} is no {'list of ' if lists else ''}{kind}")
    of: pa.DataType = pa.bool_() if kind == "BOOL" else pa.string() if kind == "BYTES" else pa.int64() if kind in _WHOLE else pa.float64()
    return pa.array(data, pa.list_(of) if lists else of)


def _fits(kind: str, value: object) -> bool:
    if kind in ("BOOL", "BYTES"):
        return isinstance(value, bool if kind == "BOOL" else str)
    return isinstance(value, int if kind in _WHOLE else int | float) and not isinstance(value, bool) and math.isfinite(value)


def _all_fit(kind: str, values: object) -> bool:
    return isinstance(values, list) and all(_fits(kind, value) for value in values)


def _output(name: str, values: pa.ChunkedArray[Any]) -> dict[str, Any]:
    data = values.to_pylist()
    first = data[0]
    kind = "BOOL" if isinstance(first, bool) else "INT64" if isinstance(first, int) else "FP64" if isinstance(first, float) else "BYTES"
    return {"name": name, "shape": [len(data)], "datatype": kind, "data": data if kind != "BYTES" else [str(one) for one in data]}
