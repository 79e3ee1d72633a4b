"""What is red because of a control of a shipped pack is green without it: the control is dropped from the pack, and both packs are compiled anew.

Each control stands beside one of ours that is met, in a pack of its own, so that a green answer is an answer and nothing else of the pack is red.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from modelops_airflow.measurement import Verdict
from modelops_airflow.plan import Plan, plans_of
from modelops_airflow.policy.control_evidence import RunEvidence
from modelops_airflow.policy.control_status import statuses
from modelops_airflow.policy.library import controls_of, packs
from modelops_airflow.policy.verdict import overall_of, stands
from policy.shipped import ON, governance
from policy.shipped_evidence import CONTROLS, NOW, fitting, world

RULES, CUT = governance(), "cut"
WITNESS = {"id": "WITNESS", "ref": "a test", "text": "Somebody looks.", "class": "risk"}
Plans = Sequence[Plan]


@cache
def with_and_without(pack: str, control: str) -> tuple[tuple[Plan, ...], tuple[Plan, ...]]:
    """Plans under a pack of the control and the witness, and under the same pack of the witness alone."""
    asked = next(one for one in controls_of(pack) if one.id == control)
    role = next(one for one in ("validator", "risk") if asked.approvals is None or one not in asked.approvals.roles)
    witness = WITNESS | {"attest": {"role": role, "statement": "I looked."}}
    told = asked.model_dump(mode="json", by_alias=True, exclude_unset=True)
    model = fitting(pack, control, CUT)
    both, alone = (tuple(plans_of(model, RULES.model_copy(update={"own_policies": {CUT: _pack(pack, controls)}}), on=ON)) for controls in ([told, witness], [witness]))
    return both, alone


def _pack(pack: str, controls: list[dict[str, Any]]) -> dict[str, Any]:
    """A shipped pack with other controls, in force whatever the day."""
    kept = {name: packs()[pack].canonical[name] for name in ("title", "applies_when", "retention") if packs()[pack].canonical.get(name) is not None}
    return {"pack": CUT, "version": 1, **kept, "controls": controls}


def asks(plans: Plans, control: str) -> dict[str, Any]:
    return next(dict(plan.packs[CUT]["controls"][control]) for plan in plans)


def answer(plans: Plans, evidence: dict[str, RunEvidence]) -> dict[str, bool]:
    """By control: whether it is met."""
    return {one.control: one.met for one in statuses([plan.to_json() for plan in plans], evidence, NOW)}


def goes(plan: Plan, run: RunEvidence) -> bool:
    """Whether a run passes its plan: each step as a decision counts it, and each gate approved over all that it asks."""
    verdicts = {step.uses: step.verdict for step in run.steps}
    counted = [Verdict(str(stands(verdicts.get(step.uses, "error"), step.required_by))) for step in plan.steps if step.phase in ("prepare", "check")]
    approved = {gate.step: set(gate.controls) for gate in run.gates if gate.state == "approved"}
    asked = {step.id: set(step.options.get("controls", ())) for step in plan.steps if step.phase == "gate"}
    return overall_of(counted, warned=False)[0] is Verdict.PASS and all(name in approved and controls <= approved[name] for name, controls in asked.items())


@pytest.mark.parametrize(("pack", "control"), CONTROLS)
def test_the_pack_is_met_without_the_control_that_was_not(pack: str, control: str) -> None:
    both, alone = with_and_without(pack, control)
    told = asks(both, control)
    broken = world(both, steps=told["steps"], controls=[f"{CUT} {control}"], roles=list(told.get("approvals", ())))

    assert answer(both, broken) == {control: False, "WITNESS": True}
    assert answer(alone, broken) == {"WITNESS": True}
    assert answer(both, world(both)) == {control: True, "WITNESS": True}, "it is the evidence that is red"
    assert _named(both, control) and not _named(alone, control)


def _named(plans: Plans, control: str) -> list[str]:
    """Steps and gates that say that the control asks for them."""
    words = f"{CUT} {control}"
    return [step.id for plan in plans for step in plan.steps if words in (*step.required_by, *step.options.get("controls", ()))
            or any(words in rule.origin for rule in step.requirements)]


@pytest.mark.parametrize(("pack", "control"), CONTROLS)
def test_a_run_that_passes_without_the_control_does_not_pass_with_it(pack: str, control: str) -> None:
    """Unless all that it asks is asked anyway, by the house or the life cycle: such a control changes what a plan says, and no run."""
    both, alone = with_and_without(pack, control)
    kinds, _ = asked_by_it_alone(both, alone, control)
    runs = {cycle: _not_applicable(run, kinds) for cycle, run in world(alone).items()}

    assert all(goes(plan, runs[plan.lifecycle]) for plan in alone)
    assert all(goes(plan, runs[plan.lifecycle]) for plan in both) is not any(asked_by_it_alone(both, alone, control))


def test_few_controls_ask_only_what_is_asked_anyway() -> None:
    deciding = [control for pack, control in CONTROLS if any(asked_by_it_alone(*with_and_without(pack, control), control))]
    assert len(deciding) >= 0.75 * len(CONTROLS), len(deciding)


def asked_by_it_alone(both: Plans, alone: Plans, control: str) -> tuple[set[str], set[str]]:
    """Kinds of step that nothing else requires, and roles that nothing else asks so many of, or that attest it."""
    told = asks(both, control)
    kinds = set(told["steps"]) - {step.uses for plan in alone for step in plan.steps if step.required_by}
    roles = {role for role, number in told.get("approvals", {}).items() if number > _seats(alone, role)} | ({told["attest"]["role"]} if "attest" in told else set())
    return kinds, roles


def _seats(plans: Plans, role: str) -> int:
    return sum(step.options["roles"].get(role, 0) for plan in plans for step in plan.steps if step.phase == "gate" and any(one.uses == "deploy" for one in plan.steps))


def _not_applicable(run: RunEvidence, kinds: set[str]) -> RunEvidence:
    return RunEvidence(tuple(replace(step, verdict="not_applicable", measurement=None) if step.uses in kinds else step for step in run.steps), run.gates)
