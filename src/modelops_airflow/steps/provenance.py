"""Who wrote the files that a run goes by, as git has it.

Every committer of a model file since the last release of its model is an author of the next version. An
unsigned commit says who its writer claims to be; a signed one proves it. What git does not know is said
as a gap, never guessed.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..spec.project import Project

_SECONDS = 20


@dataclass(frozen=True)
class Provenance:
    """Where one file comes from.

    Attributes:
        commit: the last commit that touched it; empty if git does not know it.
        authors: e-mail addresses of everybody who committed to it, since `since`.
        signed: every one of those commits carries a good signature.
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


def provenance_of(project: Project, files: Sequence[Path], since: str = "") -> list[Provenance]:
    """Where files come from.

    Args:
        since: a commit; only later ones count. Unknown commits count as none.
    """
    return [_of(project, path, since) for path in files]


def _of(project: Project, path: Path, since: str) -> Provenance:
    name = project.name(path)
    if _git(project, "ls-files", "--error-unmatch", "--", str(path)) is None:
        return Provenance(name, "", (), False, "git does not know this file; who wrote it is unknown")
    known = bool(since) and _git(project, "cat-file", "-e", f"{since}^{{commit}}") is not None
    span = [f"{since}..HEAD"] if known else ["HEAD"]
    told = _git(project, "log", "--format=%H%x09%ae%x09%ce%x09%G?", *span, "--", str(path)) or ""
    commits = [line.split("\t") for line in told.splitlines()]
    last = (_git(project, "log", "-1", "--format=%H", "HEAD", "--", str(path)) or "").strip()
    changed = _git(project, "diff", "--quiet", "HEAD", "--", str(path)) is None
    gap = "it has changes that are not committed; who made them is unknown" if changed else ""
    authors = sorted({mail for _, author, committer, _ in commits for mail in (author, committer) if mail})
    return Provenance(name, last, tuple(authors), bool(commits) and all(row[3] == "G" for row in commits), gap)


def _git(project: Project, *arguments: str) -> str | None:
    """What git answers, or None if it refuses, is not there, or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603 - git with arguments of ours
            ["git", "-C", str(project.root), "-c", "core.fsmonitor=false", *arguments],  # noqa: S607 - the machine's git
            capture_output=True, text=True, check=False, timeout=_SECONDS, errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
