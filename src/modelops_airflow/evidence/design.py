"""The test design: what is measured, on which data, against which limits. Fixed before any result. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .manifest import judged_steps


def design_of(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The test design in a plan (its JSON).

    The developer does not set the exam alone: a validator's approval covers this, and the ledger has it
    at a lower index than any result. Which artifact is tested is not part of it, so attempts compare.
    """
    return {
        "tier": plan["model"]["tier"],
        **({"tiering": plan["tiering"]} if plan.get("tiering") else {}),
        "facts": dict(plan["model"].get("facts") or {}),
        "data": plan.get("data"),
        "policies": dict(plan["policies"]),
        "steps": [{key: step[key] for key in ("id", "uses", "options", "requirements", "code") if key in step} for step in judged_steps(plan)],
    }
