"""The project's governance, with its own policy packs and life cycles, offered to the register together with who wrote it."""

from __future__ import annotations

from pathlib import Path

from ..errors import RegisterError
from ..governance.activate import commit_in_force, propose, readable
from ..inventory.register import Register
from ..plan.governance_file import governance_in
from ..spec.own_files import FOLDERS, own_paths
from ..spec.project import Project
from .provenance import provenance_of


def offer_governance(register: Register, project: Project, by: str) -> str:
    """Offer what the files say now; answers active or pending.

    Raises:
        SpecError: the files have mistakes.
    """
    source = governance_in(project.governance, name=project.name(project.governance))
    written = provenance_of(project, _files(register, project), commit_in_force(register))
    authors = dict.fromkeys(one for file in written for one in file.authors)
    return propose(register, source.canonical, by, tuple(authors), written[0].commit)


def _files(register: Register, project: Project) -> list[Path]:
    """governance.yaml, its own packs and life cycles, and those that are gone: who takes a pack away changes the rules too."""
    folder = project.governance.parent
    return list(dict.fromkeys([project.governance, *own_paths(project.governance), *(folder / name for name in _in_force(register))]))


def _in_force(register: Register) -> list[str]:
    try:
        with register.read() as session:
            rules = readable(session)
    except RegisterError:
        return []
    return [f"{kind}/{name}.yaml" for kind in FOLDERS for name in getattr(rules, f"own_{kind}") or {}]
