"""A project as it was at a git revision, or is in another copy of its folder."""

from __future__ import annotations

import filecmp
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ..errors import DataError
from ..spec.project import Project

if TYPE_CHECKING:
    from datetime import date

    from ..plan import Plan
    from ..spec.types import Governance


@dataclass(frozen=True)
class Before:
    """A revision, or another copy of the project.

    Attributes:
        plans: every plan of it.
        changed: files that differ from it.
        governance: its governance.yaml.
    """

    plans: list[Plan]
    changed: list[str]
    governance: Governance


def before_of(project: Project, against: str, environment: str = "", *, on: date | None = None) -> Before:
    """What a change is compared with: a git revision, or a folder.

    Raises:
        DataError: it is neither.
        SpecError: its files have mistakes.
    """
    folder = Path(against)
    if not (folder / "dags").is_dir():
        return at_revision(project, against, environment, on=on)
    from .sources import choose, governance_of, plans_in

    chosen = choose([], folder)
    return Before(plans_in(chosen, environment=environment, on=on), _differing(project.root, folder.resolve()), governance_of(chosen.project))


def _differing(here: Path, there: Path) -> list[str]:
    """Files of two folders, from each one's root, of which one is missing or other bytes; what begins with a dot is not looked at."""
    names = {path.relative_to(root).as_posix() for root in (here, there) for path in root.rglob("*")
             if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts)}
    return sorted(name for name in names if not ((here / name).is_file() and (there / name).is_file() and filecmp.cmp(here / name, there / name, shallow=False)))


def at_revision(project: Project, revision: str, environment: str = "", *, on: date | None = None) -> Before:
    """The files of a revision, with the policies and life cycles installed now.

    Raises:
        DataError: this is no git repository, or it has no such revision.
        SpecError: the files of that revision have mistakes.
    """
    from ..checks.own import files_of_checks, own_checks_in
    from ..plan import plans_of
    from ..plan.governance_file import governance_from
    from ..spec.own_files import own_names
    from ..spec.read import parse_model

    if revision.startswith("-"):
        raise DataError(f"{revision!r} is no git revision")
    names = _git(project, "ls-tree", "-r", "--name-only", revision, "--", "dags", "checks").split("\n")
    if "dags/governance.yaml" not in names:
        raise DataError(f"revision {revision} has no dags/governance.yaml below {project.root}")
    beside = _all_at(project, revision, own_names(names))
    rules = governance_from(_at(project, revision, "dags/governance.yaml"), f"{revision}:dags/governance.yaml", beside).spec
    files = [name for name in names if PurePosixPath(name).parent.as_posix() == "dags/models" and name.endswith(".yaml")]
    own = own_checks_in({name: _bytes(project, "show", f"{revision}:./{name}") for name in files_of_checks(names)})
    texts = _all_at(project, revision, files)
    plans = [plan for name in files for plan in plans_of(parse_model(texts[name], name), rules, own, environment, on=on)]
    return Before(plans, changed_since(project, revision), rules)


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
