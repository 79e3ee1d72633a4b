"""Who is told of which occasion now: the notices of a moment, each with a key by its meaning. Pure.

The same occasion, level and recipient give the same key however often and by however many it is planned, so whoever
keeps keys tells nobody twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..data.duration import after, before
from ..digest import Digest, digest_of
from ..spec.types import Notify
from .occasion import Occasion

ESCALATED = "escalated"


@dataclass(frozen=True)
class Notice:
    """One message to one recipient.

    Attributes:
        level: happened, due, overdue or escalated.
    """

    occasion: Occasion
    about: str
    level: str
    notifier: str
    connection: str
    recipient: str

    @property
    def key(self) -> Digest:
        """The same for the same meaning."""
        return digest_of({"about": self.about, "connection": self.connection, "level": self.level, "notifier": self.notifier,
                          "recipient": self.recipient, "subject": self.occasion.subject})


def notices(occasions: Iterable[Occasion], entries: Sequence[Notify], now: datetime) -> dict[Digest, Notice]:
    """The notices of a moment by key: what `notify` of governance.yaml makes of the occasions."""
    found = [one for occasion in occasions for entry in entries if _concerns(entry, occasion) for one in _of(occasion, entry, now)]
    return {one.key: one for one in found}


def _of(occasion: Occasion, entry: Notify, now: datetime) -> Iterator[Notice]:
    level = _level(occasion, entry, now)
    if level is None:
        return
    about = occasion.about if occasion.due is None else f"{occasion.about}-{level}"
    if about not in entry.about:
        return
    for recipient in entry.to or ("",):
        yield Notice(occasion, about, level, entry.notifier, entry.connection, recipient)
    up = entry.escalate
    if up is not None and level == "overdue" and occasion.due is not None and now >= after(occasion.due, up.after):
        for recipient in up.to or ("",):
            yield Notice(occasion, about, ESCALATED, entry.notifier, up.connection or entry.connection, recipient)


def _level(occasion: Occasion, entry: Notify, now: datetime) -> str | None:
    if occasion.due is None:
        return "happened"
    if now >= occasion.due:
        return "overdue"
    return "due" if now >= before(occasion.due, entry.ahead) else None


def _concerns(entry: Notify, occasion: Occasion) -> bool:
    """Whether its filters let an occasion through; a tier that is not known is not filtered out."""
    if entry.models is not None and occasion.model_id not in entry.models:
        return False
    return entry.tiers is None or occasion.tier is None or occasion.tier in entry.tiers
