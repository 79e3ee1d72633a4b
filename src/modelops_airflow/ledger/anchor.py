"""Anchors: places outside the database where checkpoints are kept, and how far a reader may trust each.

`file:///folder` is write-once files, `git:/path/to/clone` commits, pushed if the clone has a remote, and
`s3://bucket/folder` or any other fsspec URL objects. A place of which it is not known that it is elsewhere counts as this machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ..errors import LedgerError


@dataclass(frozen=True)
class AnchorClass:
    """Attributes:
    name: what readers are told.
    rewritable: whether those who run this installation can surely rewrite it; then it shows mistakes, not fraud.
    told: who could rewrite it.
    """

    name: str
    rewritable: bool
    told: str


SAME_HOST = AnchorClass("same-host file", True, "whoever may write on this machine")
GIT_REMOTE = AnchorClass("git remote", False, "who may force-push to the remote")
OBJECT_STORE = AnchorClass("object store", False, "who may overwrite its objects: nobody, where a retention lock is set")

HOLDING = frozenset(one.name for one in (SAME_HOST, GIT_REMOTE, OBJECT_STORE) if not one.rewritable)
"""Names of the classes that hold a ledger against those who run it; a class that is not known holds nothing."""


@dataclass(frozen=True)
class Kept:
    """A note as an anchor has it.

    Attributes:
        place: where it is, for people.
        at: when it came there by the anchor's own clock; None if it does not say.
        stamp: the token of a time-stamping authority beside it, as it is there; None if there is none.
    """

    place: str
    note: str
    at: datetime | None
    stamp: bytes | None = None


class Anchor(Protocol):
    """A place for checkpoints."""

    url: str

    @property
    def kind(self) -> AnchorClass:
        """How far a reader may trust it."""

    def publish(self, size: int, note: str) -> None:
        """Keep a note; keeping it again changes nothing.

        Raises:
            LedgerError: it cannot be kept, or another checkpoint over as many events is there.
        """

    def keep_stamp(self, size: int, token: bytes) -> None:
        """Keep a time stamp beside the note of a size; keeping it again changes nothing.

        Raises:
            LedgerError: it cannot be kept, or another one is there.
        """

    def newest(self) -> Iterator[Kept]:
        """Every note that is kept, the largest size first; each is read when it is asked for.

        Raises:
            LedgerError: the anchor cannot be read.
        """


def anchor_of(url: str) -> Anchor:
    """The anchor at a URL.

    Raises:
        LedgerError: nothing is known of this form.
    """
    from .anchors.file import FileAnchor
    from .anchors.git import GitAnchor
    from .anchors.remote import RemoteAnchor

    if url.startswith("file:///"):
        return FileAnchor(url, Path(url.removeprefix("file://")))
    if url.startswith("git:/") and not url.startswith("git://"):
        return GitAnchor(url, Path(url.removeprefix("git:")))
    if "://" in url and not url.startswith(("file:", "git:")):
        return RemoteAnchor(url)
    raise LedgerError(f"{url!r} names no anchor; expected file:///folder, git:/path/to/clone or an fsspec URL as s3://bucket/folder")


def history(url: str) -> list[Kept]:
    """Every note that an anchor keeps, by size.

    Raises:
        LedgerError: it cannot be read.
    """
    return list(anchor_of(url).newest())[::-1]


def keeps(url: str, size: int, note: str) -> AnchorClass | None:
    """The class of an anchor that keeps this very note now; None if it keeps another, none, or cannot be read."""
    try:
        anchor = anchor_of(url)
        found = next((one for one in anchor.newest() if one.place.endswith(name_of(size))), None)
        return anchor.kind if found is not None and found.note == note else None
    except LedgerError:
        return None


def name_of(size: int, ending: str = "note") -> str:
    """The name under which a checkpoint is kept, or its time stamp (tsr): names in order are sizes in order."""
    return f"checkpoint-{size:012}.{ending}"


def require_same_stamp(place: str, kept: bytes, token: bytes) -> None:
    """Make sure that a time stamp is the one that is kept.

    Raises:
        LedgerError: it is another one, which is left as it is.
    """
    if kept != token:
        raise LedgerError(f"{place} holds another time stamp, which is left as it is; run: modelops ledger verify")


def require_same(place: str, kept: str, note: str) -> None:
    """Make sure that what is kept says what the note says, whoever signed it.

    Raises:
        LedgerError: it is a checkpoint over other events: the ledger was rewritten, or two ledgers share the anchor.
    """
    if kept.partition("\n\n")[0] != note.partition("\n\n")[0]:
        raise LedgerError(f"{place} holds another checkpoint over as many events; the ledger was rewritten or restored, "
                          "or another ledger is anchored in the same place; run: modelops ledger verify")
