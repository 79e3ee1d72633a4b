"""Who plays what in the demo: each example, who decides at its gates, and how it must end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
        built: its artifact, if that is not kept but built; without it the example has no part.
    """

    model: str
    ends: str
    answers: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    built: str = ""


CAST = (
    Part("credit-risk", "in_use", {
        "approve-validation": ("validator-1", "approve", "Repeated the checks; the numbers hold."),
        "approve-risk": ("risk-1", "approve", "Within appetite."),
    }),
    Part("pricing-rules", "in_use", {"approve-risk": ("risk-1", "approve", "A small table, fully covered.")}),
    Part("income-screen", "rejected", {
        "approve-validation": ("validator-1", "reject", "The impact ratio of women is far below 0.8; rework it."),
    }),
    Part("credit-legacy", "rejected"),
    Part("scorecard-cpp", "in_use", {
        "approve-validation": ("validator-1", "approve", "The program answers as the model that it was made from."),
        "approve-risk": ("risk-1", "approve", "Within appetite."),
    }, built="examples/programs/build/scorecard"),
    Part("scorecard-java", "in_use", {"approve-risk": ("risk-1", "approve", "The same points as in C++.")},
         built="examples/programs/build/scorecard-java.jar"),
)
