"""The signature of an MLflow model: which columns it takes, of which types, and the data brought into them without losing anything."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import ArtifactError

if TYPE_CHECKING:
    import pyarrow as pa

_TYPES = ("boolean", "integer", "long", "float", "double", "string", "datetime")
"""MLflow's types of columns that are taken here."""


@dataclass(frozen=True)
class Column:
    """One input.

    Attributes:
        type: one of MLflow's; None for a named tensor, whose numbers are taken as they are.
    """

    name: str
    type: str | None
    required: bool = True

    @property
    def told(self) -> str:
        """For people."""
        return f"{self.name} {self.type or 'tensor'}{'' if self.required else ' (optional)'}"


@dataclass(frozen=True)
class Signature:
    """Attributes:
    inputs: in the order in which the model takes them; None where the model does not say.
    width: columns of the one tensor without a name that the model takes; None for another form, or for any number.
    outputs: as MLflow writes them.
    objections: what of it is not understood.
    """

    inputs: tuple[Column, ...] | None = None
    width: int | None = None
    outputs: str = ""
    objections: tuple[str, ...] = ()

    @property
    def told(self) -> dict[str, str]:
        """For people, by what it is."""
        if self.inputs is not None:
            return {"inputs": ", ".join(one.told for one in self.inputs), "outputs": self.outputs}
        return {"inputs": f"a tensor of {self.width} columns" if self.width is not None else "not said", "outputs": self.outputs or "not said"}

    def applied(self, rows: pa.Table) -> pa.Table:
        """The columns that the model takes, in its order and types.

        Raises:
            ArtifactError: a column is missing, or has a value that is not the same in the signature's type.
        """
        if self.width is not None and self.width != rows.num_columns:
            raise ArtifactError(f"the signature wants {self.width} columns; the data has {rows.num_columns}; name those that the model must not see "
                                "under data.columns.ignore")
        if self.inputs is None:
            return rows
        missing = [one.name for one in self.inputs if one.required and one.name not in rows.column_names]
        if missing:
            raise ArtifactError(f"the signature wants columns the data does not have: {', '.join(missing)}")
        columns = [one for one in self.inputs if one.name in rows.column_names]
        import pyarrow as pa

        return pa.table({one.name: _as(rows[one.name], one) for one in columns})


def read_signature(told: Any) -> Signature:
    """The signature of an `MLmodel`; one that says nothing where there is none."""
    if told is None:
        return Signature()
    try:
        inputs, outputs = _parsed(told["inputs"]), str(told.get("outputs") or "")
        if inputs is None:
            return Signature(outputs=outputs)
        if len(inputs) == 1 and "name" not in inputs[0]:
            return _unnamed(inputs[0], outputs)
        columns = tuple(_column(one) for one in inputs)
        if len({one.name for one in columns}) != len(columns):
            raise ValueError("two inputs of one name")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return Signature(objections=(f"the signature cannot be read: {str(error)[:120] or type(error).__name__}",))
    return Signature(columns, None, outputs, tuple(
        f"the signature has the input {one.name[:60]!r} of type {one.type[:30]}; supported: {', '.join(_TYPES)}, and tensors of one column each"
        for one in columns if one.type is not None and one.type not in _TYPES))


def _parsed(text: Any) -> list[Mapping[str, Any]] | None:
    """The list of inputs; None where the signature has none."""
    found = json.loads(text) if text is not None else None
    if found is not None and (not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found)):
        raise ValueError("inputs are no list of columns")
    return found


def _unnamed(one: Mapping[str, Any], outputs: str) -> Signature:
    """One input without a name: a tensor of rows and columns."""
    shape: Sequence[Any] = one["tensor-spec"]["shape"]
    if len(shape) != 2 or shape[0] != -1 or not isinstance(shape[1], int) or isinstance(shape[1], bool):
        return Signature(objections=(f"the signature has a tensor of the shape {str(list(shape))[:60]}; expected [-1, columns]",))
    return Signature(None, shape[1] if shape[1] >= 0 else None, outputs)


def _column(one: Mapping[str, Any]) -> Column:
    name, kind = one["name"], one["type"]
    if not isinstance(name, str) or not isinstance(kind, str):
        raise ValueError("an input without a name or type")
    if kind == "tensor":
        shape = list(one["tensor-spec"]["shape"])
        return Column(name, None if shape in ([-1], [-1, 1]) else f"tensor {shape}")
    return Column(name, kind, bool(one.get("required", True)))


def _as(column: pa.ChunkedArray[Any], wanted: Column) -> Any:
    """The same values in the signature's type."""
    import pyarrow as pa

    if wanted.type is None:
        return column
    kinds, found = pa.types, column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    number = kinds.is_integer(found) or kinds.is_floating(found) or kinds.is_decimal(found)
    fits = {"boolean": kinds.is_boolean(found), "string": kinds.is_string(found) or kinds.is_large_string(found),
            "datetime": kinds.is_date(found) or kinds.is_timestamp(found)}.get(wanted.type, number)
    if not fits and not kinds.is_null(found):
        raise ArtifactError(f"the signature wants {wanted.type} in column {wanted.name!r}; the data has {column.type}")
    return column if wanted.type in ("boolean", "string", "datetime") or kinds.is_null(found) else _number(column, found, wanted)


def _number(column: Any, found: Any, wanted: Column) -> Any:
    """The same numbers; a missing one stays missing."""
    import numpy as np
    import pyarrow as pa

    target: Any = {"integer": pa.int32(), "long": pa.int64(), "float": pa.float32(), "double": pa.float64()}[str(wanted.type)]
    plain = column.cast(pa.string()) if pa.types.is_decimal(found) else column.cast(found)
    try:
        cast = plain.cast(target)  # refuses a fraction, and a whole number that the type does not hold
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        cast = None
    if cast is not None and pa.types.is_floating(found) and not np.array_equal(cast.cast(found).to_numpy(), plain.to_numpy(), equal_nan=True):
        cast = None
    if cast is None:
        raise ArtifactError(f"the signature wants {wanted.type} in column {wanted.name!r}; the data has {column.type} with values that are not the "
                            "same in it; save the data in that type, or the model with a signature of the data's")
    return cast
