"""The waivers of a model's controls, as a record has them; when each ends is in it."""

from __future__ import annotations

from ..governance.control_waivers import KINDS, Judged, replayed
from ..policy.control_evidence import Waiver
from ..policy.waiver import ACTIVE, ControlWaiver
from .asked import Asked
from .reader import Reader
from .record import Record


def waivers(record: Record, reader: Reader, asked: Asked) -> list[Waiver]:
    """Those that were accepted and not revoked, by enough people without a hand in the model, for the tier that it had.

    Raises:
        EvidenceError: the words of one, or the governance of then, are gone or changed.
    """
    found = replayed((event.kind, record.model, event.facts, event.at) for event in record.of(*KINDS))
    active = [one for one in found.values() if one.stored == ACTIVE]
    if not active or not record.governance:
        return []
    judged = Judged(asked.tier, asked.makers, reader.governance(record.governance[-1].facts["governance"]))
    # When each ends is told with it, so it is asked as of its acceptance whether it counted at all.
    return [_told(one, reader) for one in active if not judged.why_not(one, one.accepted_at or one.asked_at)]


def _told(one: ControlWaiver, reader: Reader) -> Waiver:
    words = reader.document(one.terms)
    return Waiver(one.pack, one.control, one.ends_at, str(words["reason"]), one.number, one.terms, str(words["content"]))
