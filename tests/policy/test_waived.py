"""Under a waiver what others say of a metric still holds, and what could not be measured is never waived."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from modelops_airflow.errors import Refused
from modelops_airflow.measurement import Measurement, Metric, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.control_evidence import Waiver
from modelops_airflow.policy.merge import Said
from modelops_airflow.policy.waived import asks, by_words, content_of, judge_waived
from modelops_airflow.policy.waiver import ControlWaiver, too_late

NOW = datetime(2027, 1, 1, tzinfo=UTC)
ENDS = datetime(2027, 4, 1, tzinfo=UTC)


def waiver(control: str = "A-1", number: int = 1) -> Waiver:
    return Waiver("own", control, ENDS, "for a reason", number, "sha256:0", content_of({}))


def rule(*said: tuple[str, str]) -> Requirement:
    strictest = max(said, key=lambda one: one[1])
    return Requirement("impact_ratio", None, strictest[1], {}, strictest[0], among=tuple(Said(words, None, fail) for words, fail in said))


def judged(ratio: float | None, *said: tuple[str, str], waived: tuple[str, ...] = ("A-1",), required_by: tuple[str, ...] = ()) -> tuple[str, list[int]]:
    known = {f"own {one}": waiver(one, number) for number, one in enumerate(waived, 1)}
    measurement = Measurement.error("bias", "it crashed") if ratio is None else Measurement.of("bias", [Metric("impact_ratio", ratio, {"sex": "female"}, n=500)])
    judgement, rests_on = judge_waived([rule(*said)] if said else [], measurement, required_by, known)
    return judgement.verdict.value, [one.number for one in rests_on]


A, B, HOUSE = ("own A-1", "< 0.80"), ("own B-1", "< 0.78"), ("house, tier 2", "< 0.70")


def test_what_fails_by_a_waived_control_alone_rests_on_the_waiver() -> None:
    assert judged(0.75, A) == ("not_applicable", [1])
    assert judged(0.75, A, HOUSE) == ("pass", [1])
    assert judged(0.85, A, HOUSE) == ("pass", [])  # what holds without it does not rest on it


def test_what_others_say_still_fails() -> None:
    assert judged(0.65, A, HOUSE) == ("fail", [])
    assert judged(0.75, A, B) == ("fail", [])


def test_several_waivers_are_named_where_each_is_needed() -> None:
    assert judged(0.75, A, B, HOUSE, waived=("A-1", "B-1")) == ("pass", [1, 2])
    assert judged(0.79, A, B, HOUSE, waived=("A-1", "B-1")) == ("pass", [1])  # B holds


def test_without_a_waiver_or_with_one_of_another_control_it_fails() -> None:
    assert judged(0.75, A, waived=()) == ("fail", [])
    assert judged(0.75, A, waived=("C-1",)) == ("fail", [])


def test_a_check_that_erred_is_never_waived() -> None:
    assert judged(None, A) == ("error", [])
    assert judged(None, A, required_by=("own A-1",)) == ("error", [])


def test_a_number_that_the_model_file_wrote_is_not_the_controls() -> None:
    written = Requirement("impact_ratio", None, "< 0.80", {}, "model file", default=False)
    found = judge_waived([written], Measurement.of("bias", [Metric("impact_ratio", 0.75)]), (), {"own A-1": waiver()})
    assert (found[0].verdict, found[1]) == (Verdict.FAIL, ())


def test_a_step_that_only_a_waived_control_requires_need_not_apply() -> None:
    nothing = Measurement.not_applicable("bias", "no protected column")
    known = {"own A-1": waiver()}
    assert [one.number for one in judge_waived([], nothing, ("own A-1",), known)[1]] == [1]
    assert judge_waived([], nothing, ("own A-1", "house, tier 2"), known)[0].verdict is Verdict.ERROR


def test_a_waiver_of_what_nobody_may_waive_or_the_plan_does_not_have_counts_nowhere() -> None:
    packs = {"own": {"controls": {"A-1": {"applies": True}, "B-1": {"applies": True, "waivable": False}}}}
    found = by_words([waiver("A-1", 2), waiver("A-1", 1), waiver("B-1", 3), waiver("C-1", 4)], packs)
    assert {words: one.number for words, one in found.items()} == {"own A-1": 1}  # of two the older one: its decisions stay as they are


@pytest.mark.parametrize("later", [{"at": ["review"]}, {"numbers": {"impact_ratio": {"warn": None, "fail": "< 0.40"}}}, {"ref": "another"}, {"steps": ["bias"]}, {"text": "Something else."}])
def test_a_control_that_says_something_else_by_now_is_not_waived(later: dict[str, Any]) -> None:
    packs = {"own": {"controls": {"A-1": {"applies": True, **later}}}}
    assert by_words([waiver()], packs) == {}
    assert by_words([replace(waiver(), content=content_of(later))], packs) != {}


def test_a_control_asks_for_the_steps_that_it_requires_or_says_something_of() -> None:
    said = {"origin": "own A-1"}
    assert asks("own", "A-1", {"required_by": ["own A-1"], "requirements": []})
    assert asks("own", "A-1", {"required_by": [], "requirements": [{"among": [{"origin": "model file"}, said]}]})
    assert not asks("own", "A-1", {"required_by": ["own A-10"], "requirements": [{"origin": "own A-1"}]})


@pytest.mark.parametrize(("tier", "last"), [(1, date(2027, 4, 1)), (2, date(2027, 6, 30)), (3, date(2028, 1, 1)), (None, date(2027, 4, 1))])
def test_the_last_day_that_is_permitted_by_tier(tier: int | None, last: date) -> None:
    from datetime import timedelta

    assert too_late(last, tier, NOW) == ""
    assert "ends within" in too_late(last + timedelta(days=1), tier, NOW)


def test_the_machine_refuses_what_is_over() -> None:
    one = ControlWaiver(1, "m", "own", "A-1", "t", date(2027, 1, 31), 2, "olaf", NOW)
    late = datetime(2027, 2, 1, tzinfo=UTC)
    for act in (one.accepted, one.rejected):
        with pytest.raises(Refused, match="is expired and waits for nobody"):
            act("rita", late)
    both = one.accepted("rita", NOW).accepted("rolf", NOW)
    assert (both.state(NOW), both.state(late)) == ("active", "expired")
    with pytest.raises(Refused, match="nothing to revoke"):
        both.revoked("ines", late)
