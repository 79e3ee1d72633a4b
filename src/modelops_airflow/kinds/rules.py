"""Rules: a decision table in YAML, linted for gaps and overlaps before it may decide anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ArtifactError
from ..spec.problem import SpecError
from .decision_table import DecisionTable, parse_table
from .kind import Findings, Kind, Scorer, VerifiedArtifact, kind
from .table_lint import lint_table

if TYPE_CHECKING:
    import pyarrow as pa


@kind("rules", suffixes=(".yaml", ".yml"))
class Rules(Kind):
    """A decision table: conditions on columns, the first or only rule that fits decides."""

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
        columns: dict[str, Any] = {name: rows[name].to_numpy(zero_copy_only=False) for name in self._table.inputs}
        answers = np.full(rows.num_rows, None, dtype=object)
        open_rows = np.ones(rows.num_rows, dtype=bool)
        for rule in self._table.rules:
            fits = open_rows.copy()
            for name, condition in rule.when.items():
                fits &= condition.mask(columns[name])
            answers[fits] = rule.then
            open_rows &= ~fits
        if open_rows.any():
            raise ArtifactError(f"no rule covers row {int(open_rows.argmax())} of the data; it is outside the declared inputs")
        return pa.table({"prediction": pa.array(list(answers))})
