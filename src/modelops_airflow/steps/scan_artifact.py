"""scan-artifact: is the artifact of an allowed format, and does opening it run nobody's code?

Nothing opens an artifact whose scan did not pass in the same run: `verified` is the only way to
the bytes, and it hashes what it hands out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ArtifactError
from ..evidence.statement import read_measurement
from ..kinds import KINDS, Scorer, VerifiedArtifact, open_model, scan, verify
from ..measurement import Verdict
from .measured import measured
from .run import Run, StepResult

if TYPE_CHECKING:
    from ..plan import PlannedStep


def scan_artifact(run: Run, step: PlannedStep) -> StepResult:
    """Scan the pinned artifact's bytes."""
    kind = str(run.plan.model["kind"])
    if KINDS[kind].by_policy and kind not in step.options.get("formats", ()):
        raise ArtifactError(f"the plan of {run.label} does not allow the format {kind}; expected a policy in force that allows it for the tier")
    return measured(run, step, scan(kind, run.store.get(run.artifact), file=run.artifact_name))


def opened(run: Run) -> Scorer:
    """The run's model, once its scan passed in this run, with the options of its file.

    Raises:
        ArtifactError: there is no scan in this run, it did not pass, or the model cannot be opened.
    """
    return open_model(verified(run), run.plan.model.get("with"), connections=run.connections)


def verified(run: Run) -> VerifiedArtifact:
    """The artifact's bytes, once their scan passed in this run.

    Raises:
        ArtifactError: there is no scan in this run, or it did not pass.
    """
    for step in run.plan.steps:
        if step.uses != "scan-artifact":
            continue
        result = run.journal.result(step.id)
        passed = result is not None and result.judgement is not None and result.judgement.verdict is Verdict.PASS
        if result is None or not passed or result.evidence is None:
            raise ArtifactError(f"the artifact of {run.label} may not be opened: step {step.id} has not passed")
        report = read_measurement(run.store, result.evidence)
        return verify(str(run.plan.model["kind"]), run.store.get(run.artifact), run.artifact, report)
    raise ArtifactError(f"the plan of {run.label} scans no artifact; nothing may open it")
