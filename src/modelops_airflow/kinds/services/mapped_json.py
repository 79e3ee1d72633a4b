"""A service's own JSON: columns under the names that it knows, answers by keys with dots between them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ...errors import ArtifactError
from .plain_values import plain_columns
from .service_description import Service

if TYPE_CHECKING:
    import pyarrow as pa


def body_of(rows: pa.Table, service: Service) -> bytes:
    """What is posted for these rows; for exactly one where the service takes one at a time."""
    columns = plain_columns(rows, service.request.fields)
    records = [dict(zip(columns, one, strict=True)) for one in zip(*(values for _, values in columns.values()), strict=True)]
    return json.dumps({service.request.rows: records} if service.request.rows else records[0], allow_nan=False).encode()


def answers_in(answer: Any, asked: int, service: Service) -> tuple[list[Any], list[Any] | None]:
    """Predictions and scores of an answer to `asked` rows.

    Raises:
        ArtifactError: another number of answers, or one without what it should have.
    """
    told = service.answer
    found = [answer]
    if service.request.rows is not None:
        found = answer if told.rows is None else _at(answer, told.rows, "the answer")
        if not isinstance(found, list):
            raise ArtifactError(f"the answer has no list {'at its top' if told.rows is None else f'under {told.rows}'}; expected one answer a row")
        if len(found) != asked:
            raise ArtifactError(f"the service answered {len(found)} rows for {asked}")
    predictions = [_at(one, told.prediction, f"answer {place}") for place, one in enumerate(found)]
    if told.score is None:
        return predictions, None
    return predictions, [_at(one, told.score, f"answer {place}") for place, one in enumerate(found)]


def _at(value: Any, dotted: str, what: str) -> Any:
    for key in dotted.split("."):
        if not isinstance(value, dict) or key not in value:
            raise ArtifactError(f"{what} has no {dotted}; is it described as the service answers?")
        value = value[key]
    return value
