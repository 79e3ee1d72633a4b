"""Stale: comparisons with a version that is no longer the one in use."""

from __future__ import annotations

from ..digest import Digest, short
from ..errors import EvidenceError
from ..evidence.manifest import environment_of, judged_steps
from ..evidence.statement import read_measurement
from ..evidence.store import BlobStore
from ..governance.in_use import InUse, in_use
from ..governance.on_record import permissions_on_record
from ..governance.record import known_run
from ..measurement import Status
from ..plan import Plan
from .register_journal import RegisterJournal

COMPARES = "champion"


def stale(plan: Plan, journal: RegisterJournal, store: BlobStore) -> list[str]:
    """The comparisons of a run that are with another version than the one in use now.

    Otherwise a version that was measured against one champion, or against none, would follow on another that it never
    met. Empty once the run's own version was live: it may go back without meeting those that came after it.

    Raises:
        EvidenceError: a statement cannot be read, or register and ledger differ.
    """
    body = plan.to_json()
    steps, environment = [one["id"] for one in judged_steps(body) if one["uses"] == COMPARES], environment_of(body)
    if not steps or environment is None:
        return []
    with journal.register.read() as session:
        if any(one.live for one in permissions_on_record(session, known_run(session, journal.key))):
            return []
        now = in_use(session, plan.model_id, environment)
    compared = {step: _compared(step, journal, store) for step in steps}
    return [f"step {step} compared with {short(was) if was else 'nothing'}, and {_told(now)} is in use in {environment} now; start a new run"
            for step, was in compared.items() if was != (now.artifact if now is not None else None)]


def _told(now: InUse | None) -> str:
    return "nothing" if now is None else f"version {now.version} ({short(now.artifact)})"


def _compared(step: str, journal: RegisterJournal, store: BlobStore) -> Digest | None:
    """The artifact that a step compared with; None where it did not apply."""
    result = journal.result(step)
    if result is None or result.evidence is None:
        raise EvidenceError(f"step {step} has no evidence")
    measurement = read_measurement(store, result.evidence)
    return None if measurement.status is Status.NOT_APPLICABLE else measurement.inputs.get(COMPARES)
