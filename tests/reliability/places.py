"""Where banks stand while something goes wrong with them: a place that is set back to a kept state again and again.

    with SqlitePlaces() as places:
        bank = places.found()              # founded, empty
        bank.release("1.0.0")
        kept = places.keep(bank)           # as it is now
        ...                                # a crash
        bank = places.again(kept)          # as it was then

Everything is in memory (/dev/shm) where there is such a folder: what is asked here is whether a kill of the
process loses something, and a kill loses nothing that was handed to the kernel.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from bank import Bank, Postgres
from modelops_airflow.inventory.register import Register

_MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Kept:
    """A bank as it once was: its files, and its database."""

    files: Path
    database: str


class Places(ABC):
    """Banks on one kind of database, all at one place."""

    backend: str

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="reliability-", dir=_MEMORY if _MEMORY.is_dir() else None))
        self._root = self._folder / "bank"
        self._founded: Kept | None = None
        self._number = 0

    def __enter__(self) -> Places:
        """Nothing to do yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Everything goes."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def found(self) -> Bank:
        """A bank that was just founded."""
        if self._founded is None:
            self._founded = self.keep(Bank(self._root, self._empty()).open())
        return self.again(self._founded)

    def keep(self, bank: Bank) -> Kept:
        """Keep a bank as it is now."""
        bank.register.engine.dispose()
        self._number += 1
        files = self._folder / f"kept-{self._number}"
        shutil.copytree(self._root, files)
        return Kept(files, self._keep_database())

    def again(self, kept: Kept) -> Bank:
        """The bank as it was when it was kept."""
        url = self._url()
        Register(url).engine.dispose()
        shutil.rmtree(self._root)
        shutil.copytree(kept.files, self._root)
        self._set_back(kept.database)
        return Bank(self._root, url)

    def close(self) -> None:
        """Let go of the database."""
        Register(self._url()).engine.dispose()

    @abstractmethod
    def _url(self) -> str:
        """Where the register is."""

    @abstractmethod
    def _empty(self) -> str:
        """Make an empty, migrated register; answers its URL."""

    @abstractmethod
    def _keep_database(self) -> str:
        """Keep the database as it is; answers a name for it."""

    @abstractmethod
    def _set_back(self, kept: str) -> None:
        """Set the database back."""


class SqlitePlaces(Places):
    """The register is one of the bank's files."""

    backend = "sqlite"

    def _url(self) -> str:
        return f"sqlite:///{self._root / 'register.db'}"

    def _empty(self) -> str:
        Register(self._url()).migrate()
        return self._url()

    def _keep_database(self) -> str:
        return ""

    def _set_back(self, kept: str) -> None:
        """It came back with the files."""


class PostgresPlaces(Places):
    """The register is a database that is made anew from a template."""

    backend = "postgres"

    def __init__(self, server: Postgres) -> None:
        super().__init__()
        self._server = server
        self._name = f"place_{uuid.uuid4().hex[:12]}"

    def close(self) -> None:
        """Drop the database."""
        super().close()
        self._server.sql(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")

    def _url(self) -> str:
        return self._server.url(self._name)

    def _empty(self) -> str:
        self._server.sql(f"CREATE DATABASE {self._name} TEMPLATE template_bank")
        self._root.mkdir(parents=True)
        return self._url()

    def _keep_database(self) -> str:
        kept = f"{self._name}_{self._number}"
        self._server.sql(f"CREATE DATABASE {kept} TEMPLATE {self._name}")
        return kept

    def _set_back(self, kept: str) -> None:
        self._server.sql(f"DROP DATABASE {self._name} WITH (FORCE)")
        self._server.sql(f"CREATE DATABASE {self._name} TEMPLATE {kept}")


@contextmanager
def places_on(backend: str, server: Postgres | None = None) -> Iterator[Places]:
    """Banks on a database by its name; starts a Postgres server for this alone if none is given."""
    if backend == "sqlite":
        with SqlitePlaces() as made:
            yield made
        return
    if server is not None:
        with PostgresPlaces(server) as made:
            yield made
        return
    with started() as own, PostgresPlaces(own) as made:
        yield made


@contextmanager
def started(*, durable: bool = False) -> Iterator[Postgres]:
    """A Postgres server of one's own; a durable one waits for its disk."""
    server = Postgres(Path(tempfile.mkdtemp(prefix="bank-pg-")), durable=durable)
    try:
        server.start()
        yield server
    finally:
        server.stop()
