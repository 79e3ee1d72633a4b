"""The project's own packs are put in force with governance: a change waits for the control side, and who wrote it does not activate it."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from bank import Bank, governance, person
from modelops_airflow.errors import Refused
from modelops_airflow.governance.activate import activate, active, row_of
from modelops_airflow.policy.in_force import library_of
from modelops_airflow.steps.offered import offer_governance

PACK = """pack: acme
version: 1
title: What Acme asks.
controls:
  - {{id: ACME-1, ref: s, text: No drift., class: risk, steps: [drift], numbers: {{psi: {{fail: ">= {limit}", basis: project default}}}}}}
"""


@pytest.fixture
def offered(bank: Bank) -> Bank:
    """The bank as a git repository, with a pack in force that Vera wrote."""
    write(bank, "0.20", "Vera <vera@bank.example>")
    assert offer_governance(bank.register, bank.project, "sync") == "pending"
    confirm(bank, "rita")
    return bank


def write(bank: Bank, limit: str | None, author: str) -> None:
    dags = bank.root / "dags"
    (dags / "policies").mkdir(parents=True, exist_ok=True)
    (dags / "governance.yaml").write_text(json.dumps(governance(policies=["acme"] if limit else [])), encoding="utf-8")
    pack = dags / "policies" / "acme.yaml"
    pack.write_text(PACK.format(limit=limit), encoding="utf-8") if limit else pack.unlink()
    name, _, mail = author.rstrip(">").partition(" <")
    git = ["git", "-C", str(bank.root), "-c", f"user.name={name}", "-c", f"user.email={mail}"]
    for words in (["init", "-q"], ["add", "-A", "dags"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], check=True, capture_output=True)


def confirm(bank: Bank, who: str) -> str:
    with bank.register.read() as session:
        pending = row_of(session, "pending")
        assert pending is not None
        digest = pending.digest
    return activate(bank.register, digest, person(who))


def psi(bank: Bank) -> Any:
    with bank.register.read() as session:
        packs = library_of(active(session)).packs
    return packs["acme"].spec.controls[0].numbers["psi"].fail if "acme" in packs else None  # type: ignore[index]


def test_a_loosened_pack_is_not_in_force_until_somebody_of_the_control_side_says_so(offered: Bank) -> None:
    assert psi(offered) == ">= 0.20"
    write(offered, "0.90", "Dana <dana@bank.example>")

    assert offer_governance(offered.register, offered.project, "sync") == "pending"

    assert psi(offered) == ">= 0.20"
    with pytest.raises(Refused, match="only a person of the control side"):
        confirm(offered, "dana")
    assert confirm(offered, "rolf") == "active"
    assert psi(offered) == ">= 0.90"


@pytest.mark.parametrize("limit", ["0.90", None])
def test_who_changes_or_takes_away_a_pack_does_not_activate_that(offered: Bank, limit: str | None) -> None:
    write(offered, limit, "Rita <rita@bank.example>")
    assert offer_governance(offered.register, offered.project, "sync") == "pending"

    with pytest.raises(Refused, match="rita wrote or proposed this governance"):
        confirm(offered, "rita")
    assert psi(offered) == ">= 0.20"


def test_the_same_files_offered_again_change_nothing(offered: Bank) -> None:
    assert offer_governance(offered.register, offered.project, "sync") == "active"
