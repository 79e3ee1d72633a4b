"""What `modelops ledger verify` finds, and the ledger as a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import LedgerError
from .ledger_stamps import Found, StampReport, check_stamps, of_register

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ..inventory.register import Register
    from ..ledger.anchor import Kept
    from ..ledger.checkpoint import Checkpoint
    from ..settings import Settings

_LOUD = 100_000  # events after which progress is told


@dataclass(frozen=True)
class AnchorReport:
    """An anchor as found: its class, who could rewrite it, and how many events its last checkpoint pins."""

    url: str
    kind: str
    rewritable: bool
    told: str
    checkpoints: int
    size: int


@dataclass(frozen=True)
class LedgerReport:
    """Attributes:
    problems: what is wrong, of the events and of what the anchors keep.
    passed_over: rows of the register that no key of ours signed; they count for nothing, and nothing is lost by them.
    sound: whether the events themselves are as they were appended.
    pinned: events that an anchored checkpoint pins; 0 is self-attested.
    longest: the longest time that an event waited for an anchor, in words.
    stamps: time stamps of checkpoints. They are no anchors.
    """

    events: int
    root: str | None
    problems: tuple[str, ...]
    passed_over: tuple[str, ...]
    sound: bool
    pinned: int
    anchors: tuple[AnchorReport, ...]
    longest: str
    stamps: StampReport

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {**asdict(self), "problems": list(self.problems), "passed_over": list(self.passed_over), "anchored": self.pinned > 0}


def look(
    register: Register, settings: Settings, urls: Sequence[str] | None, key: Path | None, certificates: Path | None = None
) -> LedgerReport:
    """Verify the ledger against its anchors.

    Args:
        certificates: of the time-stamping authorities that are trusted; those of the settings if not given.

    Raises:
        LedgerError: an anchor cannot be read, or nobody says which key signed its checkpoints.
    """
    from ..database import database_time
    from ..ledger.checkpoint import last_made
    from ..ledger.verify import examine

    anchors, pins, stamped, problems = _read(settings, urls if urls is not None else settings.anchors, key)
    with register.read() as session:

        def told(size: int) -> None:
            session.rollback()  # a reader of SQLite would keep writers waiting
            if size >= _LOUD:
                print(f"{size} events ...", file=sys.stderr, flush=True)

        found = examine(session, [one for one, _ in pins], told)
        longest = _longest(session, pins, found.size, database_time(session)) if pins else ""
        public = _known_public(settings, key)
        passed_over = last_made(session, settings.origin, public).passed_over
        stamps, wrong, nothing = check_stamps(None if found.problems else session, _once([*stamped, *of_register(session, settings.origin, public)]),
                                              certificates or settings.timestamp_certificates)
    return LedgerReport(
        events=found.size, root=found.root.hex() if found.size else None, problems=(*problems, *wrong, *found.problems),
        passed_over=(*passed_over, *nothing), stamps=stamps,
        sound=not found.problems, pinned=0 if found.problems else found.anchored, anchors=anchors, longest=longest,
    )


def export_to(register: Register, settings: Settings, file: Path) -> int:
    """Write the ledger, one event a line, and its last checkpoint; answers how many events.

    Raises:
        LedgerError: there is a file of this name.
    """
    import os

    from ..durable import finish, partial, sync
    from ..ledger.checkpoint import last_made
    from ..ledger.verify import pages

    count = 0
    try:
        with register.read() as session, partial(file.parent) as out:
            for page in pages(session):
                for row in page:
                    out.write(_line({"leaf": row[5], "body": row[4].decode()}))
                count += len(page)
            last = last_made(session, settings.origin, _known_public(settings, None)).row
            out.write(_line({"checkpoint": last.note if last else None, "events": count}))
            finish(out, 0o644)
            os.link(out.name, file)
    except FileExistsError:
        raise LedgerError(f"{file} is there already; an export is never written over, choose another name") from None
    sync(file.parent)
    return count


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _read(
    settings: Settings, urls: Iterable[str], key: Path | None
) -> tuple[tuple[AnchorReport, ...], list[tuple[Checkpoint, datetime | None]], list[Found], list[str]]:
    """Every anchor's checkpoints with their time stamps; a note that this ledger's key did not sign is a problem."""
    from ..ledger.anchor import anchor_of, history
    from ..ledger.checkpoint import open_checkpoint

    reports, pins, stamped, problems = [], [], [], []
    for url in urls:
        anchor, good = anchor_of(url), []
        kept: list[Kept] = history(url)
        public = _public(settings, key) if kept else b""
        for one in kept:
            try:
                told = open_checkpoint(one.note, settings.origin, public)
            except LedgerError as error:
                problems.append(f"{one.place}: {error}")
                continue
            good.append((told, one.at))
            if one.stamp is not None:
                stamped.append(Found(one.place, told.size, told.root, one.note, one.stamp, False))
        pins += good
        reports.append(AnchorReport(url, anchor.kind.name, anchor.kind.rewritable, anchor.kind.told, len(good),
                                    max((one.size for one, _ in good), default=0)))
    return tuple(reports), pins, stamped, problems


def _once(found: Sequence[Found]) -> list[Found]:
    """Each token once, wherever it is kept."""
    return list({(one.note, one.token): one for one in reversed(found)}.values())[::-1]


def _public(settings: Settings, key: Path | None) -> bytes:
    from ..signing.ed25519 import load_private, load_public, raw_public

    if key is not None:
        return load_public(key)
    if settings.checkpoint_key is not None:
        return raw_public(load_private(settings.checkpoint_key))
    raise LedgerError("nobody says which key signed the checkpoints; give --key PEM with its public half, or set checkpoint_key")


def _known_public(settings: Settings, key: Path | None) -> bytes | None:
    """As `_public`; None if nobody says."""
    return _public(settings, key) if key is not None or settings.checkpoint_key is not None else None


def _portions(values: Sequence[int]) -> Iterable[Sequence[int]]:
    """Portions of as many values as one statement takes."""
    return (values[start : start + 5000] for start in range(0, len(values), 5000))


def _longest(session: Session, pins: Sequence[tuple[Checkpoint, datetime | None]], size: int, now: datetime) -> str:
    from sqlalchemy import select

    from ..ledger import EventRow
    from ..ledger.unanchored import longest_unanchored

    begins = {0, *(one.size for one, _ in pins)}
    times: dict[int, datetime] = {}
    for part in _portions(sorted(begins)):
        for index, at in session.execute(select(EventRow.index, EventRow.at).where(EventRow.index.in_(part))):
            times[index] = at
    known = [(one.size, at) for one, at in pins if at is not None and one.size <= size]
    if not set(times) >= {one for one in begins if one < size}:
        return ""
    found = longest_unanchored(times, known, size, now)
    if found is None:
        return ""
    return f"{str(found.duration).split('.')[0]} from event {found.event}{'' if found.anchored else ', and still waiting'}"
