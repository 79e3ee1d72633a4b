"""The validation report: what was tested against which limits, what came out, who decided over it, and what is open."""

from __future__ import annotations

from datetime import date

from .controls import controls
from .measured import all_steps, thresholds, verdicts
from .parts import Document, Paragraph, Words, gap, line
from .sections import approvals, data, deployments, findings, heading, identity, not_proven, opening
from .sources import MANIFEST, Sources


def validation_report(sources: Sources, on: date) -> Document:
    """The report of the run that a pack is about."""
    warned = ", with warnings" if sources.manifest["run"]["warned"] else ""
    return Document(Words("Validation report"), (
        *opening(sources, on),
        heading("Outcome"), Paragraph(line("The verdict over all measurements is ", sources.cite(MANIFEST, "run", "verdict"), f"{warned}.")), verdicts(sources),
        *identity(sources), *data(sources),
        heading("Limits fixed before the results"), thresholds(sources),
        heading("Conceptual soundness"), gap("an assessment of the concept is a text of people, and none is in this pack"),
        heading("Measurements"), *all_steps(sources, whole=False),
        *controls(sources, on), *findings(sources), *approvals(sources, on), *deployments(sources), *not_proven(sources),
    ))
