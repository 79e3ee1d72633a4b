"""Who holds which role is itself governed: nobody gives themselves a role by editing a file."""

from __future__ import annotations

from typing import Any

import pytest

from bank import FOUNDED, GATES, GOVERNANCE, TABLE, Bank, governance, held, person
from modelops_airflow.digest import digest_of
from modelops_airflow.errors import PromotionRefused, Refused, RegisterError, VoteRefused
from modelops_airflow.governance.activate import (
    activate,
    active,
    governance_of,
    may_activate,
    people_needed,
    propose,
    row_of,
)
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.inventory.register import Register

WITH_DANA = held(risk=["rita", "rolf", "ruth", "dana"], developer=[])


def change(bank: Bank, body: dict[str, Any], by: str = "") -> None:
    """Propose a governance and put it in force."""
    bank.govern(body, *((by,) if by else ()))


def test_two_people_put_the_first_governance_in_force_and_it_is_on_record(bank: Bank) -> None:
    assert bank.events() == FOUNDED
    with bank.register.read() as session:
        assert list(active(session).roles["risk"].held_by) == ["rita", "rolf", "ruth"]


def test_the_first_governance_waits_for_two_different_people_of_the_control_side(register_url: str) -> None:
    register, digest = Register(register_url), digest_of(GOVERNANCE)
    assert propose(register, GOVERNANCE, "rolf", ["simple:ruth"]) == "pending"
    refused = {"dana": "role", "olaf": "role", "stranger": "role", "rolf": "author", "ruth": "author"}
    for who, code in refused.items():
        with pytest.raises(Refused) as denied:
            activate(register, digest, person(who))
        assert denied.value.code == code
    assert activate(register, digest, person("vera")) == "pending"
    with pytest.raises(Refused, match="two different people"):
        activate(register, digest, person("vera"))
    with register.read() as session, pytest.raises(RegisterError, match="1 of 2 people"):
        active(session)
    assert activate(register, digest, person("rita")) == "active"


def test_another_first_file_starts_the_confirmations_anew(register_url: str) -> None:
    register, other = Register(register_url), held(risk=["rita", "rolf"])
    propose(register, GOVERNANCE, "sync")
    activate(register, digest_of(GOVERNANCE), person("vera"))
    propose(register, other, "sync")
    assert activate(register, digest_of(other), person("rita")) == "pending"


def test_who_changes_the_list_of_approvers_decides_over_nothing_that_is_open(bank: Bank) -> None:
    release, wanted = bank.release(), held(risk=["rita", "rolf", "ruth", "vera"], validator=["vera"])
    propose(bank.register, wanted, "sync", ["rita@bank.example"])
    activate(bank.register, digest_of(wanted), person("ruth"))
    for one in (release, bank.release("2.0.0", text=TABLE.format(version="2"))):
        with pytest.raises(VoteRefused) as refused:
            bank.vote(one, "approve-risk", "rita")
        assert refused.value.code == "author"
        bank.vote(one, "approve-risk", "rolf")


def test_who_changes_an_environment_is_no_author(bank: Bank) -> None:
    release = bank.release()
    wanted = governance(artifact_roots=["models", "more"])
    propose(bank.register, wanted, "sync", ["rita@bank.example"])
    activate(bank.register, digest_of(wanted), person("ruth"))
    bank.vote(release, "approve-risk", "rita")


def test_without_any_governance_nothing_is_decided(register_url: str) -> None:
    with Register(register_url).read() as session, pytest.raises(RegisterError, match="no governance is in force yet"):
        active(session)


def test_the_same_governance_again_is_no_event(bank: Bank) -> None:
    assert propose(bank.register, GOVERNANCE, "sync") == "active"
    assert propose(bank.register, WITH_DANA, "sync") == "pending"
    before = bank.events()
    assert propose(bank.register, WITH_DANA, "sync") == "pending"
    assert bank.events() == before


def test_a_developer_who_writes_himself_into_risk_gains_nothing(bank: Bank) -> None:
    release = bank.release(developers=["olaf"], by="olaf")
    assert propose(bank.register, WITH_DANA, "dana") == "pending"
    with pytest.raises(VoteRefused) as refused:
        bank.vote(release, "approve-risk", "dana")
    assert refused.value.code == "role"
    for who in ("dana", "olaf", "stranger"):
        with pytest.raises(Refused, match="control side") as denied:
            activate(bank.register, digest_of(WITH_DANA), person(who))
        assert denied.value.code == "role"
    with bank.register.read() as session:
        assert "dana" not in active(session).roles["risk"].held_by
    assert bank.events("denied") == ["decision"] + ["governance-activated"] * 3


def test_a_new_list_of_approvers_cannot_put_itself_in_force(bank: Bank) -> None:
    """Eve is a controller only in the file that waits."""
    people = {**GOVERNANCE["people"], "eve": {"login": {"simple": "eve"}, "git": [], "name": "Eve"}}
    body = governance(
        people=people, roles={**GOVERNANCE["roles"], "validator": {"side": "control", "held_by": ["eve"]}}
    )
    propose(bank.register, body, "eve")
    with pytest.raises(Refused, match="under the rules in force"):
        activate(bank.register, digest_of(body), person("eve"))


def test_the_control_side_puts_a_change_in_force(bank: Bank) -> None:
    change(bank, WITH_DANA)
    release = bank.release(developers=["olaf"], by="olaf")
    assert bank.vote(release, "approve-risk", "dana").missing == {"risk": 1}


def test_another_governance_than_the_one_shown_is_not_activated(bank: Bank) -> None:
    propose(bank.register, WITH_DANA, "sync")
    propose(bank.register, held(risk=["ruth"]), "sync")
    with pytest.raises(Refused, match="not the pending one") as refused:
        activate(bank.register, digest_of(WITH_DANA), person("vera"))
    assert refused.value.code == "stale"


def test_restoring_the_file_takes_the_change_back(bank: Bank) -> None:
    propose(bank.register, WITH_DANA, "sync")
    assert propose(bank.register, GOVERNANCE, "sync") == "active"
    with pytest.raises(Refused, match="not the pending one"):
        activate(bank.register, digest_of(WITH_DANA), person("vera"))


def test_a_governance_that_breaks_its_own_rules_is_refused_and_recorded(bank: Bank) -> None:
    both_sides = held(risk=["rita", "dana"])
    with pytest.raises(Refused) as refused:
        propose(bank.register, both_sides, "sync")
    assert refused.value.code == "invalid"
    assert bank.events("denied") == ["governance-proposed"]


def test_a_role_lost_before_promotion_voids_the_approval(bank: Bank) -> None:
    release = bank.approve(bank.release())
    change(bank, held(risk=["rolf", "ruth"]))
    with pytest.raises(PromotionRefused, match="needs 1 more risk; rita: no longer holds the role risk"):
        bank.promote(release)
    assert bank.vote(release, "approve-risk", "ruth").state == "approved"
    assert bank.promote(release).epoch == 1


def test_a_person_taken_out_of_governance_voids_their_approval(bank: Bank) -> None:
    release = bank.approve(bank.release())
    people = {name: facts for name, facts in GOVERNANCE["people"].items() if name != "rita"}
    change(
        bank,
        governance(
            people=people, roles={**GOVERNANCE["roles"], "risk": {"side": "control", "held_by": ["rolf", "ruth"]}}
        ),
    )
    with pytest.raises(PromotionRefused, match="rita: no longer holds"):
        bank.promote(release)


def test_who_holds_a_role_is_not_part_of_the_subject(bank: Bank) -> None:
    release = bank.approve(bank.release())
    change(bank, held(risk=["rita", "rolf"]))
    assert bank.promote(release).subject == release.subject


def test_an_environment_that_is_gone_takes_no_release(bank: Bank) -> None:
    release = bank.approve(bank.release())
    change(bank, governance(environments={}))
    with pytest.raises(PromotionRefused, match="no environment 'production' any more"):
        bank.promote(release)


def test_a_target_that_nobody_knows_takes_no_release(bank: Bank) -> None:
    release = bank.approve(bank.release())
    change(bank, governance(environments={"production": {"target": "moon", "with": {}}}))
    with pytest.raises(PromotionRefused, match="moon"):
        bank.promote(release)


def test_a_plan_without_a_gate_is_never_promoted(bank: Bank) -> None:
    release = bank.release(gates={})
    with pytest.raises(PromotionRefused, match="the plan has no gate"):
        bank.promote(release)


def test_a_gate_that_asks_nobody_is_never_approved(bank: Bank) -> None:
    release = bank.release(gates={**GATES, "empty": {"roles": {}}, "zero": {"roles": {"risk": 0}}})
    bank.approve(release)
    with pytest.raises(PromotionRefused, match=r"gate empty is open; gate zero is open"):
        bank.promote(release)


def test_nobody_activates_a_change_that_gives_them_a_role(bank: Bank) -> None:
    wanted = held(risk=["rita", "rolf", "ruth", "vera"])
    assert propose(bank.register, wanted, "sync") == "pending"
    with pytest.raises(Refused, match="gives you the role risk") as refused:
        activate(bank.register, digest_of(wanted), person("vera"))
    assert refused.value.code == "beneficiary"
    activate(bank.register, digest_of(wanted), person("rita"))
    with bank.register.read() as session:
        assert "vera" in active(session).roles["risk"].held_by


def test_a_reader_reads_and_puts_nothing_in_force(bank: Bank) -> None:
    people = {**GOVERNANCE["people"], "ada": {"login": {"simple": "ada"}, "git": [], "name": "Ada Auditor"}}
    roles = {**GOVERNANCE["roles"], "reader": {"side": "control", "held_by": ["ada"]}}
    with_ada = {**GOVERNANCE, "people": people, "roles": roles}
    change(bank, with_ada)
    wanted = {**with_ada, "timezone": "Europe/Berlin"}
    assert propose(bank.register, wanted, "sync") == "pending"
    with pytest.raises(Refused, match="control side"):
        activate(bank.register, digest_of(wanted), person("ada"))
    release = bank.release("2.0.0", gates={"approve-risk": {"roles": {"control": 1}, "valid": "P90D"}})
    with pytest.raises(VoteRefused, match="holds none of the roles"):
        bank.vote(release, "approve-risk", "ada")


def test_nobody_puts_in_force_what_they_wrote(bank: Bank) -> None:
    """Rita gives Vera's place a log-in of her own, and would vote as Vera."""
    people = {**GOVERNANCE["people"], "vera": {**GOVERNANCE["people"]["vera"], "login": {"simple": "rita-second"}}}
    body = governance(people=people)
    propose(bank.register, body, "sync", ["rita@bank.example"])
    with pytest.raises(Refused, match="wrote or proposed") as refused:
        activate(bank.register, digest_of(body), person("rita"))
    assert refused.value.code == "author"
    assert activate(bank.register, digest_of(body), person("ruth")) == "pending"
    assert activate(bank.register, digest_of(body), person("ines")) == "active"


def test_offering_a_governance_first_does_not_hide_who_wrote_it(bank: Bank) -> None:
    release, body = bank.release(), held(risk=["rita", "rolf"])
    propose(bank.register, body, "apply")
    propose(bank.register, body, "sync", ["rita@bank.example"])
    propose(bank.register, body, "apply")
    with pytest.raises(Refused, match="wrote or proposed"):
        activate(bank.register, digest_of(body), person("rita"))
    activate(bank.register, digest_of(body), person("vera"))
    with pytest.raises(VoteRefused, match="among the authors"):
        bank.vote(release, "approve-risk", "rita")


def test_a_writer_who_comes_to_light_starts_the_confirmations_anew(register_url: str) -> None:
    register, digest = Register(register_url), digest_of(GOVERNANCE)
    propose(register, GOVERNANCE, "apply")
    assert activate(register, digest, person("rita")) == "pending"
    propose(register, GOVERNANCE, "sync", ["rita@bank.example"])
    assert activate(register, digest, person("vera")) == "pending"
    assert activate(register, digest, person("rolf")) == "active"


def test_a_change_of_another_part_does_not_launder_who_wrote_the_list(bank: Bank) -> None:
    for body, writer in ((held(risk=["rita", "rolf"]), "rita@bank.example"), (held_with_roots(), "ruth@bank.example")):
        propose(bank.register, body, "sync", [writer])
        activate(bank.register, digest_of(body), person("vera"))
    with pytest.raises(VoteRefused, match="among the authors"):
        bank.vote(bank.release(), "approve-risk", "rita")


def held_with_roots() -> dict[str, Any]:
    """Rita's list of approvers, with another folder for artifacts."""
    return {**held(risk=["rita", "rolf"]), "artifact_roots": ["models", "more"]}


def test_a_row_that_says_something_else_than_its_document_is_not_activated(bank: Bank) -> None:
    body = held(risk=["rita", "rolf"])
    propose(bank.register, body, "sync")
    bank.forge("UPDATE modelops_governance SET facts = '{\"holders\": {\"risk\": [\"dana\"]}, \"names\": {}}' WHERE state = 'pending'")
    with pytest.raises(Refused, match="not what its document says"):
        activate(bank.register, digest_of(body), person("vera"))


EMERGENCY = {"roles": ["risk"], "within": "P2D"}


def known(**people: dict[str, Any]) -> dict[str, Any]:
    """The bank's governance with some of its people known otherwise."""
    return governance(people={**GOVERNANCE["people"], **{
        name: {**GOVERNANCE["people"].get(name, {"login": {}, "git": [], "name": ""}), **facts} for name, facts in people.items()}})


def joined(role: str = "risk") -> dict[str, Any]:
    """A person who is new, with a role."""
    roles = {**GOVERNANCE["roles"], role: {**GOVERNANCE["roles"][role], "held_by": [*GOVERNANCE["roles"][role]["held_by"], "ghost"]}}
    return {**known(ghost={"login": {"simple": "rolf-admin"}}), "roles": roles}


def with_roles(**roles: dict[str, Any]) -> dict[str, Any]:
    """The bank's governance with other roles."""
    return governance(roles={**GOVERNANCE["roles"], **roles})


TAKE_TWO = {
    "a login": known(rita={"login": {"simple": "rolf-admin"}}),
    "a further login": known(ruth={"login": {"simple": "ruth", "fab": "77", "username": "ruth.r"}}),
    "git": known(dana={"git": []}),
    "a name": known(dana={"name": "Rita Risk"}),
    "a new person": joined(),
    "a new person who makes": joined("developer"),
    "emergency power": governance(break_glass=EMERGENCY),
    "the side of a role": with_roles(developer={"side": "control", "held_by": []}),
    "a new role of control": with_roles(board={"side": "control", "held_by": ["rita"]}),
}
TAKE_ONE = {
    "holders": held(risk=["rolf", "ruth"]),
    "a person who leaves": {**held(risk=["rolf", "ruth"]),
                            "people": {name: facts for name, facts in GOVERNANCE["people"].items() if name != "rita"}},
    "an environment": governance(environments={}),
    "a role that makes": with_roles(tester={"side": "make", "held_by": ["dana"]}),
}


@pytest.mark.parametrize("what", TAKE_TWO)
def test_a_change_of_who_somebody_is_takes_two_different_people(bank: Bank, what: str) -> None:
    body = TAKE_TWO[what]
    propose(bank.register, body, "sync", ["dana@bank.example"])
    assert activate(bank.register, digest_of(body), person("vera")) == "pending"
    with pytest.raises(Refused, match="this change takes two different people") as refused:
        activate(bank.register, digest_of(body), person("vera"))
    assert refused.value.code == "decided"
    with bank.register.read() as session:
        assert governance_of(body) != active(session), "one is not enough"
    assert activate(bank.register, digest_of(body), person("ines")) == "active"
    assert bank.events("done")[-2:] == ["governance-confirmed", "governance-activated"]


@pytest.mark.parametrize("what", TAKE_ONE)
def test_any_other_change_takes_one_person(bank: Bank, what: str) -> None:
    """The negative control."""
    body = TAKE_ONE[what]
    propose(bank.register, body, "sync", ["dana@bank.example"])
    assert activate(bank.register, digest_of(body), person("vera")) == "active"


def test_taking_emergency_power_away_takes_one_person(bank: Bank) -> None:
    bank.govern(governance(break_glass=EMERGENCY))
    bank.govern(GOVERNANCE, "rita")


def test_nobody_puts_in_force_what_gives_them_emergency_power(bank: Bank) -> None:
    body = governance(break_glass=EMERGENCY)
    propose(bank.register, body, "sync", ["dana@bank.example"])
    activate(bank.register, digest_of(body), person("vera"))
    for who in ("rita", "rolf", "ruth"):
        with pytest.raises(Refused, match="gives you emergency releases") as refused:
            activate(bank.register, digest_of(body), person(who))
        assert refused.value.code == "beneficiary"
    activate(bank.register, digest_of(body), person("ines"))


def test_nobody_puts_a_login_of_their_own_in_force(bank: Bank) -> None:
    body = known(rita={"login": {"simple": "rita-second"}})
    propose(bank.register, body, "sync", ["dana@bank.example"])
    with pytest.raises(Refused, match="your own login") as refused:
        activate(bank.register, digest_of(body), person("rita"))
    assert refused.value.code == "beneficiary"
    assert [activate(bank.register, digest_of(body), person(who)) for who in ("rolf", "ruth")] == ["pending", "active"]


def test_a_second_login_of_an_approver_fills_no_gate_alone(bank: Bank) -> None:
    """Rolf has an account more put in force as Rita's, and would be both."""
    release, body = bank.release(), known(rita={"login": {"simple": "rolf-admin"}})
    propose(bank.register, body, "sync", ["dana@bank.example"])
    assert activate(bank.register, digest_of(body), person("rolf")) == "pending"
    bank.vote(release, "approve-risk", "rolf")
    with pytest.raises(VoteRefused) as refused:
        bank.vote(release, "approve-risk", Actor("simple", "rolf-admin"))
    assert refused.value.code == "unknown-person"


def test_what_two_people_must_put_in_force_is_told_with_who_has_confirmed(bank: Bank) -> None:
    body = known(rita={"login": {"simple": "rita-second"}})
    with bank.register.read() as session:
        assert people_needed(session) == 1
    propose(bank.register, body, "sync", ["dana@bank.example"])
    activate(bank.register, digest_of(body), person("vera"))
    with bank.register.read() as session:
        waits = row_of(session, "pending")
        assert waits is not None
        assert (people_needed(session), waits.confirmed_by) == (2, ["vera"])
        assert not may_activate(session, person("vera"))
        assert may_activate(session, person("ines"))
