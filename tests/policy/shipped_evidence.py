"""For each control of each shipped pack a model to which it applies, and evidence that meets everything but what is broken on purpose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from modelops_airflow.checks import CHECKS
from modelops_airflow.checks.metrics import METRICS
from modelops_airflow.measurement import Measurement, Metric
from modelops_airflow.plan import Plan
from modelops_airflow.policy.control_evidence import GateEvidence, RunEvidence, StepEvidence
from modelops_airflow.policy.library import controls_of
from modelops_airflow.spec.read import Source
from modelops_airflow.spec.types import ModelFile
from policy.shipped import FACTS, example

NOW = datetime(2028, 9, 1, 12, tzinfo=UTC)
CONTROLS = [(pack, control.id) for pack in sorted(FACTS) for control in controls_of(pack)]
FITTING = {"GENAI-ELSEWHERE": ("credit-risk", {}), "LL144-SCORE": ("credit-risk", {"output": "score"}), "AIA-15-STATED": ("affordability", {}),
           "SR117-GOV-1": ("credit-risk", {})}
"""Controls that do not apply to the first example: one that they do apply to."""


def fitting(pack: str, control: str, named: str = "") -> Source[ModelFile]:
    """An example to which a control applies; with a name it is under the pack of that name, and no other but the house's."""
    name, more = FITTING.get(control, ("complaint-assistant" if pack == "genai-baseline" or control == "RMF-MEASURE-2.7G" else "credit-risk", {}))
    facts, alone = FACTS[pack] | more, {"policies": ["house", named]} if named else {}
    source = example(name, pack, facts=facts, **alone)
    return example(name, pack, facts=facts, model={**source.canonical["model"], "tier": 1}, **alone) if control == "SR117-GOV-1" else source


def world(plans: Iterable[Plan], at: datetime = NOW - timedelta(days=1), **broken: Any) -> dict[str, RunEvidence]:
    """Evidence of every life cycle that meets everything, but for what is broken: `steps` that fail, `controls` nobody was asked about, `roles` that did not approve."""
    found = {}
    for plan in plans:
        steps = tuple(StepEvidence(step.uses, "pass" if step.uses not in broken.get("steps", ()) else "fail", at, met(step.uses)) for step in plan.steps
                      if step.phase in ("prepare", "check"))
        gates = tuple(GateEvidence(step.id, "open" if set(step.options["roles"]) & set(broken.get("roles", ())) else "approved", step.options["roles"],
                                   tuple(one for one in step.options.get("controls", ()) if one not in broken.get("controls", ())), at)
                      for step in plan.steps if step.phase == "gate")
        found[plan.lifecycle] = RunEvidence(steps, gates)
    return found


def met(uses: str) -> Measurement | None:
    """A measurement that meets every number."""
    if uses not in CHECKS:
        return None
    good = {True: 0.0, False: 1.0, None: 1.0}
    return Measurement.of(uses, [Metric(name, good[METRICS[name].high_is_bad] if name != "attacks_asked" else 300.0) for name in CHECKS[uses].metrics if name in METRICS])
