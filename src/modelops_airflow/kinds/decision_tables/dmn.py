"""DMN: a decision table in the OMG's XML, read into our own table and linted before it may decide anything."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import ArtifactError
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind
from .dmn_table import DmnTable, NotTaken, decisions_of, read_decision
from .dmn_xml import read_xml
from .table_lint import lint_table
from .table_scorer import TableScorer


@kind("dmn", suffixes=(".dmn",))
class Dmn(Kind):
    """A DMN decision table (1.1 to 1.5), linted for gaps, overlaps and rules that never decide.

    Hit policies UNIQUE, FIRST, ANY and PRIORITY. Inputs are columns of the data, of the type string, number or boolean; conditions
    are literals, comparisons, intervals such as `[1..10)`, lists of these, `-` and `not(...)`; outputs are literals. Anything
    else is refused with its line and rule. Where an input has no allowed values, every value must have its rule: a text that
    no rule names, and every number. A missing value is never decided.

    Of a file with several decisions `model.with` names one. Every decision of the file that can be read is linted, and one that
    cannot is told in the evidence and cannot be chosen.
    """

    accepts = ("text",)

    def findings(self, data: bytes) -> Findings:
        """What is not read here, uncovered cases, overlaps and rules that never decide."""
        try:
            tables, refused = _read(data)
        except ArtifactError as error:
            return Findings(False, findings=(str(error),))
        if not tables:
            return Findings(True, findings=tuple(reason for one in refused for reason in one.reasons) or ("the file has no decision",))
        several = len(tables) + len(refused) > 1
        return Findings(True, findings=tuple(f"decision {one.name!r}: {found}" if several else found for one in tables for found in lint_table(one.table)))

    def described(self, data: bytes) -> Mapping[str, str]:
        """The decisions, and why one cannot be chosen."""
        tables, refused = _read(data)
        told = {f"decision {one.name}": f"{len(one.table.rules)} rules on {', '.join(one.table.inputs)}; hit policy {one.table.hit}" for one in tables}
        return told | {f"decision that cannot be chosen, {place}": str(one) for place, one in enumerate(refused, start=1)}

    def load(self, artifact: VerifiedArtifact, *, decision: str | None = None, output: str | None = None) -> Scorer:
        """The table of one decision.

        Args:
            decision: name or id of the decision; needed where the file has several.
            output: name of the output that is the prediction; needed where the decision has several.
        """
        tables, refused = _read(artifact.bytes)
        chosen = _chosen(tables, refused, decision)
        if found := lint_table(chosen.table):
            raise ArtifactError(f"decision {chosen.name!r}: {found[0]}")
        place = _place(chosen, output)
        return TableScorer(chosen.table, [answers[place] for answers in chosen.answers])


def _read(data: bytes) -> tuple[list[DmnTable], list[NotTaken]]:
    definitions, _ = read_xml(data)
    tables, refused = [], []
    for one in decisions_of(definitions):
        try:
            tables.append(read_decision(definitions, one))
        except NotTaken as error:
            refused.append(error)
    return tables, refused


def _chosen(tables: list[DmnTable], refused: list[NotTaken], decision: str | None) -> DmnTable:
    if decision is None and len(tables) + len(refused) > 1:
        raise ArtifactError(f"the file has several decisions; name one in model.with.decision: {', '.join(one.name for one in tables)}")
    found = [one for one in tables if decision in (None, one.id, one.name)]
    if len(found) != 1:
        why = "; ".join(map(str, refused))
        raise ArtifactError(f"the file has no one decision {decision!r} that can be read here; expected one of "
                            f"{', '.join(one.name for one in tables)}{f' ({why})' if why else ''}")
    return found[0]


def _place(table: DmnTable, output: str | None) -> int:
    if output is None and len(table.outputs) == 1:
        return 0
    if output is None or table.outputs.count(output) != 1:
        raise ArtifactError(f"decision {table.name!r} has the outputs {', '.join(table.outputs)}; name one of them in model.with.output, found {output!r}")
    return table.outputs.index(output)
