"""The keys of a local Airflow: made once, beside its register, for the user who runs it."""

from __future__ import annotations

from pathlib import Path

from ..signing.ed25519 import generate, load_private, raw_public, write_public


def make_keys(home: Path) -> None:
    """Make the keys that sign checkpoints, approvals and deployments, if they are not there."""
    keys = home / "keys"
    for name in ("checkpoint", "approval", "deployment"):
        if not (keys / f"{name}.pem").exists():
            generate(keys / f"{name}.pem")
        public = keys / f"{name}.pub.pem"
        if not public.exists():
            write_public(public, raw_public(load_private(keys / f"{name}.pem")))


def for_api_server(home: Path) -> dict[str, str]:
    """Variables that the API server has and no other process."""
    return {"AIRFLOW__MODELOPS__APPROVAL_KEY": str(home / "keys" / "approval.pem")}
