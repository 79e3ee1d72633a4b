"""Strategies: how the deploy step of a plan goes to its environment. Pure; the plan's digest covers it, so people approve it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..data.duration import duration

CANARY = "canary"
"""Cause of a deployment to the canary that a release goes through."""


@dataclass(frozen=True)
class Strategy:
    """How a version comes into use.

    Attributes:
        through: environment of the canary that it goes through; None for none.
        bake: how long it must have been live there.
        watch: how long it is watched after the switch, with the version before it ready; none where it is zero.
    """

    through: str | None = None
    bake: timedelta = timedelta()
    watch: timedelta = timedelta()


def strategy_of(plan: Mapping[str, Any]) -> Strategy:
    """The strategy in a plan (its JSON); all at once where it names none, or deploys nowhere."""
    options: Mapping[str, Any] = next((step["options"] for step in plan["steps"] if step["uses"] == "deploy"), {})
    return Strategy(options.get("through"), duration(options.get("bake", "")), duration(options.get("watch", "")))
