"""The plans of a project as they were at a git revision."""

from __future__ import annotations

import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ..errors import DataError
from ..spec.project import Project

if TYPE_CHECKING:
    from datetime import date

    from ..plan import Plan


def plans_at(project: Project, revision: str, environment: str = "", *, on: date | None = None) -> list[Plan]:
    """Every plan of the files of a revision, with the policies and life cycles installed now.

    Raises:
        DataError: this is no git repository, or it has no such revision.
        SpecError: the files of that revision have mistakes.
    """
    from ..checks.own import files_of_checks, own_checks_in
    from ..plan import plans_of
    from ..spec.read import parse_governance, parse_model

    if revision.startswith("-"):
        raise DataError(f"{revision!r} is no git revision")
    names = _git(project, "ls-tree", "-r", "--name-only", revision, "--", "dags/models", "dags/governance.yaml", "checks").split("\n")
    if "dags/governance.yaml" not in names:
        raise DataError(f"revision {revision} has no dags/governance.yaml below {project.root}")
    rules = parse_governance(_at(project, revision, "dags/governance.yaml"), f"{revision}:dags/governance.yaml").spec
    files = [name for name in names if PurePosixPath(name).parent.as_posix() == "dags/models" and name.endswith(".yaml")]
    own = own_checks_in({name: _bytes(project, "show", f"{revision}:./{name}") for name in files_of_checks(names)})
    texts = _all_at(project, revision, files)
    return [plan for name in files for plan in plans_of(parse_model(texts[name], name), rules, own, environment, on=on)]


def changed_since(project: Project, revision: str) -> list[str]:
    """Files that git knows and that differ from a revision, from the project's root."""
    return [name for name in _git(project, "diff", "--name-only", "--relative", "-z", revision, "--").split("\0") if name]


def _all_at(project: Project, revision: str, names: list[str]) -> dict[str, str]:
    """Files of a revision, read by one process: one a file is too slow for a fleet."""
    asked = "".join(f"{revision}:./{name}\n" for name in names).encode()
    found, rest = {}, _bytes(project, "cat-file", "--batch", stdin=asked)
    for name in names:
        head, _, rest = rest.partition(b"\n")
        size = int(head.rpartition(b" ")[2])
        found[name], rest = rest[:size].decode().replace("\r\n", "\n"), rest[size + 1:]
    return found


def _at(project: Project, revision: str, name: str) -> str:
    return _git(project, "show", f"{revision}:./{name}")


def _git(project: Project, *arguments: str) -> str:
    return _bytes(project, *arguments).decode().replace("\r\n", "\n")


def _bytes(project: Project, *arguments: str, stdin: bytes | None = None) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - git with arguments of ours
            ["git", "-C", str(project.root), *arguments],  # noqa: S607 - the user's git
            capture_output=True, check=False, input=stdin,
        )
    except FileNotFoundError:
        raise DataError("git is not installed; --against needs it") from None
    if done.returncode:
        raise DataError(f"git {arguments[0]}: {(done.stderr.decode(errors='replace').strip() or 'failed').splitlines()[0]}")
    return done.stdout
