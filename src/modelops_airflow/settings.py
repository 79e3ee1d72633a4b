"""Settings: where the register, the evidence and the project are.

Read from a mapping (the environment by default), so nothing here knows Airflow; inside Airflow the
same options are the section `[modelops]` of airflow.cfg and `operators/settings.py` reads them.

    AIRFLOW__MODELOPS__DATABASE_URL=postgresql+psycopg://...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "AIRFLOW__MODELOPS__"
"""What the environment's names of our options begin with."""


@dataclass(frozen=True)
class Settings:
    """Attributes:
    root: project folder; it holds `dags/`, and paths in YAML are relative to it.
    database_url: SQLAlchemy URL of the register.
    evidence: fsspec path of the content-addressed store.
    dag_prefix: put before every DAG id, with a dot; empty for none.
    retry_delay: seconds before a step that errored is tried again.
    first_poll: seconds a waiting gate sleeps before its first look (Airflow's scheduler race).
    poll: seconds between looks of waiting gates.
    checkpoint_key: file of the Ed25519 private key that signs checkpoints of the ledger and packs.
    approval_key: file of the Ed25519 private key that signs approvals; on the API server alone.
    approval_public_key: file of its public half; where it is set, approvals without its signature do not count.
    deployment_key: file of the Ed25519 private key that signs authorisations for runtimes; where releases are deployed alone.
    environment: the one of governance.yaml that this installation is; empty where it is none or several.
    origin: name of this ledger in its checkpoints.
    anchors: places outside the database where checkpoints are kept.
    timestamp_authority: address of the authority that stamps checkpoints (RFC 3161); empty for none.
    timestamp_certificates: file of the certificates of the authorities that are trusted (PEM).
    """

    root: Path
    database_url: str
    evidence: str
    dag_prefix: str = ""
    retry_delay: float = 30.0
    first_poll: float = 15.0
    poll: float = 5.0
    checkpoint_key: Path | None = None
    approval_key: Path | None = None
    approval_public_key: Path | None = None
    deployment_key: Path | None = None
    environment: str = ""
    origin: str = "modelops-airflow/register"
    anchors: tuple[str, ...] = ()
    timestamp_authority: str = ""
    timestamp_certificates: Path | None = None

    @property
    def dags(self) -> Path:
        """The folder of model files' parent: `<root>/dags`."""
        return self.root / "dags"


def settings_from(options: Mapping[str, str], *, cwd: Path | None = None) -> Settings:
    """Settings from option names in lower case (`database_url`), with defaults below `root`."""
    root = Path(options.get("root") or cwd or Path.cwd()).resolve()
    state = root / ".modelops"
    return Settings(
        root=root,
        database_url=options.get("database_url") or f"sqlite:///{state / 'register.db'}",
        evidence=options.get("evidence") or str(state / "evidence"),
        dag_prefix=options.get("dag_prefix", ""),
        retry_delay=float(options.get("retry_delay") or 30),
        first_poll=float(options.get("first_poll") or 15),
        poll=float(options.get("poll") or 5),
        checkpoint_key=_file(root, options.get("checkpoint_key")),
        approval_key=_file(root, options.get("approval_key")),
        approval_public_key=_file(root, options.get("approval_public_key")),
        deployment_key=_file(root, options.get("deployment_key")),
        environment=options.get("environment", "").strip(),
        origin=options.get("origin") or Settings.origin,
        anchors=tuple(one.strip() for one in options.get("anchors", "").split(",") if one.strip()),
        timestamp_authority=options.get("timestamp_authority", "").strip(),
        timestamp_certificates=_file(root, options.get("timestamp_certificates")),
    )


def _file(root: Path, name: str | None) -> Path | None:
    return root / name if name else None
