"""Who plays what in the demo: each example, who decides at its gates, and how it must end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

OWNER = "credit-owner"
READER = "auditor-1"
FOUNDERS = ("legal-1", "risk-2")
"""Who put the first governance in force: two of the control side."""


@dataclass(frozen=True)
class Part:
    """One example.

    Attributes:
        ends: the state its version must end in.
        answers: gate -> (user, decision, comment); none for a model that must never reach a gate.
        needs: a program without which it is left out.
        built: its artifact, if that is not kept but built; without it the example has no part.
    """

    model: str
    ends: str
    answers: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    needs: str = ""
    built: str = ""

    def lacking(self, root: Path) -> str:
        """Why it has no part on this machine; empty if it has one."""
        if self.needs and which(self.needs) is None:
            return f"since {self.needs} is not installed"
        if self.built and not (root / self.built).exists():
            return f"{self.built} is not built; `make examples` says what it needs"
        return ""


CAST = (
    Part("credit-risk", "in_use", {
        "approve-validation": ("validator-1", "approve", "Repeated the checks; the numbers hold."),
        "approve-risk": ("risk-1", "approve", "Within appetite."),
    }),
    Part("vendor-score", "in_use", {
        "approve-validation": ("validator-1", "approve", "Bought, and as good as our own; its answers are on file."),
        "approve-risk": ("risk-1", "approve", "As a second opinion."),
    }),
    Part("pricing-rules", "in_use", {"approve-risk": ("risk-1", "approve", "A small table, fully covered.")}),
    Part("pricing-dmn", "in_use", {"approve-risk": ("risk-1", "approve", "The same table in DMN, and the same answers.")}),
    Part("complaint-assistant", "in_use", {
        "approve-risk": ("risk-1", "approve", "No attack got through; answers are those of the transcripts."),
        "attest-validator": ("validator-1", "approve", "Model, prompt and parameters are pinned by digest."),
        "attest-risk": ("risk-2", "approve", "The service desk reads every tenth answer, and can stop it."),
    }),
    Part("income-screen", "rejected", {
        "approve-validation": ("validator-1", "reject", "The impact ratio of women is far below 0.8; rework it."),
    }),
    Part("credit-legacy", "rejected"),
    Part("credit-boosting", "in_use", {
        "approve-validation": ("validator-1", "approve", "Every tree was read; the numbers hold."),
        "approve-risk": ("risk-1", "approve", "Within appetite."),
    }),
    Part("credit-trees", "in_use", {
        "approve-validation": ("validator-1", "approve", "The numbers hold, and the file says what it was trained with."),
        "approve-risk": ("risk-1", "approve", "Within appetite."),
    }),
    Part("credit-scorecard", "in_use", {
        "approve-validation": ("validator-1", "approve", "The bureau's own form, and the same points."),
        "approve-risk": ("risk-1", "approve", "Within appetite."),
    }, needs="java"),
    Part("payment-network", "in_use", {
        "approve-validation": ("validator-1", "approve", "The numbers are networkx's; the shape of the graph holds."),
        "approve-risk": ("risk-1", "approve", "Both sexes are marked equally often."),
    }),
    Part("affordability", "in_use", {"approve-risk": ("risk-1", "approve", "The workbook's own values come out.")}),
    Part("claims-network", "in_use", {
        "approve-validation": ("validator-1", "approve", "Exact inference; the tables are the claims desk's."),
        "approve-risk": ("risk-1", "approve", "Within appetite."),
    }),
    Part("scorecard-cpp", "in_use", {
        "approve-validation": ("validator-1", "approve", "The program answers as the model that it was made from."),
        "approve-risk": ("risk-1", "approve", "Within appetite."),
    }, built="examples/programs/build/scorecard"),
    Part("scorecard-java", "in_use", {"approve-risk": ("risk-1", "approve", "The same points as in C++.")},
         built="examples/programs/build/scorecard-java.jar"),
)
