"""Rules: a decision table in YAML, linted for gaps and overlaps before it may decide anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..data.profile import NUMERIC
from ..data.values import kind_of, numbers
from ..errors import ArtifactError
from ..spec.problem import SpecError
from .decision_table import DecisionTable, Interval, OneOf, Rule, parse_table
from .decisions import Deciding, Decisions
from .kind import Findings, Kind, Scorer, VerifiedArtifact, kind
from .table_lint import lint_table

if TYPE_CHECKING:
    import numpy as np
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
        import pyarrow as pa

        outcomes = [rule.then for rule in self._table.rules]
        return pa.table({"prediction": pa.array([outcomes[rule] for rule in self._fired(rows).tolist()], pa.string())})

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


def _told(rule: Rule) -> str:
    """A rule in words, its conditions by name."""
    conditions = [f"{name} in {sorted(one.values) if isinstance(one, OneOf) else one}" for name, one in sorted(rule.when.items())]
    return f"{' and '.join(conditions) or 'otherwise'}: {rule.then}"
