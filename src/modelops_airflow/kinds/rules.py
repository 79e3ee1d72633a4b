"""Rules: a decision table in YAML, linted for gaps and overlaps before it may decide anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..data.profile import NUMERIC
from ..data.values import kind_of, numbers
from ..errors import ArtifactError
from ..spec.problem import SpecError
from .decision_table import DecisionTable, Interval, OneOf, parse_table
from .kind import Findings, Kind, Scorer, VerifiedArtifact, kind
from .table_lint import lint_table

if TYPE_CHECKING:
    import pyarrow as pa


@kind("rules", suffixes=(".yaml", ".yml"))
class Rules(Kind):
    """A decision table: conditions on columns, the first or only rule that fits decides."""

    accepts = ("text",)

    def findings(self, data: bytes) -> Findings:
        """Mistakes of the text, uncovered cases, overlaps and rules that never apply."""
        try:
            table = _table(data)
        except SpecError as error:
            return Findings(False, findings=tuple(str(problem) for problem in error.problems))
        return Findings(True, findings=tuple(lint_table(table)))

    def load(self, artifact: VerifiedArtifact) -> Scorer:
        """The table."""
        return _RulesScorer(_table(artifact.bytes))


def _table(data: bytes) -> DecisionTable:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise ArtifactError("the decision table is not UTF-8 text") from None
    return parse_table(text, "decision table")


def _within(column: pa.ChunkedArray[Any], declared: Interval | OneOf, name: str) -> Any:
    """Values of an input; the lint proved the table for the declared range alone, so all must lie in it."""
    if isinstance(declared, Interval):
        if kind_of(column) != NUMERIC:
            raise ArtifactError(f"input {name} is declared as a number; the data has {column.type}")
        values = numbers(column)
    else:
        values = column.to_numpy(zero_copy_only=False)
    outside = ~declared.mask(values)
    if outside.any():
        raise ArtifactError(f"row {int(outside.argmax())} of the data has {name} missing or outside its declared values; no rule was checked for it")
    return values


class _RulesScorer(Scorer):
    def __init__(self, table: DecisionTable) -> None:
        self._table = table

    def score(self, rows: pa.Table) -> pa.Table:
        """The outcome of the deciding rule for each row."""
        import numpy as np
        import pyarrow as pa

        missing = [name for name in self._table.inputs if name not in rows.column_names]
        if missing:
            raise ArtifactError(f"the table needs columns the data does not have: {', '.join(missing)}")
        columns = {name: _within(rows[name], declared, name) for name, declared in self._table.inputs.items()}
        answers = np.full(rows.num_rows, None, dtype=object)
        open_rows = np.ones(rows.num_rows, dtype=bool)
        for rule in self._table.rules:
            fits = open_rows.copy()
            for name, condition in rule.when.items():
                fits &= condition.mask(columns[name])
            answers[fits] = rule.then
            open_rows &= ~fits
        if open_rows.any():
            raise ArtifactError(f"no rule covers row {int(open_rows.argmax())} of the data")
        return pa.table({"prediction": pa.array(list(answers))})
