"""The journal of a local run: one JSON file in `.modelops/runs/`, marked `origin: local`.

Nothing reads these files but people, `modelops diff` and `modelops run --as-of`; no gate, and no deployment, can be
made from them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .run import Decision, StepResult

if TYPE_CHECKING:
    from ..digest import Digest
    from ..plan import Plan, PlannedStep


class FolderJournal:
    """Results of one local run."""

    def __init__(self, folder: Path, plan: Plan, artifact: Digest, about: Mapping[str, str] | None = None) -> None:
        """Begin the record of a run.

        Args:
            about: what else is on record of it, such as the digest of the stored plan.
        """
        self.folder = folder
        self._results: dict[str, StepResult] = {}
        self._record: dict[str, Any] = {
            "origin": "local",
            "model": plan.model_id,
            "lifecycle": plan.lifecycle,
            "plan": plan.digest,
            "artifact": artifact,
            **(about or {}),
            "steps": {},
            "decision": None,
        }

    def result(self, step_id: str) -> StepResult | None:
        """The result of a step of this run."""
        return self._results.get(step_id)

    def record(self, step: PlannedStep, result: StepResult) -> None:
        """Keep a result and write the file."""
        self._results[step.id] = result
        self._record["steps"][step.id] = {
            "uses": step.uses,
            "status": result.status.value,
            "evidence": result.evidence,
            "basis": result.basis,
            "products": dict(result.products),
            "verdict": result.judgement.verdict.value if result.judgement else None,
            "warned": bool(result.judgement and result.judgement.warned),
            "message": result.message,
        }
        self._write()

    def decide(self, decision: Decision) -> None:
        """Keep the decision and write the file."""
        self._record["decision"] = {
            "manifest": decision.manifest,
            "subject": decision.subject,
            "verdict": decision.verdict,
            "warned": decision.warned,
            "reasons": list(decision.reasons),
        }
        self._write()

    def started(self) -> None:
        """No register says when."""

    def waivers(self) -> tuple[()]:
        """None: no register has accepted any."""
        return ()

    def earlier(self, step_id: str, most: int) -> None:
        """Nothing: local runs are no record of a monitor."""

    def _write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / "run.json"
        partial = target.with_suffix(".partial")
        partial.write_text(json.dumps(self._record, indent=2) + "\n", encoding="utf-8")
        os.replace(partial, target)
