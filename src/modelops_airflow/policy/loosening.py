"""Loosening: what a new plan asks less than the one before. Pure.

Narrowing the test design counts: a protected column that is no longer looked at, a column that is now
ignored or another one's, a fact that changed, and every option of a check that is not known to ask more than before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..checks import CHECKS
from ..data.duration import duration
from .condition import Condition

_JUDGED = ("prepare", "check")
_MORE_IS_LOOSER = ("min_group_size", "least_share", "min_slice_size", "tolerance", "claim_tolerance")
_LESS_IS_LOOSER = ("min_coverage", "rows", "repeats", "points", "noise", "reach", "least_words", "resamples")
_MORE_ENTRIES_ARE_STRICTER = ("monotone", "claims")
_ELSEWHERE = ("formats",)


def loosened(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What a plan (its JSON) asks less than an earlier one of the same life cycle."""
    return [*_model(old["model"], new["model"]), *_controls(old, new), *_data(old.get("data") or {}, new.get("data") or {}),
            *_steps(_by_id(old, _JUDGED), _by_id(new, _JUDGED)), *_gates(_by_id(old, ("gate",)), _by_id(new, ("gate",))),
            *_strategy(_by_id(old, ("act",)), _by_id(new, ("act",)))]


def _model(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if int(new["tier"]) > int(old["tier"]):
        yield f"tier {old['tier']} -> {new['tier']}"
    for name, value in (old.get("risk") or {}).items():
        now = (new.get("risk") or {}).get(name)
        if now != value:
            yield f"answer about risk {name}: {value} -> {'none' if now is None else now}"
    for name, value in (old.get("facts") or {}).items():
        now = (new.get("facts") or {}).get(name)
        if now != value:
            yield f"fact {name}: {_plain(value)} -> {'not stated' if now is None else _plain(now)}"
    before, after = old.get("with") or {}, new.get("with") or {}
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"option {name} of the kind: {_plain(before.get(name, 'none'))} -> {_plain(after.get(name, 'none'))}"


def _controls(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Controls of packs that were asked for and are not any more, with the reason."""
    for name, pack in (old.get("packs") or {}).items():
        now = (new.get("packs") or {}).get(name, {"standing": "not named any more", "why": "", "controls": {}})
        for control, told in pack["controls"].items():
            still = now["controls"].get(control)
            if told["applies"] and (still is None or not still["applies"]):
                why = still["why"] if still is not None else ", ".join(part for part in (now["standing"], now["why"]) if part) if not now["controls"] else "not in the pack any more"
                yield f"{name} {control} is not asked any more: {why}"


def _data(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = old.get("columns") or {}, new.get("columns") or {}
    for name in _lost(before.get("protected"), after.get("protected")):
        yield f"column {name} is no longer protected"
    for role, told in (("ignore", "ignored"), ("key", "a key, of which nothing is checked")):
        for name in _lost(after.get(role), before.get(role)):
            yield f"column {name} is now {told}"
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
        for rule in step["requirements"]:
            same = [one for one in new[name]["requirements"] if (one["metric"], one["where"]) == (rule["metric"], rule["where"])]
            yield from min((list(_rule(name, rule, one)) for one in same or [None]), key=len)
        if step["uses"] != new[name]["uses"]:
            yield f"{name} uses {new[name]['uses']} instead of {step['uses']}, which may ask less"
            continue
        unset = _defaults(step["uses"])
        before, after = unset | step["options"], unset | new[name]["options"]
        yield from _options(name, before, after)
        if step["uses"] == "alarms":
            yield from _diluted(name, before, after)
        yield from _formats(name, step["options"], new[name]["options"])
        if step.get("code") != new[name].get("code"):
            yield f"{name}: other code measures it, which may ask less"


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
    for name in [*old, *(name for name in new if name not in old)]:
        value, now = old.get(name), new.get(name)
        if value == now or name in _ELSEWHERE or (name == "columns" and now is None):  # all columns are more than some
            continue
        if isinstance(value, list | tuple) and isinstance(now, list | tuple) and name != "drivers":  # of more drivers it is easier to find some
            for one in _lost(value, now):
                yield f"{step} {name} no longer has {_plain(one)}"
        elif name in _MORE_ENTRIES_ARE_STRICTER and isinstance(value, Mapping):
            there = now if isinstance(now, Mapping) else {}
            for key in (key for key in value if there.get(key) != value[key]):
                yield f"{step} {name} of {key}: {_shown(value[key])} -> {_shown(there.get(key))}"
        elif not _stricter(name, value, now):
            yield f"{step} {name}: {_shown(value)} -> {_shown(now)}"


def _diluted(step: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """More columns share a budget of false alarms: each gets a higher threshold."""
    for name in ("columns", "roles"):
        value, now = old.get(name), new.get(name)
        if value is not None and now is None:
            yield f"{step} {name}: {_plain(value)} -> not set, so each column has a smaller share of the budget"
        elif value is not None:
            for one in _lost(now, value):
                yield f"{step} {name} also has {_plain(one)}, so each column has a smaller share of the budget"


def _stricter(name: str, value: Any, now: Any) -> bool:
    """Whether an option asks more than before; of an option that is not known here that is not to be said."""
    if not (_is_number(value) and _is_number(now)):
        return False
    return (name in _LESS_IS_LOOSER and now > value) or (name in _MORE_IS_LOOSER and now < value)


def _shown(value: Any) -> str:
    return "not set" if value is None or value == "" else _plain(value)


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


def _strategy(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Less time to look before a version is everybody's, or after."""
    for name, step in old.items():
        if step["uses"] != "deploy" or name not in new:
            continue
        before, after = step["options"], new[name]["options"]
        if "through" in before and after.get("through") != before["through"]:
            yield f"{name} no longer goes through {before['through']}"
            before = {key: value for key, value in before.items() if key != "bake"}
        for option in ("bake", "watch"):
            if duration(after.get(option, "")) < duration(before.get(option, "")):
                yield f"{name} {option}: {before[option]} -> {_shown(after.get(option))}"


def _by_id(plan: Mapping[str, Any], phases: tuple[str, ...]) -> dict[str, Any]:
    return {step["id"]: step for step in plan["steps"] if step["phase"] in phases and step["uses"] != "pin"}


def _lost(before: Any, after: Any) -> list[Any]:
    kept = list(after or ())
    return [one for one in before or () if one not in kept]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
