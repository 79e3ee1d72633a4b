"""What a source shows of a model, and the ids that models get here."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

LONGEST = 100
Progress = Callable[[int, int | None], None]
"""Called with how many are looked at, and of how many; None where that is not known yet."""


@dataclass(frozen=True)
class Found:
    """One model at a source.

    Attributes:
        name: its name there.
        version: its version there; empty where it has none.
        where: where it is, for people; no credentials.
        in_use: the source itself says that this version is in use.
        kind: the kind that it seems to be; None where that cannot be seen.
        digest: of its bytes; None where the source does not tell and nothing was fetched.
        since: the day since which the source says it is in use as it is; None where it does not.
        purpose: what the source says that it is for.
        artifact: its file's path below the project; None where it is elsewhere.
        notes: what a person must know or still find out.
    """

    name: str
    version: str
    where: str
    in_use: bool
    kind: str | None = None
    digest: str | None = None
    since: str | None = None
    purpose: str = ""
    artifact: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Why a model gets no file."""

    name: str
    message: str


def named(found: Iterable[Found]) -> tuple[dict[str, Found], list[Problem]]:
    """Each model under an id of ours; whose name makes none, or one that another has too, is a problem."""
    by_id: dict[str, list[Found]] = defaultdict(list)
    problems = []
    for one in found:
        if model_id := id_of(one.name):
            by_id[model_id].append(one)
        else:
            problems.append(Problem(one.name, "its name has neither letters nor digits of which an id could be made"))
    for model_id, same in by_id.items():
        if len(same) > 1:
            names = " and ".join(repr(one.name) for one in same)
            problems += [Problem(one.name, f"{names} would both be {model_id}; write a file for one of them by hand") for one in same]
    return {model_id: same[0] for model_id, same in sorted(by_id.items()) if len(same) == 1}, problems


def id_of(name: str) -> str:
    """A name in lower-case letters, digits and hyphens; empty where nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].rstrip("-")
