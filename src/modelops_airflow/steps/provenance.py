"""Who wrote the files that a run goes by, as git has it.

Every committer of a file that the plan reads, since the last release of its model, is an author of the next version. An
unsigned commit says who its writer claims to be; one that its author or committer signed proves it. What git does not know is said
as a gap, never guessed.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.dataset import files_of
from ..errors import DataError
from ..spec.governance_rules import folded
from ..spec.project import Project

if TYPE_CHECKING:
    from ..plan import Plan

_SECONDS = 20


@dataclass(frozen=True)
class Provenance:
    """Where one file comes from.

    Attributes:
        commit: the last commit that touched it; empty if git does not know it.
        authors: e-mail addresses of everybody who wrote, committed or signed a commit of it, since `since`.
        signed: every one of those commits carries a good signature of its author or committer.
        gap: what is not known; empty if nothing is missing.
    """

    file: str
    commit: str
    authors: tuple[str, ...]
    signed: bool
    gap: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it stands in the register."""
        return {**asdict(self), "authors": list(self.authors)}


@dataclass(frozen=True)
class _Commit:
    """A commit as git tells it; `state` is `G` where a key that we allow made a good signature."""

    author: str
    committer: str
    state: str
    signer: str

    @property
    def signed(self) -> bool:
        """Whether the signature is that of somebody whom the commit names; any allowed key signs any name."""
        return self.state == "G" and self.signer != "" and folded(self.signer) in {folded(self.author), folded(self.committer)}


def provenance_of(project: Project, files: Sequence[Path], since: str = "") -> list[Provenance]:
    """Where files come from.

    Args:
        since: a commit; only later ones count. Unknown commits count as none.
    """
    return [_of(project, path, since) for path in files]


def provenance_of_plan(
    project: Project, model_file: Path, plan: Plan, roots: tuple[str, ...], since: Mapping[str, str]
) -> list[Provenance]:
    """Where the files come from that a plan reads, the model's own first.

    What its steps name, as suites, belongs into git like the model file. Artifact and data are mostly kept elsewhere:
    who wrote them is asked where git has them, and where it has not that is no gap.

    Args:
        since: commit by name of file; only later ones count.
    """
    kept = [project.resolve(str(plan.model["artifact"]), roots), *_data(project, plan)]
    files = dict.fromkeys([model_file, *_named(project, plan), *_in_git(project, kept)])
    return [_of(project, path, since.get(project.name(path), "")) for path in files]


def _named(project: Project, plan: Plan) -> Iterator[Path]:
    """Files that options of steps name, in folders and by patterns too, and those of the project's own checks."""
    named = [value for step in plan.steps for value in step.options.values() if isinstance(value, str)]
    for value in [*named, *(step.code["file"] for step in plan.steps if step.code is not None)]:
        with suppress(DataError, OSError):  # most options are no paths
            path = project.resolve(value)
            if path.is_file():
                yield path
            yield from files_of(value, project.resolve)  # as a check reads data


def _data(project: Project, plan: Plan) -> Iterator[Path]:
    data = plan.data or {}
    for source in (data.get("current"), data.get("baseline"), (data.get("labels") or {}).get("path")):
        if isinstance(source, str):
            with suppress(DataError, OSError):  # the step that reads it says what is wrong
                yield from files_of(source, project.resolve)


def _in_git(project: Project, paths: Iterable[Path]) -> list[Path]:
    """Those that git has; it is asked once, for a folder may hold many."""
    paths = list(paths)
    told = _git(project, "ls-files", "-z", "--", *sorted({str(path.parent) for path in paths})) or ""
    known = set(told.split("\0"))
    return [path for path in paths if project.name(path) in known]


def _of(project: Project, path: Path, since: str) -> Provenance:
    name = project.name(path)
    if _git(project, "ls-files", "--error-unmatch", "--", str(path)) is None:
        return Provenance(name, "", (), False, "git does not know this file; who wrote it is unknown")
    known = bool(since) and _git(project, "cat-file", "-e", f"{since}^{{commit}}") is not None
    commits = _commits(project, path, f"{since}..HEAD" if known else "HEAD")
    last = (_git(project, "log", "-1", "--format=%H", "HEAD", "--", str(path)) or "").strip()
    authors = sorted({mail for one in commits or () for mail in (one.author, one.committer, one.signer) if mail})
    # Nothing written since a known commit is nothing unsigned; a file without any commit at all proves nothing.
    signed = commits is not None and (known or bool(commits)) and all(one.signed for one in commits)
    return Provenance(name, last, tuple(authors), signed, "; ".join(_gaps(project, path, commits)))


def _commits(project: Project, path: Path, span: str) -> list[_Commit] | None:
    """The commits that touched a file, under its former names too; None if git does not answer.

    Git is asked twice: following renames it passes over merges, which may change a file as well.
    """
    found: dict[str, _Commit] = {}
    for follow in ([], ["--follow"]):
        told = _git(project, "log", "--format=%H%x00%ae%x00%ce%x00%G?%x00%GS", *follow, span, "--", str(path))
        if told is None:
            return None
        for line in told.split("\n"):
            if line:
                commit, author, committer, state, signer = line.split("\0", 4)
                found[commit] = _Commit(author, committer, state, _mail(signer))
    return list(found.values())


def _mail(signer: str) -> str:
    """The address of a signer: of an ssh key its principal is told, of a PGP key `Name <mail>`."""
    return signer.rpartition("<")[2].rstrip("> ").strip()


def _gaps(project: Project, path: Path, commits: Sequence[_Commit] | None) -> Iterator[str]:
    if commits is None:
        yield "git does not tell its commits; who wrote it is unknown"
    if (_git(project, "rev-parse", "--is-shallow-repository") or "").strip() != "false":
        yield "the clone is shallow; earlier writers are unknown"
    if _git(project, "diff", "--quiet", "HEAD", "--", str(path)) is None:
        yield "it has changes that are not committed; who made them is unknown"


def _git(project: Project, *arguments: str) -> str | None:
    """What git answers, or None if it refuses, is not there, or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603 - git with arguments of ours
            ["git", "-C", str(project.root), "--literal-pathspecs", "-c", "core.fsmonitor=false", *arguments],  # noqa: S607 - the machine's git
            capture_output=True, check=False, timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    # Not as text: an address may hold a carriage return, which must not begin a new line.
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None
