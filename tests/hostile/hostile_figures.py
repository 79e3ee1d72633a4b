"""All hostile inputs through every reader of files and every command, with the figures for the report.

    hostile_figures(Path("/tmp/x"), mutations=20_000, seed=1)
    {"inputs": 35001, "files": 14528, "mutations": 20000, "calls": 473, "commands": 32, "tracebacks": 0, "faults": 0,
     "slowest_s": 0.4, "slowest_wall_s": 0.6, "largest_mb": 210, "outgoing": 0}
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from commands import ARGUMENTS, commands
from files import VALID, readers
from mutations import mutants
from watch import Watch, nothing_leaves
from yaml_kinds import documents, with_values

from most_memory import most_memory

__all__ = ["ARGUMENTS", "VALID", "Watch", "hostile_figures", "mutants"]


def hostile_figures(folder: Path, *, mutations: int, seed: int, every: int = 1, arguments_every: int = 2) -> dict[str, Any]:
    """Run `mutations` mutants, every `every`-th of the other files, and every `arguments_every`-th text as arguments.

    With 1 each text goes to every command, else to one of them.

    Raises:
        AssertionError: an input ended in a traceback, in a line without a place, took over two
            seconds, or tried to reach another machine; the message names the first ones.
    """
    watch = Watch()
    with nothing_leaves() as tried:
        files = read_all(watch, folder, every)
        mutated = mutate_all(watch, folder, mutations, seed)
        called = commands(watch, folder, arguments_every)
    assert not watch.tracebacks, watch.tracebacks[:5]
    assert not watch.faults, watch.faults[:5]
    assert not tried, tried[:5]
    ran = {"files": files, "mutations": mutated, "calls": called.total(), "commands": len(called)}
    return {**watch.figures(tried, most_memory() / 2**20), **ran}


def read_all(watch: Watch, folder: Path, every: int) -> int:
    """Whole files, and hostile values in each place of a valid one, through each reader; answers how many were read."""
    for number, (kind, read) in enumerate(readers(folder).items()):
        for text in itertools.islice(_texts(kind), number % every, None, every):
            watch.take(f"{kind} {text[-80:]!r}", lambda text=text, read=read: read(text))
    return watch.inputs


def mutate_all(watch: Watch, folder: Path, count: int, seed: int) -> int:
    """So many mutants of all kinds of files, each kind as often as the others or once more; answers how many were read."""
    found, before = readers(folder), watch.inputs
    for number, (kind, read) in enumerate(found.items()):
        mine = count // len(found) + (number < count % len(found))
        for index, text in enumerate(mutants(VALID[kind], mine, seed + number)):
            watch.take(f"{kind} mutant {index} of seed {seed + number}", lambda text=text, read=read: read(text))
    return watch.inputs - before


def _texts(kind: str) -> Iterator[str]:
    yield from documents()
    for valid in VALID[kind][:2]:
        yield from with_values(valid)
