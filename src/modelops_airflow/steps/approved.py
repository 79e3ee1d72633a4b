"""The run by which the version of a review was approved: what a review repeats, or measures itself against."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..errors import EvidenceError
from ..governance.approved import approved_run
from ..governance.record import known_run
from ..governance.start import RunKey
from .recorded import OnRecord, of_register
from .register_journal import RegisterJournal

if TYPE_CHECKING:
    from .run import Run


def approved(run: Run) -> OnRecord:
    """The approved run of the version that a run looks at, with its evidence as it was frozen for the approval.

    Raises:
        EvidenceError: no release of it was approved here, or its records are not what was approved.
    """
    journal = run.journal
    if not isinstance(journal, RegisterJournal):
        raise EvidenceError(f"only the register knows which run of {run.plan.model_id} was approved, and this run is local; compare it with: modelops diff RUN RUN")
    with journal.register.read() as session:
        row = approved_run(session, known_run(session, journal.key))
        if row is None:
            raise EvidenceError(f"no release of the version of {run.plan.model_id} that is in use was approved here, so there is nothing to repeat or compare with; "
                                "release it, or review it without `difference` and with `data: fresh`")
        key, manifest = RunKey(row.dag_id, row.run_id), str(row.manifest)
    found = of_register(journal.register, run.store, key)
    _demand_frozen(found, dict(json.loads(run.store.get(manifest))["evidence"]))
    return found


def _demand_frozen(found: OnRecord, frozen: dict[str, str]) -> None:
    """Results that were exchanged after the approval are no approved evidence."""
    told = {name: step.evidence for name, step in found.told.steps.items() if step.evidence is not None}
    if other := sorted(name for name in {*told, *frozen} if told.get(name) != frozen.get(name)):
        raise EvidenceError(f"{found.told.label}: the register's evidence of {', '.join(other)} is not what was approved")
