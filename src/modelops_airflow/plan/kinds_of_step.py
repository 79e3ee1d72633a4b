"""What each kind of step is: its phase, its options, the metrics it produces.

Checks tell this themselves, those of the package through their registry; the few other steps are in one table here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class StepKind:
    """A kind of step that is not a check.

    Attributes:
        options: name -> type in words: `text`, `roles`, `duration`, `meaning`, `attest`, `signature`, `version`, `inputs`,
            `environment`, `path`, `switch`.
        required: options that must be there.
    """

    phase: str
    options: Mapping[str, str]
    required: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


_GATE = {"roles": "roles", "due": "duration", "valid": "duration", "meaning": "meaning", "signature": "signature"}
_ATTEST = {**_GATE, "meaning": "attest"}

STEP_KINDS: Mapping[str, StepKind] = {
    "pin": StepKind("prepare", {"version": "version", "data": "inputs"}),
    "scan-artifact": StepKind("prepare", {}, (), ("format_allowed", "untrusted_types", "artifact_findings")),
    "profile": StepKind("prepare", {}, (), ("rows",)),
    "difference": StepKind("check", {}, (), ("changed", "unexplained", "causes")),
    "decide": StepKind("decide", {}),
    "approval": StepKind("gate", _GATE, ("roles",)),
    "attestation": StepKind("gate", _ATTEST, ("roles", "meaning")),
    "deploy": StepKind("act", {"to": "environment", "through": "environment", "bake": "duration", "watch": "duration"}, ("to",)),
    "evidence-pack": StepKind("act", {}),
    "score": StepKind("score", {"from": "environment", "input": "path", "inputs": "switch"}, ("from",)),
}


# Kinds of which a life cycle has one: a second scan, decision or deployment would stand beside what people approve.
ONCE = frozenset({"pin", "scan-artifact", "profile", "difference", "decide", "deploy", "evidence-pack", "score"})


def phase_of(uses: str) -> str:
    """prepare, check, decide, gate, act or score."""
    return STEP_KINDS[uses].phase if uses in STEP_KINDS else "check"
