"""The folders of a project's own policy packs and life cycles, beside governance.yaml: they are put in force with it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

POLICIES, LIFECYCLES = "policies", "lifecycles"
FOLDERS = (POLICIES, LIFECYCLES)


def own_paths(governance: Path) -> list[Path]:
    """The files of the folders beside a governance.yaml."""
    return sorted(path for folder in FOLDERS for path in (governance.parent / folder).glob("*.yaml") if path.is_file())


def own_names(names: Iterable[str], governance: str = "dags/governance.yaml") -> list[str]:
    """Those of some names, from the project's root, that are such files."""
    folders = {(PurePosixPath(governance).parent / folder).as_posix() for folder in FOLDERS}
    return sorted(name for name in names if name.endswith(".yaml") and PurePosixPath(name).parent.as_posix() in folders)


def shown_as(path: Path, governance: str) -> str:
    """A file's name, as governance.yaml beside it is shown."""
    return (PurePosixPath(governance).parent / path.parent.name / path.name).as_posix()


def folder_of(name: str) -> str:
    """`policies` or `lifecycles`."""
    return PurePosixPath(name).parent.name
