"""What Airflow reads of us as a provider. Imported by every `airflow` command: keep it import-free."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Database manager, links and the configuration section `[modelops]`."""
    return {
        "package-name": "modelops-airflow",
        "name": "ModelOps",
        "description": "Accountability for every model in production.",
        "db-managers": ["modelops_airflow.dbmanager.ModelOpsDBManager"],
        "extra-links": ["modelops_airflow.operators.approval_link.ApprovalLink"],
        "config": {"modelops": {"description": "ModelOps on Airflow.", "options": _OPTIONS}},
    }


def _option(description: str, default: str | None, kind: str = "string", *, secret: bool = False) -> dict[str, Any]:
    return {"description": description, "version_added": "0.1.0", "type": kind, "example": None, "default": default,
            "sensitive": secret}


_OPTIONS = {
    "root": _option("Project folder; paths in YAML are relative to it. Default: the folder that holds dags_folder.", None),
    "database_url": _option("SQLAlchemy URL of the register. Default: SQLite at <root>/.modelops/register.db.", None, secret=True),
    "evidence": _option("fsspec path of the evidence store. Default: <root>/.modelops/evidence.", None),
    "dag_prefix": _option("Put before every DAG id, with a dot; empty for none.", ""),
    "retry_delay": _option("Seconds before a step that errored is tried again.", "30", "float"),
    "first_poll": _option("Seconds a waiting gate sleeps before its first look.", "15", "float"),
    "poll": _option("Seconds between looks of waiting gates.", "5", "float"),
    "checkpoint_key": _option("File of the Ed25519 private key that signs checkpoints of the ledger and packs.", None),
    "approval_key": _option("File of the Ed25519 private key that signs approvals; on the API server alone.", None),
    "approval_public_key": _option("File of its public half. Set it where releases are deployed: approvals without its "
                                   "signature do not count there.", None),
    "deployment_key": _option("File of the Ed25519 private key that signs authorisations for `modelops serve`; where releases are deployed alone.", None),
    "environment": _option("The environment of governance.yaml that this installation is: releases go there, and its overlay holds. The same for "
                           "every component.", ""),
    "origin": _option("Name of this ledger in its checkpoints.", "modelops-airflow/register"),
    "anchors": _option("Places outside the database where checkpoints are kept, comma-separated: file:///folder, "
                       "git:/path/to/clone, or any fsspec URL.", ""),
    "timestamp_authority": _option("Address of a time-stamping authority (RFC 3161, http or https) that stamps checkpoints; needs the extra "
                                   "timestamps.", "", secret=True),
    "timestamp_certificates": _option("File of the certificates of the time-stamping authorities that are trusted (PEM).", None),
}
