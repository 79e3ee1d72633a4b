"""Counts, lists of numbers and names as an XGBoost model file has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import ArtifactError

if TYPE_CHECKING:
    import numpy as np

_COUNT = re.compile(r"[0-9]{1,9}")
_LARGEST = 3.4e38


def only(what: str, found: Mapping[str, Any], known: set[str]) -> None:
    """A part that XGBoost does not write may mean something to another version, so it is none.

    Raises:
        ArtifactError: there is such a part.
    """
    if strange := sorted(set(found) - known):
        raise ArtifactError(f"{what} has {strange[0][:40]!r}, which XGBoost does not write there")


def count(text: object) -> int:
    """A count as XGBoost writes it: digits in a text.

    Raises:
        ArtifactError: it is something else.
    """
    if not isinstance(text, str) or not _COUNT.fullmatch(text):
        raise ArtifactError(f"a count is {str(text)[:40]!r}; expected digits")
    return int(text)


def ints(values: object, name: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Whole numbers.

    Raises:
        ArtifactError: they are none.
    """
    import numpy as np

    array = np.asarray(values)
    if array.ndim != 1 or (len(array) and array.dtype.kind not in "iub"):
        raise ArtifactError(f"{name} is no list of whole numbers")
    return array.astype(np.int64)


def floats(values: object, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Finite numbers of 32 bits.

    Raises:
        ArtifactError: they are none.
    """
    import numpy as np

    array = np.asarray(values)
    if array.ndim != 1 or (len(array) and array.dtype.kind not in "fiu"):
        raise ArtifactError(f"{name} is no list of numbers")
    array = array.astype(np.float64)
    if not (np.abs(array) <= _LARGEST).all():
        raise ArtifactError(f"{name} has a number that is not finite")
    return array
