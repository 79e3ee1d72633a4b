"""Who may stand before the API, each with a token that Airflow's own simple auth manager signed or did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.models.revoked_token import RevokedToken
from fastapi import FastAPI
from fastapi.testclient import TestClient

ORIGIN = "http://testserver"
SECRET = "AIRFLOW__API_AUTH__JWT_SECRET"

LOGINS = {
    "viewer": ("stranger", "viewer"),  # of Airflow alone
    "maker": ("credit-dev", "user"),
    "control": ("risk-1", "viewer"),
    "validator": ("validator-1", "viewer"),
    "reader": ("auditor-1", "viewer"),
    "admin": ("admin", "admin"),  # of Airflow; governance knows no such person
    "op": ("op-1", "op"),
}
STRANGERS = ("anonymous", "expired", "bad signature")


@dataclass(frozen=True)
class Door:
    """Gives out clients; every token has a real signature and a real end."""

    app: FastAPI
    manager: Any

    def token(self, identity: str, seconds: int = 600) -> str:
        name, role = LOGINS[identity]
        return str(self.manager.generate_jwt(SimpleAuthManagerUser(username=name, role=role), expiration_time_in_seconds=seconds))

    def client(self, identity: str) -> TestClient:
        """A browser with the identity's cookie, on a page of ours."""
        cookies = {} if identity == "anonymous" else {"_token": self._cookie(identity)}
        return TestClient(self.app, raise_server_exceptions=False, cookies=cookies,
                          headers={"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN})

    def _cookie(self, identity: str) -> str:
        if identity == "expired":
            return self.token("control", -60)
        if identity == "bad signature":
            return self.token("control").rpartition(".")[0] + "." + self.token("reader").rpartition(".")[2]
        return self.token(identity)


def open_door(app: FastAPI, manager: Any, monkeypatch: pytest.MonkeyPatch) -> Door:
    """Tokens are signed with a secret of this test; Airflow's table of revoked ones needs a metadata database."""
    monkeypatch.setenv(SECRET, "the right secret of the API server, which has sixty-four characters")
    monkeypatch.setattr(RevokedToken, "is_revoked", classmethod(lambda *_, **__: False))
    return Door(app, manager)
