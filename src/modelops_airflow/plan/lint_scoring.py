"""Scoring on schedule: the place, the life cycle and the data must fit each other."""

from __future__ import annotations

from ..policy.merge import Merged
from .draft import Draft
from .written_options import written_options

BATCH = "batch"


def lint_scoring(draft: Draft) -> None:
    """Note a life cycle that scores and cannot, and one that deploys where nothing of the model scores."""
    for step in draft.steps:
        if step.uses == "score":
            _life_cycle(draft, step)
            _place(draft, step)
            _data(draft, step)
        if step.uses == "deploy" and _target(draft, step.options.get("to")) == BATCH and step.options["to"] not in _scored_from(draft):
            draft.problem(draft.at(step, "with", "to"), "PLAN025", f"{step.options['to']} is scored with on schedule, and no life cycle of the model does it",
                          next_step=f"add one under lifecycles: score: {{uses: batch-score, steps: {{score: {{with: {{from: {step.options['to']}}}}}}}}}")


def _life_cycle(draft: Draft, step: Merged) -> None:
    in_use = any(one.uses == "pin" and one.options.get("version") == "in-use" for one in draft.steps)
    if not (draft.scheduled and in_use) or len(draft.steps) != 2:
        draft.problem(draft.at(step, "uses"), "PLAN025", "only a life cycle on a schedule that pins the version in use, and does nothing else, scores",
                      next_step="use batch-score")
    if draft.use.schedule == "@once":
        draft.problem((*draft.root, "schedule"), "PLAN025", "what is scored once has no data interval", expected="five cron fields or a preset such as @daily")


def _place(draft: Draft, step: Merged) -> None:
    target = _target(draft, step.options.get("from"))
    if target not in (None, BATCH):
        draft.problem(draft.at(step, "with", "from"), "PLAN025", f"environment {step.options['from']!r} has the target {target!r}, which nobody scores with",
                      expected=f"an environment with the target {BATCH}")


def _data(draft: Draft, step: Merged) -> None:
    data = draft.model.spec.data
    if data is None:
        draft.problem(("model",), "PLAN016", "the model names no data", next_step="add `data: {current: ...}`")
    elif not data.columns.key and data.labels is None and step.options.get("inputs") is not True:
        draft.problem(draft.at(step, "with"), "PLAN025", "nobody could tell which answer is of which row",
                      next_step="name data.columns.key, which is written beside each answer, or give the step `with: {inputs: true}`")


def _target(draft: Draft, environment: object) -> str | None:
    found = draft.governance.environments.get(environment) if isinstance(environment, str) else None
    return found.target if found is not None else None


def _scored_from(draft: Draft) -> set[str]:
    """The environments that the model's life cycles score from; in an installation that is one of them, its own alone."""
    return {draft.environment or str(options.get("from")) for options in written_options(draft.model.spec, "score", draft.library)}
