"""A folder target with signed deployments of a pricing table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from modelops_airflow.digest import digest_bytes
from modelops_airflow.serving import Slot
from modelops_airflow.signing.dsse import sign
from modelops_airflow.signing.ed25519 import generate, raw_public
from modelops_airflow.signing.statement import authorisation_statement, payload_of
from modelops_airflow.targets import Release, target_of

TABLE = """rules: 1
hit: first
output: answer
inputs: {{amount: {{type: number, min: 0, max: {most}}}}}
rules_in_order:
  - {{when: {{amount: "> {limit}"}}, then: decline}}
  - {{then: standard}}
"""


@dataclass
class Place:
    """A folder, and those who may and may not sign for it."""

    folder: Path
    state: Path
    key: Any
    stranger: Any
    environment: str = "production"

    @property
    def public(self) -> bytes:
        return raw_public(self.key)

    def deploy(self, epoch: int, limit: int = 50, *, most: int = 100, model: str = "pricing", signed: bool = True, key: Any = None, **lies: Any) -> bytes:
        """Publish a table; `lies` are what the signature says instead of the truth."""
        data = TABLE.format(limit=min(limit, most - 1), most=most).encode()
        told = {"artifact": digest_bytes(data), "model": model, "environment": self.environment, "version": f"{epoch}.0", "kind": "rules",
                "file": "m.yaml", "options": {}, "epoch": epoch, "subject": digest_bytes(b"subject")} | lies
        envelope = sign(payload_of(authorisation_statement(told.pop("artifact"), **told)), [key or self.key]) if signed else None
        self.target.deploy(Release(model, "production", f"{epoch}.0", digest_bytes(data), epoch, digest_bytes(b"subject"), lambda: data, envelope))
        return data

    @property
    def target(self) -> Any:
        return target_of("folder", {"path": "live"}, resolve=lambda name: self.folder)

    def slot(self, model: str = "pricing", environment: str = "production") -> Slot:
        return Slot(model, self.folder, environment, self.public, self.state)

    @property
    def pointer(self) -> Path:
        return self.folder / "live" / "pricing.json"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "live", tmp_path / "state", generate(tmp_path / "key.pem"), generate(tmp_path / "stranger.pem"))


