"""A waiver counts by the tier of what is judged and by people who have no hand in it by now, whatever the file said when it was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from bank import Bank, person
from modelops_airflow.errors import PromotionRefused, Refused
from modelops_airflow.governance import waive
from modelops_airflow.governance.define import Definition, define
from modelops_airflow.governance.waiver_watch import FINDING
from waiver_world import POLICIES, accept, ask, begin, day, waived_release


def filed(bank: Bank, tier: int, **model: Any) -> None:
    """The model's file says this by now."""
    facts = {key: value for key, value in bank.plan(tier=tier, **model).model.items() if key != "facts"}
    define(bank.register, [Definition("pricing", "dags/models/pricing.yaml", "x", facts, {"model": facts})], "sync")


def test_a_laxer_tier_in_the_file_makes_no_waiver_for_a_plan_of_tier_1(bank: Bank) -> None:
    bank.govern(POLICIES)
    begin(bank, "0.9.0", tier=1)
    filed(bank, 3)
    number = ask(bank, until=day(80))
    assert accept(bank, number, "rita") == "active"  # tier 1 takes two people
    filed(bank, 1)
    assert bank.decide(begin(bank, "1.0.0", tier=1)) == "fail"
    assert bank.decide(begin(bank, "1.1.0", tier=2)) == "pass"


def test_a_waiver_that_two_accepted_for_longer_than_tier_1_allows_does_not_count_for_it(bank: Bank) -> None:
    bank.govern(POLICIES)
    begin(bank, "0.9.0", tier=3)
    number = ask(bank, until=day(364))
    assert accept(bank, number, "rita") == "active"
    assert [bank.decide(begin(bank, f"{tier}.0.0", tier=tier)) for tier in (3, 2, 1)] == ["pass", "fail", "fail"]


def test_who_accepted_and_develops_the_model_by_now_does_not_count(bank: Bank) -> None:
    bank.govern(POLICIES)
    begin(bank, "0.9.0")
    assert accept(bank, ask(bank), "vera") == "active"
    assert bank.decide(begin(bank, "1.0.0", developers=["dana", "vera"])) == "fail"
    assert bank.decide(begin(bank, "1.1.0", owner="vera")) == "fail"


@pytest.mark.parametrize("changed", [{"developers": ["dana", "rita"]}, {"owner": "rita"}])
def test_what_rests_on_an_acceptance_by_who_owns_or_develops_the_model_now_does_not_go_live(bank: Bank, changed: dict[str, Any]) -> None:
    release, number = waived_release(bank)
    bank.approve(release)
    filed(bank, 2, **changed)
    with pytest.raises(PromotionRefused, match=f"rests on waiver {number} .*no hand in the model"):
        bank.promote(release)


def test_what_is_live_and_rests_on_such_an_acceptance_is_a_finding(bank: Bank) -> None:
    release, _ = waived_release(bank)
    bank.deploy(bank.approve(release))
    filed(bank, 2, developers=["dana", "rita"])
    bank.converge()
    assert FINDING in bank.findings()


def test_a_second_person_does_not_complete_what_a_developer_by_now_accepted_first(bank: Bank) -> None:
    bank.govern(POLICIES)
    begin(bank, "0.9.0", tier=1)
    number = ask(bank)
    assert accept(bank, number, "vera") == "requested"
    filed(bank, 1, developers=["dana", "vera"])
    with pytest.raises(Refused, match="vera accepted it, and has a hand") as error:
        waive.accept(bank.desk, "pricing", number, person("rita"), "It is looked at by hand.")
    assert error.value.code == "stale"
