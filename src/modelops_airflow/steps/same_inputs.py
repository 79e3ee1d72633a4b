"""Whether a run that repeats another one finds the same data and files, by digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import DataError
from .pack_inputs import inputs_of

if TYPE_CHECKING:
    from ..evidence.rests import RecordedRun
    from .run import Run

_WORDS = {"changed": "has other bytes now", "gone": "is not there any more", "not pinned": "is a query, and what a database answers is not pinned"}
_ELSEWHERE = ("artifact", "champion", "earlier:", "pack:")
"""Inputs that are evidence or artifacts in the store, which verifies what it gives."""


def differing_inputs(run: Run, before: RecordedRun) -> list[str]:
    """Each data set and file that the run before measured and that is gone or has other bytes, in words."""
    statements = {name: {"body": {"predicate": {"measurement": step.measurement}}}
                  for name, step in before.steps.items() if step.measurement is not None}
    return [f"{one['name'].removeprefix('file:')} {_WORDS[one['state']]}" + (f" (expected {one['digest']})" if one["state"] == "changed" else "")
            for one in inputs_of(run, statements) if not one["name"].startswith(_ELSEWHERE) and one["state"] != "readable"]


def demand_the_same(run: Run, before: RecordedRun) -> None:
    """Refuse to measure anything but what the run before measured.

    Raises:
        DataError: it names every data set and file that is gone or has other bytes.
    """
    if wrong := differing_inputs(run, before):
        raise DataError(f"{before.label} cannot be repeated as it was: {'; '.join(wrong)}. Put the data back, "
                        "or look at what is there now (`data: fresh`, or --fresh), and the difference names it")
