"""A tier is what the answers about risk give, or stricter; how it came about is in the plan and in the test design."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelops_airflow.evidence.design import design_of
from modelops_airflow.plan import Plan, plans_of
from modelops_airflow.policy.library import packs
from modelops_airflow.policy.loosening import loosened
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import parse_model, read_governance

GOVERNANCE = read_governance(Path(__file__).parents[1] / "bad" / "governance.yaml").spec
ANSWERS = {"exposure": "medium", "purpose": "business", "method": "estimate", "truth": "late", "effect": "advises", "high-risk-by-law": "no"}
OWN = """pack: {name}
version: 7
title: A pack of a test.
basis: project default
tiering:
  required: {required}
  axes: [{{id: all, text: All.}}]
  questions: [{{id: {question}, axis: all, text: How bad?, why: It is., answers: {{good: 1, bad: 2}}}}]
  matrix: {{"1": 3, "2": 1}}
"""


def text(tier: int = 2, risk: dict[str, Any] | None = None, policies: tuple[str, ...] = ("house",)) -> str:
    model = {"name": "Retail credit default", "purpose": "Decides.", "tier": tier, "owner": "credit-owner", "developers": ["credit-dev"],
             "kind": "skops", "version": "3.2.0", "artifact": "examples/credit/model-3.2.0.skops", **({} if risk is None else {"risk": risk})}
    data = {"baseline": "b.parquet", "current": "c.parquet", "columns": {"target": "defaulted", "favourable": 0, "protected": ["sex"]}}
    return yaml.safe_dump({"modelops": 1, "model": model, "data": data, "policies": list(policies)}, sort_keys=False)


def planned(tier: int = 2, risk: dict[str, Any] | None = None, policies: tuple[str, ...] = ("house",)) -> Plan:
    return plans_of(parse_model(text(tier, risk, policies), "credit-risk.yaml"), GOVERNANCE)[0]


def refused(tier: int = 2, risk: dict[str, Any] | None = None, policies: tuple[str, ...] = ("house",)) -> list[str]:
    with pytest.raises(SpecError) as error:
        planned(tier, risk, policies)
    return [str(one) for one in error.value.problems]


@pytest.fixture
def further(tmp_path: Path) -> Iterator[list[str]]:
    """Packs of other packages, taken out again."""
    known, added = packs(), []

    def add(name: str, required: str = "false", question: str = "badness") -> str:
        path = tmp_path / f"{name}.yaml"
        path.write_text(OWN.format(name=name, required=required, question=question))
        added.append(known.add(path).spec.pack)
        return name

    yield add  # type: ignore[misc]
    for name in added:
        del known._files[name], known._read[name]


def test_answers_give_the_tier_and_the_plan_says_how() -> None:
    told = planned(2, ANSWERS).tiering["house"]

    assert (told["tier"], told["cell"], told["version"], told["digest"]) == (2, "2/2/2", packs()["house"].spec.version, packs()["house"].digest)
    assert told["axes"] == [{"axis": "materiality", "score": 2}, {"axis": "complexity", "score": 2}, {"axis": "people", "score": 2}]
    assert told["answers"]["truth"] | {"text": ""} == {"axis": "complexity", "text": "", "answer": "late", "score": 2}


def test_the_riskiest_answer_counts() -> None:
    told = planned(1, ANSWERS | {"truth": "soon", "method": "opaque"}).tiering["house"]

    assert (told["cell"], told["tier"]) == ("2/3/2", 1)


def test_a_file_may_be_stricter_and_never_laxer_than_its_answers() -> None:
    assert planned(1, ANSWERS).model["tier"] == 1

    line, = refused(3, ANSWERS)
    assert line.startswith("credit-risk.yaml:5:9: PLAN038 ") and "the policy pack house gives 2" in line
    assert "complexity 2 by method (estimate) and truth (late)" in line and "write tier: 2" in line


def test_what_is_missing_misspelt_or_unknown_is_told_all_at_once_with_what_is_allowed() -> None:
    risk = {key: value for key, value in ANSWERS.items() if key != "truth"} | {"effect": "advice", "exposur": "small"}
    found = refused(2, risk)

    assert len(found) == 3 and all("PLAN037" in one for one in found)
    assert any("question 'truth'" in one and "expected one of soon, late, never" in one for one in found)
    assert any(one.startswith("credit-risk.yaml:16:13: ") and "did you mean 'advises'" in one and "found 'advice'" in one for one in found)
    assert any("no policy pack in force asks 'exposur'" in one and "did you mean 'exposure'" in one for one in found)


def test_no_answer_at_all_under_risk_is_no_answer_to_each_question() -> None:
    assert len(refused(1, {})) == len(ANSWERS)


def test_without_answers_a_plan_and_its_design_are_what_they_were() -> None:
    plan = planned(3).to_json()

    assert "tiering" not in plan and "tiering" not in design_of(plan) and "risk" not in plan["model"]
    assert "tiering" in planned(2, ANSWERS).to_json(), "the control"


def test_a_changed_answer_changes_the_plan_and_the_test_design_even_where_the_tier_stays() -> None:
    before, after = planned(2, ANSWERS), planned(2, ANSWERS | {"exposure": "small"})

    assert (before.tiering["house"]["tier"], after.tiering["house"]["tier"]) == (2, 2)
    assert before.digest != after.digest and design_of(before.to_json()) != design_of(after.to_json())


def test_a_changed_or_withdrawn_answer_is_told_as_a_loosening() -> None:
    before = planned(2, ANSWERS).to_json()

    assert "answer about risk exposure: medium -> small" in loosened(before, planned(2, ANSWERS | {"exposure": "small"}).to_json())
    assert "answer about risk truth: late -> none" in loosened(before, planned(2).to_json())
    assert not any("answer" in one for one in loosened(before, before)), "the control"


def test_of_several_packs_the_strictest_bounds_the_tier(further: Any) -> None:
    name = further("acme-a")
    both = ("house", name)

    assert set(planned(2, ANSWERS | {"badness": "good"}, both).tiering) == {"house", name}
    assert any("policy pack acme-a gives 1" in one for one in refused(2, ANSWERS | {"badness": "bad"}, both))
    assert planned(1, ANSWERS | {"badness": "bad"}, both).tiering[name]["version"] == 7


def test_one_answer_answers_the_question_of_every_pack_that_has_it(further: Any) -> None:
    name = further("acme-b", question="exposure")
    found = refused(2, ANSWERS, ("house", name))

    assert len(found) == 1 and "policy pack acme-b" in found[0] and "expected one of good, bad" in found[0]


def test_a_pack_that_wants_answers_gets_them_or_there_is_no_plan(further: Any) -> None:
    name = further("acme-c", "true")

    assert any("wants its questions about risk answered" in one for one in refused(2, None, ("house", name)))
    assert planned(2, None, ("house", further("acme-d"))).tiering == {}, "the control: one that does not"


def test_a_plan_with_its_tiering_comes_back_from_json() -> None:
    plan = planned(2, ANSWERS)

    assert Plan.from_json(plan.to_json()) == plan
