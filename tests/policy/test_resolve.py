"""Which packs apply: by facts, by dates, by status, and never by silence."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from modelops_airflow.policy.facts import FACTS, facts_of, wrong
from modelops_airflow.policy.record import record
from modelops_airflow.policy.resolve import Resolution, resolve
from policy.shipped import FACTS as APPLYING
from policy.shipped import ON, example


def resolution(pack: str, on: date = ON, **stated: Any) -> Resolution:
    return resolve({pack: "model file"}, facts_of(example("credit-risk", facts=stated).spec), on)


def standing(pack: str, on: date = ON, **stated: Any) -> tuple[str, str]:
    one, = resolution(pack, on, **stated).packs
    return one.standing, one.why


@pytest.mark.parametrize(("on", "expected"), [
    (date(2027, 12, 1), ("pending", "takes effect on 2027-12-02")), (date(2027, 12, 2), ("applies", "'EU' in facts.jurisdictions and facts.eu_high_risk")),
])
def test_a_pack_applies_from_its_day_on(on: date, expected: tuple[str, str]) -> None:
    assert standing("eu-ai-act-high-risk", on, **APPLYING["eu-ai-act-high-risk"]) == expected


def test_some_models_are_reached_on_a_later_day() -> None:
    annex_one = APPLYING["eu-ai-act-high-risk"] | {"eu_annex": "I"}

    assert standing("eu-ai-act-high-risk", date(2028, 8, 1), **annex_one) == ("pending", "takes effect on 2028-08-02 where facts.eu_annex == 'I'")
    assert standing("eu-ai-act-high-risk", date(2028, 8, 2), **annex_one)[0] == "applies"


def test_a_superseded_pack_is_asked_for_by_whoever_names_it_and_is_nobodys_law_any_more() -> None:
    stated = APPLYING["sr-11-7"]
    before, = resolution("sr-11-7", date(2026, 4, 17), **stated).packs
    after, = resolution("sr-11-7", date(2026, 4, 18), **stated).packs

    assert (before.standing, after.standing) == ("applies", "superseded") and "superseded by sr-26-2 on 2026-04-17" in after.why
    assert (before.basis("supervisory"), after.basis("supervisory")) == ("supervisory", "project default")
    assert record([after], "2")["sr-11-7"]["controls"]["SR117-REV-1"]["every"] == {"period": "P1Y", "basis": "project default"}


def test_what_a_model_does_not_state_is_undecided_and_what_it_states_wrongly_too() -> None:
    silent = resolution("nyc-ll144")
    wrongly = resolution("nyc-ll144", domain="employement")

    assert {one.fact for one in silent.undecided} == {"facts.domain", "facts.nyc_residents", "facts.substantially_assists"}
    assert ("facts.domain", "facts.domain has 'employement'") in {(one.fact, one.why) for one in wrongly.undecided}
    assert resolution("nyc-ll144", domain="credit").undecided == []
    assert standing("nyc-ll144", domain="credit")[0] == "not-applicable"
    partly = resolution("nyc-ll144", domain="employment", nyc_residents=True, substantially_assists=True)
    assert {(one.what, one.fact) for one in partly.undecided} == {("nyc-ll144 LL144-SEL", "facts.output"), ("nyc-ll144 LL144-SCORE", "facts.output")}


@pytest.mark.parametrize(("name", "value", "bad"), [
    ("facts.domain", "credit", False), ("facts.domain", True, True), ("facts.jurisdictions", ("EU",), False), ("facts.jurisdictions", "EU", True),
    ("facts.jurisdictions", ("EUR",), True), ("facts.generative", True, False), ("facts.generative", "yes", True), ("facts.generative", 1.0, True),
])
def test_a_stated_fact_is_of_its_type_and_one_of_its_values(name: str, value: Any, bad: bool) -> None:
    assert bool(wrong(name, value)) is bad


def test_facts_that_follow_from_the_file_are_known() -> None:
    known = facts_of(example("complaint-assistant").spec)

    assert (known["kind"], known["tier"], known["facts.generative"], known["on_persons"], known["protected"]) == ("llm", 3.0, True, True, ("sex",))
    assert facts_of(example("complaint-assistant", facts={"generative": False}).spec)["facts.generative"] is True
    assert all(name in FACTS for name in known)


def test_the_record_says_of_each_control_whether_it_applies_and_why() -> None:
    told = record(resolution("nyc-ll144", **APPLYING["nyc-ll144"]).packs, "2")["nyc-ll144"]

    assert told["draft"] is True and told["standing"] == "applies" and told["named_by"] == "model file"
    assert told["controls"]["LL144-SCORE"] == {
        "applies": False, "why": "not (facts.output == 'score')", "class": "compliance", "how": "automated", "ref": told["controls"]["LL144-SCORE"]["ref"],
        "text": told["controls"]["LL144-SCORE"]["text"],
    }
    assert told["controls"]["LL144-SEL"]["numbers"] == {"impact_ratio": {"warn": "< 0.80", "fail": None, "basis": "industry"}}
    assert told["controls"]["LL144-PUB"]["retention"] == {"keep": "P6M", "since": "last-use", "basis": "law"}


def test_packs_that_always_apply_and_have_no_controls_leave_plans_as_they_were() -> None:
    assert record(resolve({"house": "model file"}, {}, ON).packs, "2") == {}
