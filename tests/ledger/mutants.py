"""Mutants of a log: every cell edited, events deleted, swapped, put in, taken off, and the rest rehashed.

    with_anchor = in_core(rows, checkpoint, count=10_000, seed=1)     # {"mutants": 10000, "missed": 0, ...}

A mutant is what an attacker with all rights over the database leaves behind. Those that make the
whole tree again, or take events off its end, are consistent in themselves: only a checkpoint that
was kept elsewhere shows them.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import text

from modelops_airflow.digest import canonical
from modelops_airflow.inventory.register import Register
from modelops_airflow.ledger.append import append
from modelops_airflow.ledger.checkpoint import Checkpoint
from modelops_airflow.ledger.tree import grown, leaf_hash
from modelops_airflow.ledger.verify import pages, verify
from modelops_airflow.ledger.walk import RawEvent, Walk

COLUMNS = ("kind", "outcome", "model_id", "body", "leaf", "frontier", "at")
Rows = Sequence[RawEvent]


class Mutant(NamedTuple):
    """Rows up to `first` are untouched; `consistent` ones take an anchor to find."""

    name: str
    first: int
    tail: list[RawEvent]
    consistent: bool


def make_log(register: Register, size: int) -> None:
    """Append events of several kinds until there are as many."""
    with register.write() as session:
        for number in range(size):
            append(
                session,
                ("voted", "promoted", "measured")[number % 3],
                {"by": f"simple:{number % 7}", "number": number, "subject": "sha256:" + f"{number:064x}"},
                model_id="pricing" if number % 4 else None,
                outcome="denied" if number % 5 == 0 else "done",
            )


def read_raw(register: Register) -> list[RawEvent]:
    """The log as stored."""
    with register.read() as session:
        return [RawEvent(*row) for page in pages(session) for row in page]


def tip_of(rows: Rows) -> Checkpoint:
    """What is anchored: size and root of the whole log."""
    walk = Walk()
    assert list(walk.over(rows)) == []
    return Checkpoint("test", walk.size, walk.root)


# Making mutants


def mutants(rows: Rows, count: int, seed: int) -> Iterator[Mutant]:
    """Seven tenths edit a cell, every cell once before any comes twice; the others change the order of things."""
    chance = random.Random(seed)
    cells = [(index, column) for index in range(len(rows)) for column in COLUMNS]
    chance.shuffle(cells)
    edits = count * 7 // 10
    for number in range(edits):
        yield _edited(rows, *cells[number % len(cells)], chance)
    makers = [_moved, _deleted, _renumbered, _swapped, _bodies_swapped, _repeated, _forged, _partly_rehashed]
    makers += [_truncated, _rehashed, _rehashed_without, _rehashed_with_more, _rehashed_swapped, _replaced_end, _rewritten]
    for number in range(count - edits):
        yield makers[number % len(makers)](rows, chance)


def _edited(rows: Rows, index: int, column: str, chance: random.Random) -> Mutant:
    row, old = rows[index], getattr(rows[index], column)
    while (new := _other(column, old, getattr(chance.choice(rows), column), chance)) == old:
        pass
    return Mutant(f"edit {column}", index, [row._replace(**{column: new}), *rows[index + 1 :]], False)


def _other(column: str, old: Any, of_another: Any, chance: random.Random) -> Any:
    """Another value of the column: that of another event, or this one changed a little."""
    if column == "outcome":
        return "denied" if old == "done" else "done"
    if column == "body":
        at = chance.randrange(len(old))
        flipped = old[:at] + bytes([old[at] ^ 1 << chance.randrange(8)]) + old[at + 1 :]
        return chance.choice([of_another, flipped, old[:at] + old[at + 1 :], old + b" ", b"", b"{}"])
    if column == "frontier":
        parts = json.loads(old)
        flipped = [_one_digit(parts[0], chance), *parts[1:]]
        return json.dumps(chance.choice([json.loads(of_another), flipped, parts[1:], [*parts, parts[0]], []]))
    if column == "at":
        return chance.choice([of_another, "2001" + old[4:], old[:-1] + "1", old[:17] + f"{chance.randrange(60):02}" + old[19:]])
    if column == "leaf":
        return chance.choice([of_another, _one_digit(old, chance), old.upper(), old[:-1], ""])
    return chance.choice([of_another, "other", "x" if old is None else old[:-1], "" if column == "kind" else None])


def _one_digit(text_: str, chance: random.Random) -> str:
    at = chance.randrange(len(text_))
    return text_[:at] + f"{int(text_[at], 16) ^ 1 << chance.randrange(4):x}" + text_[at + 1 :]


def _moved(rows: Rows, chance: random.Random) -> Mutant:
    index = chance.randrange(len(rows) - 1)
    moved = rows[index]._replace(idx=len(rows) + chance.randrange(3))
    return Mutant("move past the end", index, [*rows[index + 1 :], moved], False)


def _deleted(rows: Rows, chance: random.Random) -> Mutant:
    index = chance.randrange(len(rows) - 1)
    return Mutant("delete", index, list(rows[index + 1 :]), False)


def _renumbered(rows: Rows, chance: random.Random) -> Mutant:
    index = chance.randrange(len(rows) - 1)
    return Mutant("delete and renumber", index, _numbered(rows[index + 1 :], index), False)


def _swapped(rows: Rows, chance: random.Random) -> Mutant:
    one, two = sorted(chance.sample(range(len(rows)), 2))
    tail = [rows[two], *rows[one + 1 : two], rows[one], *rows[two + 1 :]]
    return Mutant("swap", one, _numbered(tail, one), False)


def _bodies_swapped(rows: Rows, chance: random.Random) -> Mutant:
    one, two = sorted(chance.sample(range(len(rows)), 2))
    left, right = rows[one]._replace(body=rows[two].body), rows[two]._replace(body=rows[one].body)
    return Mutant("swap bodies", one, [left, *rows[one + 1 : two], right, *rows[two + 1 :]], False)


def _repeated(rows: Rows, chance: random.Random) -> Mutant:
    again = chance.choice(rows)._replace(idx=len(rows))
    return Mutant("repeat at the end", len(rows), [again], False)


def _forged(rows: Rows, chance: random.Random) -> Mutant:
    index = chance.randrange(len(rows) - 1)
    return Mutant("put one in", index, [_grow(rows[:index], _told(rows[index], index))[0], *_numbered(rows[index:], index + 1)], False)


def _partly_rehashed(rows: Rows, chance: random.Random) -> Mutant:
    first, last = sorted(chance.sample(range(len(rows) - 1), 2))
    tail = [_told(rows[first], first), *rows[first + 1 : last]]
    return Mutant("rehash a part", first, [*_grow(rows[:first], *tail), *rows[last:]], False)


def _truncated(rows: Rows, chance: random.Random) -> Mutant:
    return Mutant("truncate", len(rows) - chance.randint(1, len(rows) // 2), [], True)


def _rehashed(rows: Rows, chance: random.Random) -> Mutant:
    index = chance.randrange(len(rows))
    return Mutant("edit and rehash", index, _grow(rows[:index], _told(rows[index], index), *rows[index + 1 :]), True)


def _rehashed_without(rows: Rows, chance: random.Random) -> Mutant:
    index = chance.randrange(len(rows) - 1)
    return Mutant("delete and rehash", index, _grow(rows[:index], *rows[index + 1 :]), True)


def _rehashed_with_more(rows: Rows, chance: random.Random) -> Mutant:
    index = chance.randrange(len(rows))
    return Mutant("put one in and rehash", index, _grow(rows[:index], _told(rows[index], index), *rows[index:]), True)


def _rehashed_swapped(rows: Rows, chance: random.Random) -> Mutant:
    one, two = sorted(chance.sample(range(len(rows)), 2))
    tail = [rows[two], *rows[one + 1 : two], rows[one], *rows[two + 1 :]]
    return Mutant("swap and rehash", one, _grow(rows[:one], *tail), True)


def _replaced_end(rows: Rows, chance: random.Random) -> Mutant:
    first = len(rows) - chance.randint(1, 50)
    others = [_told(chance.choice(rows), number) for number in range(len(rows) - first + chance.randrange(3))]
    return Mutant("replace the end", first, _grow(rows[:first], *others), True)


def _rewritten(rows: Rows, chance: random.Random) -> Mutant:
    return Mutant("rewrite all", 0, _grow([], *(_told(row, chance.randrange(9)) for row in rows)), True)


def _told(row: RawEvent, number: int) -> RawEvent:
    """The event with other facts."""
    body = {**json.loads(row.body), "facts": {"by": "simple:eve", "number": number}}
    return row._replace(body=canonical(body))


def _numbered(tail: Rows, first: int) -> list[RawEvent]:
    return [row._replace(idx=first + offset) for offset, row in enumerate(tail)]


def _grow(before: Rows, *tail: RawEvent) -> list[RawEvent]:
    """The tail after these rows, with indices, leaves and frontiers of its own: nothing is amiss in it."""
    frontier = [bytes.fromhex(part) for part in json.loads(before[-1].frontier)] if before else []
    out = []
    for index, row in enumerate(tail, len(before)):
        body = row.body.replace(b'"index":%d,' % row.idx, b'"index":%d,' % index)
        frontier = grown(frontier, index, leaf_hash(body))
        told = json.dumps([part.hex() for part in frontier])
        out.append(row._replace(idx=index, body=body, leaf=leaf_hash(body).hex(), frontier=told))
    return out


# Finding them


def in_core(rows: Rows, anchored: Checkpoint, *, count: int, seed: int) -> dict[str, Any]:
    """Every mutant through the walk that `ledger verify` makes, with the checkpoint and without."""
    began, made, missed, blind = time.monotonic(), Counter[str](), Counter[str](), Counter[str]()
    pinned, free = _on_the_way(rows, [anchored]), _on_the_way(rows, [])
    for mutant in mutants(rows, count, seed):
        made[mutant.name] += 1
        missed[mutant.name] += not _found(pinned[mutant.first], mutant)
        blind[mutant.name] += not _found(free[mutant.first], mutant)
    return _figures(began, seed, made, missed, blind)


def in_database(register: Register, rows: Rows, anchored: Checkpoint, *, count: int, seed: int) -> dict[str, Any]:
    """Every mutant written into the real database, its triggers taken off, in a transaction that is rolled back."""
    began, made, missed, blind = time.monotonic(), Counter[str](), Counter[str](), Counter[str]()
    for mutant in mutants(rows, count, seed):
        made[mutant.name] += 1
        with register.engine.execution_options(modelops_write=True).connect() as connection:
            _write(connection, mutant)
            with _session(connection) as session:
                missed[mutant.name] += not verify(session, anchored)
                blind[mutant.name] += not verify(session)
            connection.rollback()
    return _figures(began, seed, made, missed, blind)


def _on_the_way(rows: Rows, anchored: list[Checkpoint]) -> list[Walk]:
    walk, out = Walk(anchored), []
    for row in rows:
        out.append(walk.here())
        assert list(walk.over([row])) == []
    return [*out, walk]


def _found(walk: Walk, mutant: Mutant) -> bool:
    walk = walk.here()
    return bool(next(walk.over(mutant.tail), None) or next(walk.end(), None))


def _session(connection: Any) -> Any:
    from sqlalchemy.orm import Session

    return Session(connection, join_transaction_mode="rollback_only")


def _write(connection: Any, mutant: Mutant) -> None:
    sqlite = connection.dialect.name == "sqlite"
    for statement in _UNGUARD["sqlite" if sqlite else "postgresql"]:
        connection.execute(text(statement))
    connection.execute(text("DELETE FROM modelops_event WHERE idx >= :first"), {"first": mutant.first})
    frontier, at = (":frontier", ":at") if sqlite else ("CAST(:frontier AS json)", "CAST(:at AS timestamptz)")
    rows = [row._asdict() for row in mutant.tail]
    for row in rows:
        row["at"] = row["at"].replace("T", " ") if sqlite else row["at"] + "Z"
    if rows:
        insert = f"INSERT INTO modelops_event (idx, kind, outcome, model_id, body, leaf, frontier, at) VALUES (:idx, :kind, :outcome, :model_id, :body, :leaf, {frontier}, {at})"
        connection.execute(text(insert), rows)


_UNGUARD = {
    "sqlite": [f"DROP TRIGGER IF EXISTS modelops_event_no_{name}" for name in ("update", "delete", "replace")],
    "postgresql": ["ALTER TABLE modelops_event DISABLE TRIGGER ALL"],
}


def _figures(began: float, seed: int, made: Counter[str], missed: Counter[str], blind: Counter[str]) -> dict[str, Any]:
    return {
        "mutants": made.total(), "seed": seed, "kinds": dict(sorted(made.items())), "missed": missed.total(),
        "missed_without_anchor": blind.total(), "seconds": round(time.monotonic() - began, 1),
        "kinds_missed": sorted(+missed), "kinds_missed_without_anchor": sorted(+blind),
    }
