"""`airflow db migrate` migrates the register too, though it is a database of its own."""

from __future__ import annotations

from typing import Any

from airflow.utils.db_manager import BaseDBManager
from sqlalchemy import MetaData

from .errors import RegisterError
from .inventory.register import MIGRATIONS, VERSION_TABLE, Register
from .operators.settings import settings_from_airflow


class ModelOpsDBManager(BaseDBManager):
    """Runs our own history against our own database.

    Airflow's session points at Airflow's database and is not used. `metadata` is empty because none
    of our tables belong there, and `airflow db reset` never drops the register.
    """

    metadata = MetaData()
    version_table_name = VERSION_TABLE
    migration_dir = MIGRATIONS.as_posix()
    alembic_file = (MIGRATIONS / "alembic.ini").as_posix()
    supports_table_dropping = False

    def initdb(self, use_migration_files: bool = False) -> None:
        """Create or upgrade the register."""
        self.upgradedb()

    def upgradedb(
        self, to_revision: str | None = None, from_revision: str | None = None, show_sql_only: bool = False,
        use_migration_files: bool = False,
    ) -> None:
        """Upgrade the register."""
        if show_sql_only:
            self.log.info("The register is migrated on its own: modelops db migrate")
            return
        Register(settings_from_airflow().database_url).migrate()
        self.log.info("The register is migrated")

    def resetdb(self, skip_init: bool = False, use_migration_files: bool = False) -> None:
        """Keep the records: a reset of Airflow is no reason to forget who approved what."""
        self.log.warning("The register is kept; export and remove it yourself if you mean to")
        if not skip_init:
            self.initdb()

    def downgrade(self, to_revision: str, from_revision: str | None = None, show_sql_only: bool = False) -> None:
        """Leave the register as it is: a downgrade would drop records."""
        self.log.warning("The register is not downgraded; export it with modelops db export")

    def check_migration(self) -> bool:
        """Whether the register is there and of this version."""
        try:
            Register(settings_from_airflow().database_url).check()
        except RegisterError as error:
            self.log.warning("%s", error)
            return False
        return True

    def get_current_revision(self) -> Any:
        """The register's own revision."""
        from alembic.runtime.migration import MigrationContext

        with Register(settings_from_airflow().database_url).engine.connect() as connection:
            return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
