"""governance.yaml as whoever plans reads it: with the policy packs and life cycles that are put in force with it, and all of them linted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..spec.problem import SpecError
from ..spec.read import Source, parse_governance, read_governance
from ..spec.types import Governance
from .lint_own import own_problems


def governance_in(path: Path, *, name: str | None = None, review: bool = True) -> Source[Governance]:
    """Read governance.yaml with the files that are put in force with it, and lint these.

    Raises:
        SpecError: every mistake of all of them.
    """
    return _linted(read_governance(path, name=name, review=review))


def governance_from(text: str, file: str, own: Mapping[str, str]) -> Source[Governance]:
    """The same from texts; `own` by their names in the project."""
    return _linted(parse_governance(text, file, own))


def _linted(source: Source[Governance]) -> Source[Governance]:
    if source.own and (problems := own_problems(source)):
        raise SpecError(problems)
    return source
