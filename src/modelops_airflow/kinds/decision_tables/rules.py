"""Rules: a decision table in YAML, linted for gaps and overlaps before it may decide anything."""

from __future__ import annotations

from ...errors import ArtifactError
from ...spec.problem import SpecError
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind
from .decision_table import DecisionTable, parse_table
from .table_lint import lint_table
from .table_scorer import TableScorer


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
        return TableScorer(_table(artifact.bytes))


def _table(data: bytes) -> DecisionTable:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise ArtifactError("the decision table is not UTF-8 text") from None
    return parse_table(text, "decision table")
