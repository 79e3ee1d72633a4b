"""What stands for a model in use, against its plan as it is now. Pure, but for reading a measurement when it is asked for.

The same replay as `modelops plan --against`: what that foretells before a change is merged is what is found after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..policy.in_force import Library
from ..spec.read import Source
from ..spec.types import ModelFile
from .compare import compare
from .make import lifecycles_of
from .replay import FRESH, RunOnRecord, replay
from .types import Plan

_OF_A_VERSION = ("version", "artifact")
_OF_ANOTHER_FILE = (*_OF_A_VERSION, "kind", "with")
_MOST_LINES = 20


@dataclass(frozen=True)
class Doubt:
    """Why a verdict does not stand by the plan as it is now.

    Attributes:
        before, after: verdict on record, and what it becomes; `needs a fresh run` where only a run can tell.
        plan: digest of the plan as it is now; None where the life cycle is gone.
        changes: what differs, one line each.
    """

    before: str
    after: str
    plan: str | None
    changes: tuple[str, ...]


def looks_again(model: Source[ModelFile], library: Library) -> str | None:
    """The life cycle that measures the version in use once more and deploys nothing: one that ends in an attestation before one that does not.

    None where the model has no such life cycle: it can only be released anew.
    """
    found = {name: {step.uses for step in library.steps(use.uses)} for name, use in lifecycles_of(model, library).items()
             if use.uses in library.lifecycles and any(step.uses == "pin" and step.options.get("version") == "in-use" for step in library.steps(use.uses))}
    able = [name for name, kinds in found.items() if "decide" in kinds and not kinds & {"deploy", "score"}]
    return min(able, key=lambda name: ("attestation" not in found[name], name), default=None)


def doubt(old: Plan, new: Plan, run: RunOnRecord) -> Doubt | None:
    """Whether what a run by the old plan came to is what the plan as it is now makes of it; None if it is."""
    now = as_in_use(old, new)
    if now.digest == old.digest:
        return None
    told = replay(old, now, run)
    if told.after == told.before:
        return None
    lines = [line for one in compare([old], [now]) for line in one.changes]
    lines += [f"{step.step}: {step.before or 'not there'} -> {step.after or 'not there'}; {'; '.join(step.reasons)}" for step in told.steps]
    return Doubt(run.verdict, str(told.after), now.digest, tuple(line[:300] for line in lines[:_MOST_LINES]))


def gone(run: RunOnRecord, lifecycle: str) -> Doubt:
    """Of a model whose file does not have the life cycle any more by which its verdict was found."""
    return Doubt(run.verdict, FRESH, None, (f"its life cycle {lifecycle} is gone",))


def as_in_use(old: Plan, new: Plan) -> Plan:
    """A plan with the version in use in the place of the next one that its file may be of already: that one takes a release of its own."""
    keys = _OF_A_VERSION if old.model.get("version") == new.model.get("version") else _OF_ANOTHER_FILE
    model = {key: value for key, value in new.model.items() if key not in keys}
    return replace(new, model=model | {key: old.model[key] for key in keys if key in old.model})
