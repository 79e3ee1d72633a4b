"""The register, the evidence and the project of this machine's settings."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..errors import RegisterError
from ..settings import PREFIX, Settings, settings_from
from ..spec.project import Project
from .local_environment import SHELL

if TYPE_CHECKING:
    from ..evidence.store import BlobStore
    from ..inventory.register import Register

T = TypeVar("T")


@dataclass(frozen=True)
class Here:
    """What `AIRFLOW__MODELOPS__*` says, opened when asked for."""

    settings: Settings

    @property
    def register(self) -> Register:
        """The register, checked.

        Raises:
            RegisterError: it is not there, not reachable or not migrated.
        """
        from ..inventory.register import Register

        self._require_file()
        found = Register(self.settings.database_url)
        found.check()
        return found

    def _require_file(self) -> None:
        """Connecting to SQLite would make an empty file."""
        path = self._missing()
        if path is None:
            return
        demo = self.demo
        told = f"; or use that of the demo: source {demo}" if demo else ""
        raise RegisterError(f"there is no register at {path}; set {PREFIX}DATABASE_URL (option database_url of [modelops] in "
                            f"airflow.cfg) to where it is, or make one: modelops db migrate{told}")

    def _missing(self) -> Path | None:
        """The register's file, if it should be one and is not there."""
        from sqlalchemy.engine import make_url

        url = make_url(self.settings.database_url)
        if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith((":memory:", "file:")):
            return None
        return None if Path(url.database).exists() else Path(url.database)

    @property
    def demo(self) -> Path | None:
        """What a shell sources to use the demo's records, where there are some and the register of the settings is not there."""
        shell = self.settings.root / ".demo" / SHELL
        return shell if self._missing() and shell.exists() and (shell.parent / "airflow.db").exists() else None

    @property
    def approval_public(self) -> bytes | None:
        """What approvals must be signed with to count in a deployment; None if nothing is pinned."""
        from ..signing.ed25519 import load_public

        return load_public(self.settings.approval_public_key) if self.settings.approval_public_key is not None else None

    @property
    def store(self) -> BlobStore:
        """Artifacts and evidence."""
        from ..evidence.store import BlobStore

        return BlobStore(self.settings.evidence)

    @property
    def project(self) -> Project:
        """The project folder."""
        return Project(self.settings.root)


def here() -> Here:
    """Settings of the environment; the project around the working folder where it names no root."""
    options = {name.removeprefix(PREFIX).lower(): value for name, value in os.environ.items() if name.startswith(PREFIX)}
    return Here(settings_from(options, cwd=Project.around(Path()).root))


def of_register(read: Callable[[Here], T], nothing: T) -> T:
    """What is read from the register; `nothing` where there is none.

    Raises:
        RegisterError: the environment names a register, and it cannot be read: that is no fleet without evidence.
    """
    try:
        return read(here())
    except RegisterError:
        if f"{PREFIX}DATABASE_URL" in os.environ:
            raise
        return nothing
