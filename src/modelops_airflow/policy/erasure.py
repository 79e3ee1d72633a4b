"""Which ground for an erasure beats what. Pure.

A legal hold beats every ground. Regulation (EU) 2016/679, art. 17(1), lets a person ask for the erasure of what is personal, and
art. 17(3)(b) takes from it what a law obliges to keep, art. 17(3)(e) what legal claims need: that is the hold. An order to erase
(art. 17(1)(e), or of a court or an authority) beats what laws and packs ask to keep, since somebody weighed both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .retention import Kept, Kind, Promise


@dataclass(frozen=True)
class Ground:
    """Why something may be erased.

    Attributes:
        law: where it is written.
        kinds: of records that it is a ground for.
        beats: bases of promises that it is stronger than.
    """

    name: str
    law: str
    kinds: frozenset[Kind]
    beats: frozenset[str]


RETENTION_ENDED, DATA_SUBJECT, ORDER = "retention-ended", "data-subject", "order"
GROUNDS: Mapping[str, Ground] = {one.name: one for one in (
    Ground(RETENTION_ENDED, "the promises of the packs, all of which have ended", frozenset(Kind), frozenset()),
    Ground(DATA_SUBJECT, "Regulation (EU) 2016/679, art. 17(1)", frozenset({Kind.WORDS, Kind.PREDICTIONS}),
           frozenset({"supervisory", "industry", "project default"})),
    Ground(ORDER, "Regulation (EU) 2016/679, art. 17(1)(e), or an order of a court or an authority", frozenset(Kind),
           frozenset({"law", "supervisory", "industry", "project default"})),
)}


@dataclass(frozen=True)
class Standing:
    """How the records of some bytes stand.

    Attributes:
        held: the legal holds over them, in words.
        needed: what rests on them, in words.
        kept: until when they are kept.
        holding: the promises that have not ended.
    """

    kinds: frozenset[Kind]
    held: tuple[str, ...]
    needed: tuple[str, ...]
    kept: Kept
    holding: tuple[Promise, ...]


def obstacle(ground: str, standing: Standing, *, ended: bool) -> tuple[str, str] | None:
    """Code and words of what stands against an erasure; None if nothing does.

    Args:
        ended: whether retention has ended by the database's clock.
    """
    known = GROUNDS.get(ground)
    if known is None:
        return "ground", f"{ground!r} is no ground; expected one of {', '.join(sorted(GROUNDS))}"
    if standing.held:
        return "hold", f"under legal hold: {'; '.join(standing.held)}; somebody else of the control side lifts it first"
    if standing.needed:
        return "in-use", f"needed: {standing.needed[0]}; {'end it' if Kind.WORDS in standing.kinds else 'retire the version'} first"
    if wrong := standing.kinds - known.kinds:
        return "ground", f"{ground} ({known.law}) is a ground for {_list(known.kinds)}, and these bytes are {_list(wrong)}"
    if ground == RETENTION_ENDED:
        return None if ended else ("retention", f"kept until {_until(standing.kept)}: {standing.kept.why}")
    strong = [one for one in standing.holding if one.basis not in known.beats]
    if strong:
        return "retention", f"{ground} does not beat {strong[0].told}: art. 17(3)(b), a law obliges to keep it"
    return None


def _until(kept: Kept) -> str:
    return "further notice" if kept.until is None else kept.until.strftime("%Y-%m-%d")


def _list(kinds: Iterable[Kind]) -> str:
    return ", ".join(sorted(kinds))
