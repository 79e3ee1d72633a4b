"""Where approvals must carry the server's signature, an emergency release must too: it would be the way round them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bank import Bank, Candidate, governance, person
from modelops_airflow.errors import PromotionRefused
from modelops_airflow.governance.break_glass import break_glass
from modelops_airflow.governance.promote import publishing
from modelops_airflow.signing.ed25519 import generate, raw_public
from modelops_airflow.targets import strengths

EMERGENCY = governance(break_glass={"roles": ["risk"], "within": "P5D"})


@pytest.fixture
def house(tmp_path: Path) -> Ed25519PrivateKey:
    return generate(tmp_path / "approval.pem")


@pytest.fixture
def release(bank: Bank) -> Candidate:
    bank.govern(EMERGENCY)
    return bank.release()


def broken(bank: Bank, release: Candidate, house: Ed25519PrivateKey | None) -> tuple[int, int]:
    made = break_glass(bank.register, "pricing", "1.0.0", person("rita"), "The old table prices at zero.", release.subject,
                       strengths=strengths(), approval_key=house)
    return made.deployment, made.epoch


def test_an_emergency_that_the_server_signed_is_published_where_its_key_is_pinned(
    bank: Bank, release: Candidate, house: Ed25519PrivateKey
) -> None:
    publishing(bank.register, *broken(bank, release, house), raw_public(house))


@pytest.mark.parametrize("signer", ["nobody", "another server"])
def test_an_emergency_that_the_server_did_not_sign_is_not(
    bank: Bank, release: Candidate, house: Ed25519PrivateKey, tmp_path: Path, signer: str
) -> None:
    made = broken(bank, release, generate(tmp_path / "eve.pem") if signer != "nobody" else None)
    with pytest.raises(PromotionRefused, match="no emergency release of this subject is in force"):
        publishing(bank.register, *made, raw_public(house))
    publishing(bank.register, *made)  # nothing pinned: the guard is off


@pytest.mark.parametrize("change", ["person = 'rolf'", "reason = 'another'", "due_at = '2099-01-01 00:00:00.000000+00:00'"])
def test_what_the_server_signed_of_an_emergency_cannot_be_changed(
    bank: Bank, release: Candidate, house: Ed25519PrivateKey, change: str
) -> None:
    made = broken(bank, release, house)
    bank.forge(f"UPDATE modelops_break_glass SET {change}")
    with pytest.raises(PromotionRefused, match="no emergency release"):
        publishing(bank.register, *made, raw_public(house))
