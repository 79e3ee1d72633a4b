"""Formats that could run code: only where a policy in force allows them for the model's tier."""

from __future__ import annotations

from ..kinds import KINDS
from ..policy.merge import allowed_formats
from .draft import Draft

OPTION = "formats"
"""The scan's option in a plan; no model file can write it."""


def lint_formats(draft: Draft) -> None:
    """Note a kind that needs a policy's leave and does not have it."""
    model = draft.model.spec.model
    if not KINDS[model.kind].by_policy or model.kind in allowed_formats(draft.rules.values()):
        return
    against = [words for words, rules in draft.rules.items() if rules.formats is not None and model.kind not in rules.formats]
    who = f"{' and '.join(against)} forbids it" if against else f"{' and '.join(draft.rules)} {'does' if len(draft.rules) == 1 else 'do'} not allow it"
    leave = [name for name, pack in draft.library.packs.items() for tier, rules in pack.spec.tiers.items()
             if tier == str(model.tier) and model.kind in (rules.formats or ())]
    draft.problem(("model", "kind"), "PLAN021", f"kind {model.kind!r} can run code when it is opened, and {who}",
                  expected="a kind that runs no code when it is opened, such as onnx or skops; `modelops kinds` lists them",
                  next_step=f"export the model{'' if against or not leave else f', or add {leave[0]} to policies'}")


def planned_formats(draft: Draft) -> dict[str, list[str]]:
    """What the scan of this model is given leave for, as its option; empty where none is needed."""
    kind = draft.model.spec.model.kind
    return {OPTION: [kind]} if KINDS[kind].by_policy and kind in allowed_formats(draft.rules.values()) else {}
