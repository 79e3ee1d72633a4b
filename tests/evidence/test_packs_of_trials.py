"""Packs of releases through a canary, and of what was pulled back, say what the ledger says, and verify."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_pack import resealed
from sqlalchemy.orm import Session
from test_replayed_decisions import SOURCE, bank_decision, house, named, packed, said_by, state_of

from bank import GOVERNANCE, Bank, Candidate, governance, held, person
from canaries import PLACES, THROUGH, WATCHED, approved, bakes, hold, later, with_canary
from modelops_airflow.digest import digest_of
from modelops_airflow.errors import PromotionRefused
from modelops_airflow.evidence.verify import unzipped
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.vote import withdraw
from modelops_airflow.inventory.tables import RunRow
from modelops_airflow.steps.pack_decisions import Moment, moments_of

__all__ = ["house"]


def states(data: bytes) -> list[tuple[str, str, str]]:
    """Environment, cause and state of the deployments in a pack."""
    with zipfile.ZipFile(BytesIO(data)) as pack:
        return [(one["environment"], one["cause"], one["state"]) for one in json.loads(pack.read("deployments.json"))]


def test_a_release_through_a_canary(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = approved(with_canary(bank), "1.0.0", **THROUGH)
    bakes(bank, release)
    baking = packed(bank, release, tmp_path)
    later(monkeypatch, 31)
    bank.deploy(release)
    data = packed(bank, release, tmp_path)

    assert (said_by(SOURCE, baking, [named(house)]), states(baking)) == ([], [("canary", "canary", "live")])
    assert (said_by(SOURCE, data, [named(house)]), states(data)) == ([], [("canary", "canary", "withdrawn"), ("production", "release", "live")])


def test_what_was_pulled_back_and_what_came_back(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    old = with_canary(bank).live("1.0.0")
    bad = approved(bank, "1.1.0", **WATCHED)
    bank.deploy(bad)
    hold(bank, "live")
    bank.converge()
    before, after = packed(bank, bad, tmp_path), packed(bank, old, tmp_path)

    assert (said_by(SOURCE, before, [named(house)]), states(before)) == ([], [("production", "release", "withdrawn")])
    assert (said_by(SOURCE, after, [named(house)]), states(after)) == (
        [], [("production", "release", "superseded"), ("production", "rollback", "live")])


def test_a_pack_that_hides_the_end_of_its_canary_does_not_verify(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: by the ledger alone, without the event, the canary would be live still."""
    release = approved(with_canary(bank), "1.0.0", **THROUGH)
    bakes(bank, release)
    later(monkeypatch, 31)
    bank.deploy(release)
    assert '"canary-ended"' in SOURCE
    told = said_by(SOURCE.replace('"canary-ended", ', ""), packed(bank, release, tmp_path), [named(house)])
    assert told == ["by the ledger canary is not withdrawn"]


def put_in_force(bank: Bank, body: dict[str, Any]) -> None:
    """Another governance, by as many people as it takes."""
    propose(bank.register, body, "sync")
    if activate(bank.desk, digest_of(body), person("vera")) == "pending":
        assert activate(bank.desk, digest_of(body), person("ines")) == "active"


PAST_THE_RULES = "modelops_airflow.governance.promote.obstacles"


def first_alone(session: Session, run: RunRow, now: datetime) -> list[Moment]:
    """A house that looks at the first permission and no later one."""
    return moments_of(session, run, now)[:1]


def lapsed(bank: Bank, release: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rita takes her approval back while it bakes; whoever owns the database brings it back until the release is live."""
    bakes(bank, release)
    withdraw(bank.register, bank_decision(bank, "rita"), person("rita"))
    later(monkeypatch, 31)
    bank.forge("UPDATE modelops_decision SET withdrawn_at = NULL")
    with monkeypatch.context() as blind:
        blind.setattr(PAST_THE_RULES, lambda *_, **__: [])
        bank.deploy(release)
    bank.forge("UPDATE modelops_decision SET withdrawn_at = '2026-01-01 00:00:00' WHERE person = 'rita'")


def test_a_release_whose_approvals_fell_away_while_it_baked_is_found(
    bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the rules: what the canary was permitted with is no approval of the release, hours later."""
    release = approved(with_canary(bank), "1.0.0", **THROUGH)
    lapsed(bank, release, monkeypatch)
    data = packed(bank, release, tmp_path)
    assert states(data) == [("canary", "canary", "withdrawn"), ("production", "release", "live")]
    assert state_of(data) == ["approved", "open"], "the house's own code says what counts"
    assert said_by(SOURCE, data, [named(house)]) == ["it was deployed without the approvals that its plan demands"]

    monkeypatch.setattr("modelops_airflow.steps.pack_facts.moments_of", first_alone)
    forged = packed(bank, release, tmp_path)
    assert state_of(forged) == ["approved", "approved"], "a house that looks at the canary alone"
    assert said_by(SOURCE, forged, [named(house)]) == ["gate approve-risk is open by its decisions, not approved"]
    everyone = "for one in self.moments]"
    assert SOURCE.count(everyone) == 1
    assert said_by(SOURCE.replace(everyone, "for one in self.moments[:1]]"), forged, [named(house)]) == [], "the control"


def test_a_governance_that_changed_while_it_baked_is_in_the_pack(
    bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = approved(with_canary(bank), "1.0.0", **THROUGH)
    bakes(bank, release)
    body = governance(environments={**GOVERNANCE["environments"], **PLACES}, people={**GOVERNANCE["people"], "nora": {"name": "Nora New", "login": {"simple": "nora"}, "git": []}})
    put_in_force(bank, body)
    later(monkeypatch, 31)
    bank.deploy(release)
    data = packed(bank, release, tmp_path)
    assert json.loads(unzipped(data)["governance-2.json"])["people"]["nora"]["name"] == "Nora New"
    assert said_by(SOURCE, data, [named(house)]) == []

    without = {name: member for name, member in unzipped(data).items() if name != "governance-2.json"}
    (told,) = said_by(SOURCE, resealed(without, house, drop("governance-2.json")), [named(house)])
    assert told.startswith("the ledger says that another governance was in force before event ")


def drop(name: str) -> Callable[[dict[str, Any]], None]:
    """A manifest that does not name a member."""
    return lambda manifest: manifest.update(items=[one for one in manifest["items"] if one["path"] != name])


def test_who_lost_the_role_while_it_baked_is_replaced_before_the_release_and_the_pack_verifies(
    bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = approved(with_canary(bank), "1.0.0", **THROUGH)
    bakes(bank, release)
    body = governance(**{**held(risk=["rolf", "ruth"]), "environments": {**GOVERNANCE["environments"], **PLACES}})
    put_in_force(bank, body)
    later(monkeypatch, 31)
    with pytest.raises(PromotionRefused, match="1 more risk"):
        bank.deploy(release)
    assert state_of(packed(bank, release, tmp_path)) == ["approved", "approved"], "the canary is all that went live"
    bank.vote(release, "approve-risk", "ruth")
    bank.deploy(release)
    data = packed(bank, release, tmp_path)
    assert (state_of(data), said_by(SOURCE, data, [named(house)])) == (["approved", "approved"], [])
    as_at_first = SOURCE.replace("until=until)][-1:] or", "until=until)][:1] or")
    assert as_at_first != SOURCE
    assert [one.partition(" before event ")[0] for one in said_by(as_at_first, data, [named(house)])] == ["the ledger says that another governance was in force"], "the control"
