"""A model that was in use before it came here: what its file says of that, and what a file without life cycles says at all."""

from __future__ import annotations

from ..kinds import KINDS
from ..registry import did_you_mean
from ..spec.problem import Problem
from ..spec.read import Source
from ..spec.types import Governance, ModelFile
from .draft import Draft


def legacy_problems(model: Source[ModelFile], governance: Governance) -> list[Problem]:
    """What is wrong with the file's `legacy`."""
    legacy, known = model.spec.legacy, list(governance.environments)
    if legacy is None or legacy.at in known:
        return []
    return [model.problem(("legacy", "at"), "PLAN027", f"governance.yaml has no environment {legacy.at!r}{did_you_mean(legacy.at, known)}",
                          expected="the environment that the model is in use in",
                          next_step="name the place in governance.yaml; target mark-only is for what cannot be looked at")]


def bare_problems(model: Source[ModelFile], governance: Governance) -> list[Problem]:
    """Who and what a file without any life cycle names: nothing else lints it."""
    found, facts = [], model.spec.model
    if facts.kind not in KINDS:
        found.append(model.problem(("model", "kind"), "PLAN014", f"there is no kind {facts.kind!r}{did_you_mean(facts.kind, list(KINDS))}"))
    found += [model.problem(place, "PLAN017", f"{place[1]} {person!r} is not in governance.yaml{did_you_mean(person, list(governance.people))}")
              for place, person in ((("model", "owner"), facts.owner), *((("model", "developers", at), one) for at, one in enumerate(facts.developers)))
              if person not in governance.people]
    return found


def lint_logged(draft: Draft) -> None:
    """A life cycle that opens no artifact judges the answers that the data has."""
    columns = draft.model.spec.data.columns if draft.model.spec.data is not None else None
    uses = {step.uses for step in draft.steps}
    if "profile" in uses and "scan-artifact" not in uses and columns is not None and not (columns.prediction or columns.score):
        draft.problem(("data", "columns"), "PLAN016", f"{draft.use.uses} opens no artifact, and the data names no column of answers",
                      next_step="name the logged answers under data.columns.prediction or score")
