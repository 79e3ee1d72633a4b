"""Looking at the set-up from where it runs: which database user, which executor, which secrets are in reach."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from ..errors import LedgerError
from ..ledger.anchor import anchor_of
from ..ledger.checkpoint import last_made
from ..settings import Settings
from .level import SetUp

# A process that may insert an approval, or owns its table, could write one past every rule.
_MAY_FORGE = text("""
    SELECT has_table_privilege(current_user, 'modelops_decision', 'INSERT')
        OR has_table_privilege(current_user, 'modelops_event', 'INSERT')
        OR pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'modelops_decision'::regclass), 'MEMBER')
        OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
""")
_IN_ONE_PROCESS = ("LocalExecutor", "SequentialExecutor")


@dataclass(frozen=True)
class AirflowSettings:
    """What Airflow's configuration says where we look.

    Attributes:
        executor: its class names, comma-separated.
        holds_secret: the secret or private key that signs tokens is readable here.
        asymmetric: tokens are signed by a private key.
    """

    executor: str
    holds_secret: bool
    asymmetric: bool


def look_at_setup(session: Session, settings: Settings, airflow: AirflowSettings | None) -> SetUp:
    """The set-up as this process sees it; without Airflow's configuration that part is unknown."""
    dialect = session.get_bind().dialect.name
    worker = dialect == "postgresql" and not session.scalar(_MAY_FORGE)
    last = last_made(session, settings.origin, _checkpoint_public(settings)).row
    return SetUp(
        dialect=dialect, worker_role=worker,
        own_processes=None if airflow is None else not any(name in airflow.executor for name in _IN_ONE_PROCESS),
        no_api_secret=None if airflow is None else not airflow.holds_secret,
        asymmetric_tokens=None if airflow is None else airflow.asymmetric,
        approval_key_pinned=settings.approval_public_key is not None and settings.approval_public_key.is_file(),
        no_approval_key=not _readable(settings.approval_key),
        no_checkpoint_key=not _readable(settings.checkpoint_key),
        anchors=_classes({one["anchor"] for one in last.anchors} & set(settings.anchors)) if last is not None else (),
    )


def airflow_settings(options: Mapping[str, str]) -> AirflowSettings:
    """From Airflow's options `executor`, `jwt_secret`, `jwt_private_key_path` and `trusted_jwks_url`."""
    key = options.get("jwt_private_key_path", "")
    return AirflowSettings(
        executor=options.get("executor", ""),
        holds_secret=bool(options.get("jwt_secret")) or _readable(Path(key) if key else None),
        asymmetric=bool(key or options.get("trusted_jwks_url")),
    )


def _classes(urls: Iterable[str]) -> tuple[str, ...]:
    """Classes of anchors as they are here, whatever the register notes of them."""
    found = set()
    for url in urls:
        with contextlib.suppress(LedgerError):
            found.add(anchor_of(url).kind.name)
    return tuple(sorted(found))


def _checkpoint_public(settings: Settings) -> bytes | None:
    """What checkpoints are signed with, where this process can read it."""
    from ..signing.ed25519 import load_private, raw_public

    return raw_public(load_private(settings.checkpoint_key)) if settings.checkpoint_key and _readable(settings.checkpoint_key) else None


def _readable(path: Path | None) -> bool:
    return path is not None and os.access(path, os.R_OK)
