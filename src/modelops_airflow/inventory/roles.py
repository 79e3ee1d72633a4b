"""The roles of the register on Postgres: one that owns, one for the API server, one for tasks.

Roles belong to a whole cluster, so their names take a prefix: two registers in one cluster need two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from ..errors import RegisterError

SCRIPT = Path(__file__).with_name("roles.sql")
_PREFIX = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Roles:
    """Attributes:
    owner: owns the tables; nobody logs in as it.
    api: login of the API server, which records what people do.
    worker: login of everything that runs tasks or DAG code.
    """

    owner: str
    api: str
    worker: str


def roles_of(prefix: str) -> Roles:
    """The names of the three roles.

    Raises:
        RegisterError: the prefix is no plain name.
    """
    if not _PREFIX.fullmatch(prefix):
        raise RegisterError(f"the prefix {prefix!r} is no name for roles; expected small letters, digits and _, at most 40")
    return Roles(f"{prefix}_owner", f"{prefix}_api", f"{prefix}_worker")


def script(roles: Roles) -> str:
    """The SQL that makes the roles and grants each what it needs, and no more."""
    text = SCRIPT.read_text(encoding="utf-8")
    for word in ("owner", "api", "worker"):
        text = text.replace(f"@{word}@", getattr(roles, word))
    return text


def make_roles(url: str, roles: Roles) -> None:
    """Migrate the register, then make the roles and their grants, in one transaction each.

    Args:
        url: the register as a superuser or the database's owner logs in.

    Raises:
        RegisterError: no Postgres, or the login may not do it.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from .register import Register

    if make_url(url).get_backend_name() != "postgresql":
        raise RegisterError("roles are for Postgres; SQLite has no users")
    register = Register(url)
    try:
        register.migrate()
        with register.engine.begin() as connection:
            connection.execution_options(no_parameters=True).exec_driver_sql(script(roles))
    except SQLAlchemyError as error:
        raise RegisterError(f"the roles cannot be made: {str(error).splitlines()[0]}; log in as a superuser") from None
    finally:
        register.engine.dispose()
