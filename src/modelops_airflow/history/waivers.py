"""The waivers of a model's controls, as a record has them; when each ends is in it."""

from __future__ import annotations

from ..governance.control_side import control_side_of
from ..governance.control_waivers import KINDS, Judged, replayed
from ..policy.control_evidence import Waiver
from ..policy.waiver import ACTIVE, ControlWaiver
from .asked import Asked
from .reader import Reader
from .record import Record


def waivers(record: Record, reader: Reader, asked: Asked) -> list[Waiver]:
    """Those that enough people of the control side, without a hand in the model, accepted for the tier that it had, and nobody revoked.

    Raises:
        EvidenceError: the words of one, or the governance of then, are gone or changed.
    """
    known = [(event.index, str(event.facts["governance"])) for event in record.governance]
    found = replayed(((event.index, event.kind, record.model, event.facts, event.at) for event in record.of(*KINDS)), control_side_of(lambda: known, reader.governance))
    active = [one for one in found.values() if one.stored == ACTIVE]
    if not active or not record.governance:
        return []
    authors = [name for event in record.of("pinned") for name in event.facts["authors"]]
    judged = Judged(asked.tier, [*asked.makers, *authors], reader.governance(known[-1][1]))
    # When each ends is told with it, so it is asked as of its acceptance whether it counted at all.
    return [_told(one, reader) for one in active if not judged.why_not(one, one.accepted_at or one.asked_at)]


def _told(one: ControlWaiver, reader: Reader) -> Waiver:
    words = reader.document(one.terms)
    return Waiver(one.pack, one.control, one.ends_at, str(words["reason"]), one.number, one.terms, str(words["content"]))
