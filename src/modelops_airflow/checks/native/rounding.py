"""Where rounding would decide: a computed number beside its bound is the library's to judge."""

from __future__ import annotations

from typing import Any

from .arguments import Bounds, NotNative

_NEAR = 1e-9


def clear_of(value: Any, limit: float | None) -> None:
    """Return if a computed number, or each of an array, is clearly on one side of a limit.

    Raises:
        NotNative: one lies so near that another order of adding could put it on the other side.
    """
    import numpy as np

    if limit is None:
        return
    with np.errstate(invalid="ignore"):
        near = np.abs(np.asarray(value) - limit) <= _NEAR * np.maximum(np.abs(value), abs(limit))
    if np.any(near):
        raise NotNative


def decided(value: float, bounds: Bounds, *, exact: bool = False) -> bool:
    """Whether a computed number is inside its bounds.

    Args:
        exact: it was computed without rounding, so equality can be trusted.
    """
    if not exact:
        clear_of(value, bounds.low)
        clear_of(value, bounds.high)
    return bool(bounds.hold(value))
