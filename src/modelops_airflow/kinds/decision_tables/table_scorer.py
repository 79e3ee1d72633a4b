"""Scores rows with a decision table; the lint proved the table for the declared ranges alone, so all values must lie in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...data.profile import NUMERIC
from ...data.values import kind_of, numbers
from ...errors import ArtifactError
from ..decisions import Deciding, Decisions
from ..kind import Scorer
from .conditions import Condition, Interval, OneOf, Several
from .decision_table import DecisionTable, Rule

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


class TableScorer(Scorer):
    """A table that passed its lint.

    Args:
        answers: one a rule, of one type; its outcomes as text where they are not given.
    """

    def __init__(self, table: DecisionTable, answers: Sequence[str | float | bool] | None = None) -> None:
        self._table = table
        self._answers: Sequence[Any] = answers if answers is not None else [rule.then for rule in table.rules]

    def score(self, rows: pa.Table) -> pa.Table:
        """The outcome of the deciding rule for each row."""
        import pyarrow as pa

        return pa.table({"prediction": pa.array(self._answers).take(pa.array(self._fired(rows)))})

    def decisions(self) -> Decisions:
        """The table's rules."""
        rules = tuple(Deciding(_told(rule), rule.then, not rule.when) for rule in self._table.rules)
        return Decisions(rules, tuple(self._table.inputs), self._fired)

    def _fired(self, rows: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The place of the deciding rule for each row."""
        import numpy as np

        missing = [name for name in self._table.inputs if name not in rows.column_names]
        if missing:
            raise ArtifactError(f"the table needs columns the data does not have: {', '.join(missing)}")
        columns = {name: _within(rows[name], declared, name) for name, declared in self._table.inputs.items()}
        fired = np.full(rows.num_rows, -1, dtype=np.int64)
        for place, rule in enumerate(self._table.rules):
            fits = fired < 0
            for name, condition in rule.when.items():
                fits &= condition.mask(columns[name])
            fired[fits] = place
        if (fired < 0).any():
            raise ArtifactError(f"no rule covers row {int((fired < 0).argmax())} of the data")
        return fired


def _within(column: pa.ChunkedArray[Any], declared: Condition, name: str) -> Any:
    """Values of an input, all of them declared."""
    if isinstance(declared, Interval | Several):
        if kind_of(column) != NUMERIC:
            raise ArtifactError(f"input {name} is declared as a number; the data has {column.type}")
        values = numbers(column)
    elif isinstance(declared, OneOf) and declared.truth:
        values = _truths(column, name)
    else:
        values = column.to_numpy(zero_copy_only=False)
    outside = ~declared.mask(values)
    if outside.any():
        raise ArtifactError(f"row {int(outside.argmax())} of the data has {name} missing or outside its declared values; no rule was checked for it")
    return values


def _truths(column: pa.ChunkedArray[Any], name: str) -> Any:
    import pyarrow as pa

    if not pa.types.is_boolean(column.type):
        raise ArtifactError(f"input {name} is declared as a boolean; the data has {column.type}")
    return column.cast(pa.string()).to_numpy(zero_copy_only=False)


def _told(rule: Rule) -> str:
    """A rule in words, its conditions by name."""
    conditions = [f"{name} in {one}" for name, one in sorted(rule.when.items())]
    return f"{' and '.join(conditions) or 'otherwise'}: {rule.then}"
