"""Walking over raw events: each is hashed again, its columns are compared with its body, the tree is grown.

Pure: rows come as the database holds them, nothing is parsed twice and nothing is believed. After an
event that is not what was appended the walk goes on from what is stored, so one edit is told once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from typing import Any, NamedTuple

from ..digest import canonical
from .checkpoint import Checkpoint
from .tree import node_hash, root_of


class RawEvent(NamedTuple):
    """A row of the ledger: `frontier` as its JSON text, `at` as 2026-01-31T12:00:00.000000 in UTC."""

    idx: int
    kind: Any
    outcome: Any
    model_id: Any
    body: Any
    leaf: Any
    frontier: Any
    at: Any


class Walk:
    """Where a walk has come to.

    Args:
        anchored: checkpoints that were kept outside the database.

    Attributes:
        size: events walked over.
    """

    def __init__(self, anchored: Iterable[Checkpoint] = ()) -> None:
        self.size = 0
        self._frontier: list[bytes] = []
        self._hex: list[str] = []
        self._anchored: dict[int, set[bytes]] = {}
        for one in anchored:
            self._anchored.setdefault(one.size, set()).add(one.root)
        self._agreed = 0

    def here(self) -> Walk:
        """A walk that goes on from here by itself."""
        other = copy(self)
        other._frontier, other._hex = list(self._frontier), list(self._hex)
        return other

    @property
    def root(self) -> bytes:
        """Tree hash of the events walked over."""
        return root_of(self._frontier)

    def over(self, rows: Iterable[RawEvent]) -> Iterator[str]:
        """Walk on over the next events; yields what is wrong, and stops where one is missing."""
        for row in rows:
            index, _, _, _, body, told, frontier, _ = row
            if index != self.size:
                yield f"event {self.size} is missing; the next one is {index}"
                return
            if not isinstance(body, bytes):
                yield f"event {index} is not readable"
                self._grow(bytes(32))
                self._resume(frontier)
                continue
            leaf = hashlib.sha256(b"\x00" + body).digest()
            self._grow(leaf)
            if told != self._hex_of(leaf) or not self._spells(frontier):
                yield f"event {index} is not what was appended"
                self._resume(frontier)
            problem = column_problem(row)
            if problem:
                yield problem
            if self.size in self._anchored:
                yield from self._compare()

    def end(self) -> Iterator[str]:
        """What is wrong if no event follows."""
        beyond = [size for size in self._anchored if size > self.size]
        if beyond:
            yield (f"the ledger ends after {self.size} events, but a checkpoint over {max(beyond)} was anchored: events "
                   f"{self.size} to {max(beyond) - 1} were taken off, or this is an old backup")

    def _grow(self, leaf: bytes) -> None:
        size, top = self.size, leaf
        while size & 1:
            top = node_hash(self._frontier.pop(), top)
            self._hex.pop()
            size >>= 1
        self._frontier.append(top)
        self._hex.append(top.hex())
        self.size += 1

    def _hex_of(self, leaf: bytes) -> str:
        return self._hex[-1] if self._frontier[-1] is leaf else leaf.hex()

    def _spells(self, frontier: Any) -> bool:
        """Whether a text is the frontier, as Python's JSON, which has blanks, or as Postgres's."""
        if not isinstance(frontier, str):
            return False
        between = '", "' if frontier[68:69] == " " else '","'
        return frontier == f'["{between.join(self._hex)}"]'

    def _resume(self, stored: Any) -> None:
        """Go on from a stored frontier, if it can be one."""
        try:
            parts = json.loads(stored)
            frontier = [bytes.fromhex(part) for part in parts]
        except (ValueError, TypeError):
            return
        if len(frontier) == self.size.bit_count() and all(len(part) == 32 for part in frontier):
            self._frontier, self._hex = frontier, [part.hex() for part in frontier]

    def _compare(self) -> Iterator[str]:
        if self._anchored[self.size] == {self.root}:
            self._agreed = self.size
            return
        yield (f"the first {self.size} events are not those of the checkpoint that was anchored over them: "
               f"something in events {self._agreed} to {self.size - 1} was rewritten")


def column_problem(row: RawEvent | Sequence[Any]) -> str | None:
    """What is wrong between an event's columns and its body; bodies of before logins were kept have none."""
    index, kind, outcome, model, body, _, _, at = row
    try:
        text = body.decode()
        told = _DECODER.raw_decode(text)[0]
        same = (told["index"], told["kind"], told["outcome"], told["model"]) == (index, kind, outcome, model)
        when = told["at"]
        if not _is_canonical(text, told):
            return f"event {index} is not in the one form that events have: blanks, a key twice, or another order or spelling"
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"event {index} is not readable"
    if same and isinstance(when, str) and at == f"{when[:-1]}.000000" and when[-1:] == "Z":
        return None
    return f"event {index}: its columns say something else than its body"


class _Unsure:
    """A number whose RFC 8785 spelling is not surely the one that Python writes."""


def _whole(digits: str) -> int | _Unsure:
    return int(digits) if len(digits) < 16 else _Unsure()


def _fraction(_: str) -> _Unsure:
    return _Unsure()


_DECODER = json.JSONDecoder(parse_int=_whole, parse_float=_fraction, parse_constant=_fraction)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False)  # what was read from a text has no circles


def _is_canonical(text: str, told: Any) -> bool:
    """Whether a body is the RFC 8785 form of what it says.

    Python surely writes the same where there are neither fractions nor large numbers, nor characters beyond ASCII (by
    which keys may sort in another order), nor characters by their numbers. Everything else is asked of the real one,
    ten times slower.
    """
    if text.isascii() and "\\u" not in text:
        try:
            if _ENCODER.encode(told) == text:
                return True
        except TypeError:
            pass
    return canonical(json.loads(text)) == text.encode()
