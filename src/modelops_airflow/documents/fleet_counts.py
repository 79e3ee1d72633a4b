"""The counts of a fleet, worked out from its rows alone, so that whoever has the rows can count again. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

MET, NOT_MET, OVERDUE, WAIVED, NOT_TESTED = "met", "not met", "overdue", "waived", "not tested"
STATUSES = (MET, NOT_MET, OVERDUE, WAIVED, NOT_TESTED)
SEVERITIES = ("critical", "high", "medium", "low")
AGES = (("up to a week", 7), ("up to a month", 30), ("up to a quarter", 90), ("older", None))
"""Words for an age, and the days that it ends with."""
IN_USE = ("in_use", "restricted", "legacy")
"""States of a model whose answers somebody uses."""
_UNKNOWN = "without a tier"

Rows = Sequence[Mapping[str, Any]]


def fleet_counts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Every count that a report tells, each beside the number that it is out of."""
    models, findings = facts["models"], facts["findings"]
    requirements = [one["status"] for model in models for one in model["requirements"]]
    return {
        "models": len(models),
        "in_use": sum(_used(one) for one in models),
        "states": _sorted(one["state"] for one in models),
        "tiers": [_tier(name, [one for one in models if _name(one) == name]) for name in sorted({_name(one) for one in models})],
        "requirements": {"all": len(requirements), **{status: requirements.count(status) for status in STATUSES}},
        "findings": {"all": len(findings), "by_severity": [_severity(name, findings) for name in _severities(findings)],
                     "overdue": sum(one.get("overdue", False) for one in findings), "accepted": sum(one.get("accepted_until") is not None for one in findings)},
        "incidents": _incidents(facts.get("incidents", ())),
        "reviews": {"owed": sum(one["review"] is not None for one in models), "overdue": sum(one["review_overdue"] for one in models)},
        "gates": {"open": sum(one["gates_open"] for one in models), "overdue": sum(one["gates_overdue"] for one in models)},
        "changes": _sorted(one["kind"] for one in facts["changes"]),
    }


def meets_all(model: Mapping[str, Any]) -> bool:
    """Whether every requirement of a model is met or waived; of one of which nothing was ever asked nobody knows, so it does not."""
    return bool(model["requirements"]) and all(one["status"] in (MET, WAIVED) for one in model["requirements"])


def age_of(days: int) -> str:
    """The words for an age in days."""
    return next(words for words, most in AGES if most is None or days <= most)


def _used(model: Mapping[str, Any]) -> bool:
    return model["state"] in IN_USE


def _name(model: Mapping[str, Any]) -> str:
    return str(model["tier"]) if model["tier"] else _UNKNOWN


def _tier(name: str, models: Rows) -> dict[str, Any]:
    used = [one for one in models if _used(one)]
    return {"tier": name, "models": len(models), "in_use": len(used), "meet_all": sum(meets_all(one) for one in used), "states": _sorted(one["state"] for one in models)}


def _severities(findings: Rows) -> list[str]:
    return [*SEVERITIES, *sorted({one["severity"] for one in findings} - {*SEVERITIES})]


def _severity(name: str, findings: Rows) -> dict[str, Any]:
    ages = [age_of(one["days"]) for one in findings if one["severity"] == name]
    return {"severity": name, "open": len(ages), "ages": [{"age": words, "open": ages.count(words)} for words, _ in AGES]}


def _incidents(incidents: Rows) -> dict[str, int]:
    """The open ones, and the statutory notices that they still owe."""
    return {"open": len(incidents), "notices": sum(one["notices"] for one in incidents), "notices_late": sum(one["notices_late"] for one in incidents)}


def _sorted(words: Any) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))
