"""evidence-pack: everything about a run in one zip that can be taken away and checked offline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import EvidenceError
from ..evidence.pack import make_pack
from ..governance.record import packed
from ..ledger.anchor import keeps
from .pack_facts import facts_of
from .pack_keys import house_key
from .register_journal import RegisterJournal
from .run import Run, StepResult, StepStatus

if TYPE_CHECKING:
    from ..digest import Digest
    from ..plan import PlannedStep


def evidence_pack(run: Run, step: PlannedStep) -> StepResult:
    """Make the pack of a run and note it in the register."""
    digest = pack_of(run)
    return StepResult(StepStatus.DONE, products={"pack": digest}, message=f"evidence pack {digest}")


def pack_of(run: Run) -> Digest:
    """Make the pack of a decided run, store it and note it in the register; answers its digest.

    Raises:
        EvidenceError: the run is local, was not decided, or something it rests on is gone or changed.
    """
    journal = run.journal
    if not isinstance(journal, RegisterJournal):
        raise EvidenceError("a local run has no approvals to pack; its evidence is in .modelops/")
    house = house_key(run.settings)
    with journal.register.read() as session:
        facts = facts_of(session, run, journal.key, house)
    facts["log"]["anchored"] = _read_again(facts["log"]["anchored"], run.settings.anchors if run.settings else ())
    digest = run.store.put(make_pack(facts, house))
    packed(journal.register, journal.key, digest)
    return digest


def _read_again(anchored: list[dict[str, Any]], urls: Sequence[str]) -> list[dict[str, Any]]:
    """Checkpoints whose anchors say whether they were read just now; what was not is what the register notes.

    Only places that the settings name are read: the register's notes could name any.
    """

    def looked(told: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
        found = keeps(one["anchor"], told["tree_size"], told["checkpoint"]) if one["anchor"] in urls else None
        return {**one, "class": found.name if found else one["class"], "read": found is not None}

    return [{**told, "anchors": [looked(told, one) for one in told["anchors"]]} for told in anchored]
