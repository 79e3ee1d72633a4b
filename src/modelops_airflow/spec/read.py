"""Files into frozen objects: one reader for each kind of file.

A `Source` keeps the object, its canonical form and digest, and the positions in the text, so that
whoever judges the object later can still point at a line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any, Generic, TypeVar

from ..digest import Digest, digest_of
from .document import MAX_BYTES, Document, Mark, Path, load
from .governance_rules import governance_problems
from .own_files import FOLDERS, POLICIES, folder_of, own_paths, shown_as
from .policy import Policy
from .problem import Problem, SpecError
from .query import query_problem
from .types import Governance, Lifecycle, ModelFile, Sql, Strict
from .validate import validate

T = TypeVar("T", bound=Strict)
OWN = tuple(f"own_{folder}" for folder in FOLDERS)
"""What of governance is written in files of their own."""
RESERVED = frozenset({"modelops"})
"""Ids that no model can have, whatever prefix its DAGs have: `modelops.sync` is a DAG of the installation."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_SECRET = re.compile(r"://[^/\s:@]+:[^/\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b")


@dataclass(frozen=True)
class Source(Generic[T]):
    """A parsed file.

    Attributes:
        file: its name as the user knows it.
        text: its text.
        spec: the frozen object.
        own: of governance, the files of policy packs and life cycles that are put in force with it.
    """

    file: str
    text: str
    spec: T
    document: Document = field(repr=False)
    own: tuple[Source[Any], ...] = field(default=(), repr=False)

    @property
    def canonical(self) -> dict[str, Any]:
        """JSON form in which comments, layout, key order and written-out defaults make no difference."""
        return self.spec.model_dump(mode="json", by_alias=True, exclude_none=True)

    @cached_property
    def digest(self) -> Digest:
        """Digest of the canonical form. A pack is part of every plan: for a fleet it would be worked out a thousand times."""
        return digest_of(self.canonical)

    def mark(self, path: Path) -> Mark:
        """1-based line and column of a value."""
        return self.document.mark(path)

    def problem(
        self, path: Path, code: str, message: str, *, expected: str = "", found: str = "", next_step: str = ""
    ) -> Problem:
        """A problem at the value of that path, or at the nearest written part above it."""
        line, column = self.mark(path)
        return Problem(self.file, line, column, code, message, expected, found, next_step)


def read_model(path: FilePath, *, name: str | None = None, review: bool = True) -> Source[ModelFile]:
    """Read `<id>.yaml`; the stem is the model's id.

    Args:
        review: whether queries are reviewed, which imports sqlglot. A worker that builds the one DAG of its task leaves
            it to those who showed it the DAG, and to the session that runs the query.

    Raises:
        SpecError: every mistake of the file.
    """
    return parse_model(text_of(path, name), name or str(path), review=review)


def parse_model(text: str, file: str, *, review: bool = True) -> Source[ModelFile]:
    """Parse a model file's text; `file` must end in `<id>.yaml`."""
    stem = FilePath(file).stem
    problems: list[Problem] = []
    if not _ID.fullmatch(stem) or len(stem) > 100:
        problems.append(Problem(file, 1, 1, "SPEC013", f"the file's name {stem!r} is no model id",
                                "at most 100 lower-case letters, digits and hyphens",
                                next_step="rename the file"))
    elif stem in RESERVED:
        problems.append(Problem(file, 1, 1, "SPEC013", f"no model can have the id {stem!r}: its DAGs would have the names of the installation's own",
                                next_step="rename the file"))
    source = _parse(text, file, ModelFile, problems)
    spec = source.spec
    if spec.model.id is not None and spec.model.id != stem:
        raise SpecError([source.problem(("model", "id"), "SPEC013", f"model.id {spec.model.id!r} is not the file's name",
                                        expected=repr(stem), next_step="delete model.id or rename the file")])
    queries = _query_problems(source) if review else []
    if queries:
        raise SpecError(queries)
    named = spec.model_copy(update={"model": spec.model.model_copy(update={"id": stem})})
    return Source(source.file, source.text, named, source.document)


def _query_problems(source: Source[ModelFile]) -> list[Problem]:
    """Which database a connection names is known when it is opened, so here one dialect of all has to take the query."""
    data = source.spec.data
    return _reviewed(source, {("data", "current"): data.current, ("data", "baseline"): data.baseline} if data is not None else {})


def _reviewed(source: Source[Any], sources: Mapping[Path, object]) -> list[Problem]:
    return [source.problem((*path, "sql"), "SPEC016", f"the query may not run: {why}",
                           next_step="write one SELECT over tables and views; {start} and {end} are bound as values")
            for path, one in sources.items() if isinstance(one, Sql) and (why := query_problem(one.sql))]


def read_governance(path: FilePath, *, name: str | None = None, review: bool = True) -> Source[Governance]:
    """Read governance.yaml and the files that are put in force with it; `review` as `read_model` has it."""
    shown = name or str(path)
    own = {shown_as(one, shown): one for one in own_paths(path)}
    return parse_governance(text_of(path, name), shown, {key: text_of(one, key) for key, one in own.items()}, review=review)


def parse_governance(text: str, file: str, own: Mapping[str, str] | None = None, *, review: bool = True) -> Source[Governance]:
    """Parse governance.yaml's text.

    Args:
        own: name -> text of each file of the folders beside it that hold policy packs and life cycles.
    """
    parsed, problems = _own(own or {})
    try:
        source = _parse(text, file, Governance, problems)
    except SpecError as error:
        raise SpecError(dict.fromkeys(error.problems)) from None
    if written := [key for key in OWN if getattr(source.spec, key) is not None]:
        raise SpecError(source.problem((key,), "SPEC015", f"{key} is not written here", next_step=f"write a file of dags/{key.removeprefix('own_')}") for key in written)
    source = _with_own(source, parsed)
    broken = governance_problems(source.spec)
    if broken:
        raise SpecError(
            source.problem(p.path, "SPEC015", p.message, expected=p.expected, next_step=p.next_step) for p in broken
        )
    overlaid: dict[Path, object] = {("environments", name, "data", model, side): getattr(sources, side)
                for name, one in source.spec.environments.items() for model, sources in (one.data or {}).items() for side in ("current", "baseline")}
    if review and (queries := _reviewed(source, overlaid)):
        raise SpecError(queries)
    return source


def _own(texts: Mapping[str, str]) -> tuple[list[Source[Any]], list[Problem]]:
    """Policy packs and life cycles of the project's own, and what is wrong with the files."""
    found: list[Source[Any]] = []
    problems: list[Problem] = []
    for name, text in texts.items():
        try:
            found.append(parse_policy(text, name) if folder_of(name) == POLICIES else parse_lifecycle(text, name))
        except SpecError as error:
            problems += error.problems
    return found, problems


def _with_own(source: Source[Governance], own: list[Source[Any]]) -> Source[Governance]:
    bodies: dict[str, dict[str, Any]] = {key: {FilePath(one.file).stem: one.canonical for one in own if f"own_{folder_of(one.file)}" == key} for key in OWN}
    spec = source.spec.model_copy(update={key: body for key, body in bodies.items() if body})
    return Source(source.file, source.text, spec, source.document, tuple(own))


def read_lifecycle(path: FilePath, *, name: str | None = None) -> Source[Lifecycle]:
    """Read a life cycle."""
    return parse_lifecycle(text_of(path, name), name or str(path))


def parse_lifecycle(text: str, file: str) -> Source[Lifecycle]:
    """Parse a life cycle's text."""
    return _parse(text, file, Lifecycle, [])


def read_policy(path: FilePath, *, name: str | None = None) -> Source[Policy]:
    """Read a policy pack."""
    return parse_policy(text_of(path, name), name or str(path))


def parse_policy(text: str, file: str) -> Source[Policy]:
    """Parse a policy pack's text."""
    return _parse(text, file, Policy, [])


def text_of(path: FilePath, name: str | None) -> str:
    """A file's text as UTF-8.

    Raises:
        SpecError: it is not there or not UTF-8 text.
    """
    shown = name or str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise SpecError([Problem(shown, 1, 1, "SPEC003", "the file is too large", "at most 1 MB")])
        return data.decode("utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SpecError([Problem(shown, 1, 1, "SPEC001", f"the file cannot be read: {reason}")]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        column = error.start - (error.object.rfind(b"\n", 0, error.start) + 1) + 1
        raise SpecError([Problem(shown, line, column, "SPEC001", "the file is not UTF-8 text", "UTF-8",
                                 f"byte 0x{error.object[error.start]:02x}", "save it as UTF-8")]) from None


def _parse(text: str, file: str, kind: type[T], problems: list[Problem]) -> Source[T]:
    try:
        document = load(text, file)
    except SpecError as error:
        raise SpecError([*problems, *error.problems]) from None
    problems = [*problems, *_secrets(document)]
    spec, found = validate(document, kind)
    if problems or found or spec is None:
        raise SpecError([*problems, *found])
    return Source(file, text, spec, document)


def _secrets(document: Document) -> list[Problem]:
    found = []
    pending: list[tuple[Path, Any]] = [((), document.value)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict):
            pending.extend(((*path, key), item) for key, item in value.items())
        elif isinstance(value, list):
            pending.extend(((*path, index), item) for index, item in enumerate(value))
        elif isinstance(value, str) and _SECRET.search(value):
            line, column = document.mark(path)
            found.append(Problem(document.file, line, column, "SPEC014", "this looks like a secret",
                                 next_step="name an Airflow connection instead, and change the secret"))
    return found
