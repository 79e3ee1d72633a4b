"""The one table from a step's kind to its function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..registry import UnknownName
from .decide import decide
from .deploy import deploy
from .difference import difference
from .evidence_pack import evidence_pack
from .measure import measure
from .profile import profile
from .run import Run, StepResult
from .scan_artifact import scan_artifact
from .score import score

if TYPE_CHECKING:
    from ..plan import PlannedStep

StepFunction = Callable[[Run, "PlannedStep"], StepResult]

STEPS: Mapping[str, StepFunction] = {
    "scan-artifact": scan_artifact,
    "profile": profile,
    "difference": difference,
    "decide": decide,
    "deploy": deploy,
    "evidence-pack": evidence_pack,
    "score": score,
}
"""Steps that compute beside the checks, which their registry knows. `pin` comes before there is a run, gates wait for people."""

GATES = frozenset({"approval", "attestation"})
"""Steps that wait for people."""


def step_function(uses: str, *, own: bool = False) -> StepFunction:
    """The function of a kind of step; any other name is a check: a registered one, or one of the project's own.

    Raises:
        UnknownName: neither a step nor a registered check.
    """
    if uses in STEPS:
        return STEPS[uses]
    from ..checks import CHECKS

    if own or uses in CHECKS:
        return measure
    raise UnknownName("step", uses, [*STEPS, *CHECKS])
