"""The manifest of a run's evidence, and the subject that people decide over. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..digest import Digest, digest_of


def manifest(evidence: Mapping[str, str], *, verdict: str, warned: bool) -> dict[str, Any]:
    """The sorted (step id, evidence digest) of the measuring steps, and the verdict over them."""
    return {
        "evidence": [[step, evidence[step]] for step in sorted(evidence)],
        "verdict": verdict,
        "warned": warned,
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
