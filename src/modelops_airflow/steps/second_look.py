"""Second look: the stored evidence of a run judged once more before its version goes anywhere.

The register can be edited by its owner, and evidence can be lost. What is deployed rests on statements
that are still there, still are what was judged, and still give the decision that people saw; and what was compared with
the version in use was compared with the one that it would follow.
"""

from __future__ import annotations

from ..errors import EvidenceError
from ..evidence.store import BlobStore
from ..governance.record import known_run
from ..governance.start import RunKey, pinned
from ..inventory.register import Register
from ..plan import Plan
from .decide import decided
from .register_journal import RegisterJournal
from .stale import stale


def doubts(register: Register, store: BlobStore, key: RunKey) -> list[str]:
    """What the stored evidence says against the decision of a run; empty if it says the same again.

    Raises:
        Refused: the run was never pinned.
    """
    with register.read() as session:
        subject, about = known_run(session, key).subject, pinned(session, key)
    if about is None:
        return ["the run was never pinned"]
    plan, journal = Plan.from_json(about.plan), RegisterJournal(register, key)
    try:
        again = decided(plan, about.artifact, journal, store, journal.waivers())
        if again.verdict == "pass" and again.subject == subject:
            return stale(plan, journal, store)
    except EvidenceError as error:
        return [str(error)]
    return ["; ".join(["the stored evidence says something else than was decided", *again.reasons])]
