"""Options as JSON Schema, for editors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .parameter import Parameter

_TYPES: Mapping[str, Mapping[str, Any]] = {
    "bool": {"type": "boolean"}, "int": {"type": "integer"}, "float": {"type": "number"}, "str": {"type": "string"}, "Path": {"type": "string"},
    "Sequence[str]": {"type": "array", "items": {"type": "string"}}, "Sequence[Any]": {"type": "array"},
    "Mapping[str, str]": {"type": "object", "additionalProperties": {"type": "string"}},
}


def options_schema(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """The schema of `with`: each option, and no other."""
    return {
        "type": "object", "additionalProperties": False,
        "properties": {name: _schema(one) for name, one in parameters.items()},
        "required": [name for name, one in parameters.items() if one.required],
    }


def _schema(one: Parameter) -> dict[str, Any]:
    """One option; what is left out is not written as null, which our files do not have."""
    body: dict[str, Any] = dict(_TYPES.get(one.type.removesuffix(" | None"), {}))
    if one.doc:
        body["description"] = one.doc
    if one.choices:
        body["enum"] = list(one.choices)
    low, high = ("exclusiveMinimum", "exclusiveMaximum") if one.range.open else ("minimum", "maximum")
    if math.isfinite(one.range.least):
        body[low] = one.range.least
    if math.isfinite(one.range.most):
        body[high] = one.range.most
    if isinstance(one.default, str | int | float):
        body["default"] = one.default
    return body
