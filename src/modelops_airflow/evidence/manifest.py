"""The manifest of a run's evidence, and the subject that people decide over. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..digest import Digest, digest_of


def manifest(evidence: Mapping[str, str], *, verdict: str, warned: bool, waived: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The sorted (step id, evidence digest) of the measuring steps, the verdict over them, and the waivers that it rests on.

    Args:
        waived: step, pack, control, number and digest of the terms of each waiver.
    """
    return {
        "evidence": [[step, evidence[step]] for step in sorted(evidence)],
        "verdict": verdict,
        "warned": warned,
        **({"waived": sorted((dict(one) for one in waived), key=lambda one: (one["step"], one["waiver"]))} if waived else {}),
    }


def authority(gates: Mapping[str, Mapping[str, Any]], slot: str) -> Digest:
    """Digest of a plan's gate rules and the slot; who holds a role is not in it."""
    return digest_of({"gates": {step: dict(rules) for step, rules in gates.items()}, "slot": slot})


def subject(
    *, artifact: str, plan: str, policies: Mapping[str, str], manifest: str, authority: str, slot: str
) -> Digest:
    """What every gate of a run decides over: one changed byte of anything here is another subject."""
    return digest_of({
        "artifact": artifact, "authority": authority, "manifest": manifest, "plan": plan,
        "policies": dict(policies), "slot": slot,
    })


def approved_digest(plan: Mapping[str, Any]) -> Digest:
    """Digest of the part of a plan (its JSON) that people approve: all but when and where it runs."""
    steps = [{key: value for key, value in step.items() if key != "profile"} for step in plan["steps"]]
    return digest_of({key: value for key, value in plan.items() if key != "schedule"} | {"steps": steps})


def gates_of(plan: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The gates of a plan (its JSON): step id -> rules, in order."""
    return {step["id"]: dict(step["options"]) for step in plan["steps"] if step["phase"] == "gate"}


def slot_of(plan: Mapping[str, Any]) -> str:
    """`model@environment`, or `model@` for a plan (its JSON) that deploys nowhere."""
    return f"{plan['model']['id']}@{environment_of(plan) or ''}"


def environment_of(plan: Mapping[str, Any]) -> str | None:
    """The environment that a plan (its JSON) deploys to."""
    for step in plan["steps"]:
        if step["uses"] == "deploy":
            return str(step["options"]["to"])
    return None


def judged_steps(plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps of a plan (its JSON) whose measurements count."""
    return [step for step in plan["steps"] if step["phase"] in ("prepare", "check") and step["uses"] != "pin"]


def subject_of(plan: Mapping[str, Any], *, artifact: str, manifest: str) -> Digest:
    """The subject of every gate of a run of this plan (its JSON)."""
    slot = slot_of(plan)
    return subject(
        artifact=artifact, plan=approved_digest(plan), policies=plan["policies"], manifest=manifest,
        authority=authority(gates_of(plan), slot), slot=slot,
    )
