"""The columns that a model of numbers reads, by name, as one array; a missing value is NaN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...data.profile import NUMERIC
from ...data.values import kind_of, numbers
from ...errors import ArtifactError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


@dataclass(frozen=True)
class Feature:
    """One column of a model.

    Attributes:
        categories: the values that the model has codes for, in the order of the codes; None for a number.
    """

    name: str
    categories: tuple[Any, ...] | None = None


def matrix(rows: pa.Table, features: Sequence[Feature], *, named: bool = True, single: bool = False) -> np.ndarray[Any, Any]:
    """One row a row, one column a feature, in the order of the features.

    Args:
        named: whether the model knows its features by name; otherwise the data must have as many columns, in its order.
        single: in 32 bits, as the model itself would make them.

    Raises:
        ArtifactError: a column is not there or holds what the model has no use for.
    """
    import numpy as np

    kind = np.float32 if single else np.float64
    with np.errstate(over="ignore"):  # a number too large for 32 bits becomes infinite, and is looked at by who asks
        columns = [_codes(rows[column], one) if one.categories is not None else _numbers(rows[column], column)
                   for column, one in zip(_columns(rows, features, named=named), features, strict=True)]
        whole = np.empty((rows.num_rows, len(features)), dtype=kind)
        for place, column in enumerate(columns):
            whole[:, place] = column
    return whole


def _columns(rows: pa.Table, features: Sequence[Feature], *, named: bool) -> list[str]:
    if not named:
        if len(features) != len(rows.column_names):
            raise ArtifactError(f"the model has {len(features)} features without names; the data has {len(rows.column_names)} columns; "
                                "train it on named columns, or name the columns it must not see under data.columns.ignore")
        return list(rows.column_names)
    missing = [one.name for one in features if one.name not in rows.column_names]
    if missing:
        raise ArtifactError(f"the model needs columns the data does not have: {', '.join(missing)}")
    return [one.name for one in features]


def _numbers(column: pa.ChunkedArray[Any], name: str) -> Any:
    import pyarrow as pa

    if (kind_of(column) == NUMERIC and not pa.types.is_dictionary(column.type)) or pa.types.is_boolean(column.type) or pa.types.is_null(column.type):
        return numbers(column)
    raise ArtifactError(f"the model wants numbers in column {name!r} and knows no categories of it; the data has {column.type}; "
                        "encode it before the training, or train on categories that the file keeps")


def _codes(column: pa.ChunkedArray[Any], feature: Feature) -> Any:
    """The code of each category, NaN where it is missing."""
    import numpy as np
    import pyarrow as pa

    known = {value: code for code, value in enumerate(feature.categories or ())}
    encoded: Any = column.combine_chunks()
    encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    values = encoded.dictionary.to_pylist()
    try:
        strange = sorted({str(value) for value in values if value is not None and value not in known})
    except TypeError:
        raise ArtifactError(f"the model wants categories in column {feature.name!r}; the data has {column.type}") from None
    if strange:
        raise ArtifactError(f"column {feature.name!r} has {', '.join(strange[:3])}, which the model has never seen; "
                            f"it knows {', '.join(str(one) for one in list(known)[:10])}")
    codes = np.array([np.nan if value is None else known[value] for value in values] + [np.nan])
    places: Any = encoded.indices.cast(pa.int64()).fill_null(len(values)).to_numpy(zero_copy_only=False)
    return codes[places]
