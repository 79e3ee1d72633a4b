"""Columns that hold texts, as they are or by a dictionary."""

from __future__ import annotations

from typing import Any


def holds_texts(kind: Any) -> bool:
    """Whether values of an Arrow type are texts."""
    import pyarrow as pa

    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(plain) or pa.types.is_large_string(plain))
