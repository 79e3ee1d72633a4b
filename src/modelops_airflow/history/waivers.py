"""The waivers of a model's controls, as a record has them; when each ends is in it."""

from __future__ import annotations

from ..governance.control_waivers import KINDS, replayed
from ..policy.control_evidence import Waiver
from ..policy.waiver import ACTIVE
from .reader import Reader
from .record import Record


def waivers(record: Record, reader: Reader) -> list[Waiver]:
    """Those that were accepted and not revoked.

    Raises:
        EvidenceError: the words of one are gone or changed.
    """
    found = replayed((event.kind, record.model, event.facts, event.at) for event in record.of(*KINDS))
    words = {one.number: reader.document(one.terms) for one in found.values() if one.stored == ACTIVE}
    return [Waiver(one.pack, one.control, one.ends_at, str(words[one.number]["reason"]), one.number, one.terms, str(words[one.number]["content"]))
            for one in found.values() if one.stored == ACTIVE]
