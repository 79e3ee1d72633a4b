"""Loosening: what a new plan asks less than the one before. Pure.

Narrowing the test design counts: a protected column that is no longer looked at, a column that is now
ignored or another one's, a fact that changed, a higher least size or share of groups, another method or binning, a model
that is asked about fewer or other rows, or less hard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..checks import CHECKS
from .condition import Condition

_JUDGED = ("prepare", "check")
_MORE_IS_LOOSER = ("min_group_size", "least_share", "tolerance", "claim_tolerance")
_LESS_IS_LOOSER = ("min_coverage", "rows", "repeats", "points", "noise", "reach", "least_words")
_OTHER_IS_LOOSER = (
    "method", "binning", "seed", "mode", "measure", "order", "file", "prediction", "score", "event", "exceptions", "probability", "bins", "lags",
)


def loosened(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What a plan (its JSON) asks less than an earlier one of the same life cycle."""
    return [*_model(old["model"], new["model"]), *_data(old.get("data") or {}, new.get("data") or {}),
            *_steps(_by_id(old, _JUDGED), _by_id(new, _JUDGED)), *_gates(_by_id(old, ("gate",)), _by_id(new, ("gate",)))]


def _model(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if int(new["tier"]) > int(old["tier"]):
        yield f"tier {old['tier']} -> {new['tier']}"
    for name, value in (old.get("facts") or {}).items():
        now = (new.get("facts") or {}).get(name)
        if now != value:
            yield f"fact {name}: {_plain(value)} -> {'not stated' if now is None else _plain(now)}"


def _data(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = old.get("columns") or {}, new.get("columns") or {}
    for name in _lost(before.get("protected"), after.get("protected")):
        yield f"column {name} is no longer protected"
    for name in _lost(after.get("ignore"), before.get("ignore")):
        yield f"column {name} is now ignored"
    for name in ("target", "prediction", "score", "time"):
        if before.get(name) != after.get(name):
            yield f"column of the {name}: {_plain(before.get(name) or 'none')} -> {_plain(after.get(name) or 'none')}"
    if before.get("favourable") != after.get("favourable"):
        yield f"favourable outcome {_plain(before.get('favourable'))} -> {_plain(after.get('favourable'))}"
    if old.get("baseline") != new.get("baseline"):
        yield "another baseline: earlier limits of drift were set against the old one"


def _steps(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name, step in old.items():
        if name not in new:
            yield f"step {name} is gone"
            continue
        rules = {(rule["metric"], str(rule["where"])): rule for rule in new[name]["requirements"]}
        for rule in step["requirements"]:
            yield from _rule(name, rule, rules.get((rule["metric"], str(rule["where"]))))
        unset = _defaults(step["uses"])
        yield from _options(name, unset | step["options"], unset | new[name]["options"])
        yield from _formats(name, step["options"], new[name]["options"])


def _rule(step: str, old: Mapping[str, Any], new: Mapping[str, Any] | None) -> Iterator[str]:
    if new is None:
        yield f"{step} no longer requires {old['metric']}"
        return
    for level in ("warn", "fail"):
        before, after = old[level], new[level]
        if before is not None and (after is None or not Condition.parse(after).at_least_as_strict_as(Condition.parse(before))):
            yield f"{step} {level}s over {old['metric']} {before} -> {after or 'never'}"


def _defaults(uses: str) -> dict[str, Any]:
    """What the options of a check are where a plan does not set them."""
    return {name: parameter.default for name, parameter in CHECKS[uses].parameters.items()} if uses in CHECKS else {}


def _options(step: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name, value in old.items():
        now = new.get(name)
        less = name in _LESS_IS_LOOSER and _is_number(value) and (not _is_number(now) or now < value)
        more = name in _MORE_IS_LOOSER and _is_number(value) and _is_number(now) and now > value
        other = name in _OTHER_IS_LOOSER or (name == "by" and not isinstance(value, list | tuple))
        if less or more or (other and now != value):
            yield f"{step} {name}: {_said(value)} -> {_said(now)}"
        if name == "columns" and value is None and now is not None:
            yield f"{step} looks at some columns only: {', '.join(now)}"
        if isinstance(value, Mapping):
            after = now if isinstance(now, Mapping) else {}
            for key in _lost(value.items(), after.items()):
                yield f"{step} {name} of {key[0]}: {_said(key[1])} -> {_said(after.get(key[0]))}"
        elif isinstance(value, list | tuple) and name != "formats":
            if name == "columns" and now is None:
                continue  # all of them, which is more
            for one in _lost(value, now if isinstance(now, list | tuple) else ()):
                yield f"{step} {name} no longer has {_plain(one)}"


def _formats(step: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for one in _lost(new.get("formats"), old.get("formats")):
        yield f"{step}: the format {one} is accepted, which was not"


def _gates(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name, step in old.items():
        before = step["options"].get("roles", {})
        after = new[name]["options"].get("roles", {}) if name in new else {}
        for role, number in before.items():
            if after.get(role, 0) < number:
                yield f"gate {name} asks {after.get(role, 0)} instead of {number} of {role}"


def _by_id(plan: Mapping[str, Any], phases: tuple[str, ...]) -> dict[str, Any]:
    return {step["id"]: step for step in plan["steps"] if step["phase"] in phases and step["uses"] != "pin"}


def _lost(before: Any, after: Any) -> list[Any]:
    kept = list(after or ())
    return [one for one in before or () if one not in kept]


def _said(value: Any) -> str:
    return "not set" if value is None or value == "" else str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
