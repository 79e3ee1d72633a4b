"""Decisions of a model that is made of rules: which rules there are, and which of them decides a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


@dataclass(frozen=True)
class Deciding:
    """One rule.

    Attributes:
        text: its conditions and its outcome in words, the same for the same rule.
        default: it has no condition: what no rule before it decides comes here.
    """

    text: str
    outcome: str
    default: bool


@dataclass(frozen=True)
class Decisions:
    """The rules in their order.

    Attributes:
        inputs: columns that they read.
        fired: place of the rule that decides each row; it raises an ArtifactError where the rules cannot read the rows, or none decides one.
    """

    rules: tuple[Deciding, ...]
    inputs: tuple[str, ...]
    fired: Callable[[pa.Table], np.ndarray[Any, np.dtype[np.int64]]]
