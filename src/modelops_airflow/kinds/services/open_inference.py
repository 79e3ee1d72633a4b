"""The Open Inference Protocol, version 2, over HTTP and in JSON.

Source: https://github.com/kserve/open-inference-protocol, `specification/protocol/inference_rest.md`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ...errors import ArtifactError
from .plain_values import NUMBER, TEXT, TRUTH, WHOLE, plain_columns
from .service_description import Service

if TYPE_CHECKING:
    import pyarrow as pa

_DATATYPES = {NUMBER: "FP64", WHOLE: "INT64", TEXT: "BYTES", TRUTH: "BOOL"}


def model_path(service: Service) -> str:
    """Where the model is, below the service's address."""
    version = f"/versions/{service.model_version}" if service.model_version else ""
    return f"{(service.path or '').rstrip('/')}/v2/models/{service.model_name}{version}"


def body_of(rows: pa.Table, service: Service) -> bytes:
    """What is posted for these rows: one input a column, or one for all."""
    columns = plain_columns(rows, service.request.fields)
    for field, (_, values) in columns.items():
        if None in values:
            raise ArtifactError(f"row {values.index(None)} of the data has no number or text for {field}; an input tensor has no missing values")
    asked = [{"name": name} for name in (service.answer.prediction, service.answer.score) if name]
    return json.dumps({"inputs": _inputs(columns, rows.num_rows, service), "outputs": asked}, allow_nan=False).encode()


def _inputs(columns: dict[str, tuple[str, list[Any]]], rows: int, service: Service) -> list[dict[str, Any]]:
    if service.request.tensor is None:
        return [{"name": name, "shape": [rows, 1], "datatype": _DATATYPES[kind], "data": values} for name, (kind, values) in columns.items()]
    if words := [name for name, (kind, _) in columns.items() if kind == TEXT]:
        raise ArtifactError(f"{', '.join(words)} are texts, and {service.request.tensor} takes numbers; leave tensor out: one input a column")
    flat = [float(one) for row in zip(*(values for _, values in columns.values()), strict=True) for one in row]
    return [{"name": service.request.tensor, "shape": [rows, len(columns)], "datatype": "FP64", "data": flat}]


def answers_in(answer: Any, asked: int, service: Service) -> tuple[list[Any], list[Any] | None]:
    """Predictions and scores of an answer to `asked` rows; of a probability for each of two labels, that of the last.

    Raises:
        ArtifactError: an output is missing, or has another number of values.
    """
    given = answer.get("outputs") if isinstance(answer, dict) else None
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ArtifactError("the answer has no outputs; is it a service of the Open Inference Protocol v2?")
    outputs = {str(one.get("name")): one for one in given}
    if len(outputs) < len(given):
        raise ArtifactError("the answer has two outputs of one name")
    predictions = _flat(outputs, service.answer.prediction, (asked,))
    if service.answer.score is None:
        return predictions, None
    scores = _flat(outputs, service.answer.score, (asked, 2 * asked))
    return predictions, scores[1::2] if len(scores) > asked else scores


def _flat(outputs: dict[str, dict[str, Any]], name: str, lengths: tuple[int, ...]) -> list[Any]:
    if name not in outputs:
        raise ArtifactError(f"the answer has no output {name}; outputs: {', '.join(sorted(outputs))[:200] or 'none'}")
    data, shape = outputs[name].get("data"), outputs[name].get("shape")
    values = data if isinstance(data, list) else []
    if any(isinstance(one, list) for one in values):
        values = [one for row in values for one in (row if isinstance(row, list) else [row])]
    if len(values) not in lengths:
        raise ArtifactError(f"output {name} has {len(values)} values for {lengths[0]} rows")
    if isinstance(shape, list) and shape and shape[0] != lengths[0]:
        raise ArtifactError(f"output {name} has the shape {str(shape)[:60]} for {lengths[0]} rows")
    return values


def version_in(answer: Any) -> str:
    """Which version the answer itself says gave it; empty if it says none."""
    told = answer.get("model_version") if isinstance(answer, dict) else None
    return told if isinstance(told, str) else ""
