"""The project folder: where its files are, and which paths in YAML may be opened."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import DataError
from .problem import Problem, SpecError


class Project:
    """A folder that holds `dags/models/*.yaml` and `dags/governance.yaml`."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    @classmethod
    def around(cls, start: Path) -> Project:
        """The project of a folder: itself or the nearest folder above that holds `dags/`."""
        for folder in (start.resolve(), *start.resolve().parents):
            if (folder / "dags").is_dir():
                return cls(folder)
        return cls(start)

    @property
    def governance(self) -> Path:
        """The governance file."""
        return self.root / "dags" / "governance.yaml"

    def models(self) -> list[Path]:
        """All model files, sorted by name."""
        folder = self.root / "dags" / "models"
        return sorted(path for path in folder.glob("*.yaml") if path.is_file()) if folder.is_dir() else []

    def model(self, model_id: str) -> Path:
        """A model's file.

        Raises:
            SpecError: there is none of that id.
        """
        path = self.root / "dags" / "models" / f"{model_id}.yaml"
        if Path(model_id).name != model_id or not path.is_file():
            from ..registry import did_you_mean

            known = [one.stem for one in self.models()]
            raise SpecError([Problem(f"dags/models/{model_id}.yaml", 1, 1, "SPEC001",
                                     f"there is no model {model_id!r}{did_you_mean(model_id, known)}")])
        return path

    def name(self, path: Path) -> str:
        r"""A path as people know it: relative to the root where it is below it, with bytes that are no text as `\xff`."""
        try:
            shown = path.resolve().relative_to(self.root).as_posix()
        except ValueError:
            shown = str(path)
        return os.fsencode(shown).decode("utf-8", "backslashreplace")  # neither a database nor a page takes a name that is no text

    def resolve(self, text: str, roots: Sequence[str] = ()) -> Path:
        """A path of the YAML, with symbolic links followed, inside the project and one of `roots`.

        Raises:
            DataError: the path is absolute, or leads out of the permitted folders.
        """
        if "\x00" in text or text.startswith(("/", "~", "\\")) or "://" in text:
            raise DataError(f"path {text!r} is not permitted; expected a path relative to the project root")
        path = (self.root / text).resolve()
        permitted = [(self.root / root).resolve() for root in roots] or [self.root]
        if not any(path.is_relative_to(folder) for folder in permitted):
            where = ", ".join(roots) if roots else "the project root"
            raise DataError(f"path {text!r} leads outside {where}; move the file or add its folder to artifact_roots")
        return path
