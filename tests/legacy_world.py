"""A model that was in use at the bank before the register: its pointer in the folder, and the file that declares it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bank import Bank, person
from modelops_airflow.digest import Digest, digest_bytes
from modelops_airflow.governance.define import Definition, define
from modelops_airflow.governance.legacy import Legacy, legacy_of
from modelops_airflow.governance.waiver import accept_waiver
from modelops_airflow.spec.read import parse_model

BYTES = b"bytes of a model that nobody ever released"
DIGEST = digest_bytes(BYTES)


def today(days: int = 0) -> str:
    """A day from now on."""
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def put(root: Path, name: str = "pricing", data: bytes = BYTES, epoch: int = 0) -> Digest:
    """What somebody runs there: the bytes, and a pointer to them."""
    digest = digest_bytes(data)
    for folder in ("artifacts", "live"):
        (root / "live" / folder).mkdir(parents=True, exist_ok=True)
    (root / "live/artifacts" / digest.removeprefix("sha256:")).write_bytes(data)
    (root / "live/live" / f"{name}.json").write_text(json.dumps({"artifact": digest, "epoch": epoch}))
    return digest


def text(*, until: str | None = today(30), digest: str | None = DIGEST, at: str = "production", tier: int = 2, version: str = "7",
         name: str | None = None, more: str = "lifecycles: {}\n", legacy: bool = True) -> str:
    """The file."""
    waiver = f"  waiver: {{reason: it was here before, until: {until}}}\n" if until else ""
    block = (f"legacy:\n  at: {at}\n" + (f"  digest: {digest}\n" if digest else "") + (f"  name: {name}\n" if name else "")
             + f"  since: 2019-05-01\n{waiver}") if legacy else ""
    return (f"modelops: 1\nmodel: {{name: Pricing, purpose: Puts prices., tier: {tier}, owner: olaf, kind: rules, version: '{version}', "
            f"artifact: models/pricing-7.yaml, developers: [dana]}}\n{block}{more}")


def declare(bank: Bank, body: str | None = None, *, writers: tuple[str, ...] = ("dana@bank.example",), model: str = "pricing") -> None:
    """The file goes into the register, as the sync task does it."""
    source = parse_model(text() if body is None else body, f"{model}.yaml")
    define(bank.register, [Definition(model, f"dags/models/{model}.yaml", source.text, source.canonical["model"], source.canonical,
                                      commit="c" * 40, writers=writers)], "sync")


def declared(bank: Bank, model: str = "pricing") -> Legacy:
    """What the ledger has of it."""
    with bank.register.read() as session:
        found = legacy_of(session, model)
    assert found is not None
    return found


def accept(bank: Bank, who: str = "rita", **changes: Any) -> None:
    """A person accepts the waiver as it stands."""
    accept_waiver(bank.desk, "pricing", person(who), **{"terms": declared(bank).terms, "comment": "for a quarter", **changes})
