"""The history of each control: from when to when it had which status. Exact: it is worked out at every moment at which it can change."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ..errors import EvidenceError
from ..governance.asks import ASKS
from .as_of import NOT_ASKED, NOT_KNOWN, AsOf, as_of
from .moment import start_of
from .reader import Reader
from .record import Record


@dataclass(frozen=True)
class Stretch:
    """A control in a stretch of time.

    Attributes:
        since, until: it begins with the first and ends before the last.
        index: of the last event that it rests on when it begins.
    """

    pack: str
    control: str
    status: str
    shown: str
    why: str
    version: str | None
    since: datetime
    until: datetime
    index: int | None


def series(record: Record, reader: Reader, since: datetime | None, until: datetime) -> dict[tuple[str, str], list[Stretch]]:
    """(pack, control) -> its stretches, one after the other without a gap.

    Args:
        since: None for the first event of the model.
        until: may be to come; then it says what falls due.
    """
    begin = since if since is not None else min((one.at for one in record.events), default=until)
    states = list(_states(record, reader, begin, until))
    keys = sorted({(pack.name, one.status.control) for _, state in states for pack in state.packs for one in pack.controls})
    return {key: _stretches(key, states, until) for key in keys}


def _stretches(key: tuple[str, str], states: Sequence[tuple[datetime, AsOf]], until: datetime) -> list[Stretch]:
    found: list[Stretch] = []
    for moment, state in states:
        new = _stretch(key, moment, state, until)
        if found and (found[-1].status, found[-1].why, found[-1].version) == (new.status, new.why, new.version):
            continue
        if found:
            found[-1] = replace(found[-1], until=moment)
        found.append(new)
    return found


def _stretch(key: tuple[str, str], moment: datetime, state: AsOf, until: datetime) -> Stretch:
    """A control from a moment on."""
    one = next((one for pack in state.packs if pack.name == key[0] for one in pack.controls if one.status.control == key[1]), None)
    if one is not None:
        return Stretch(*key, one.status.status, one.status.shown, one.status.why, state.version, moment, until, state.index)
    pack, word = state.pack(key[0]), NOT_KNOWN if state.trouble else NOT_ASKED
    return Stretch(*key, word, word, state.trouble or (str(pack.told["why"]) if pack is not None else ""), None, moment, until, state.index)


def _states(record: Record, reader: Reader, begin: datetime, until: datetime) -> Iterator[tuple[datetime, AsOf]]:
    """How the model stood at the beginning, and at each later moment at which that can change."""
    waiting = [begin, *(one for one in moments(record.until(until), reader) if begin < one < until)]
    heapq.heapify(waiting)
    last = None
    while waiting:
        moment = heapq.heappop(waiting)
        if moment == last:
            continue
        last, state = moment, as_of(record, reader, moment)
        for due in (one.status.due for pack in state.packs for one in pack.controls):
            if due is not None and moment < due < until:
                heapq.heappush(waiting, due)
        yield moment, state


def moments(record: Record, reader: Reader) -> set[datetime]:
    """Every moment at which something was done, an approval ends, or a pack takes effect or ends."""
    found = {one.at for one in (*record.events, *record.governance)}
    found |= {datetime.fromisoformat(one.facts["expires"]) for one in record.of("decision") if one.facts["expires"]}
    digests = {digest for one in record.of("defined") for digest in (one.facts.get(ASKS) or {}).get("packs", {}).values()}
    return found | {moment for digest in sorted(digests) for moment in _dates(reader, digest)}


def _dates(reader: Reader, digest: str) -> list[datetime]:
    try:
        effective = reader.pack(digest).spec.effective
    except EvidenceError:
        return []  # what rests on it is not known at any time
    if effective is None:
        return []
    days = [effective.from_, *(one.from_ for one in effective.later)]
    ends = [start_of(date.fromisoformat(effective.to) + timedelta(days=1))] if effective.to is not None else []
    return [*(start_of(date.fromisoformat(day)) for day in days), *ends]

