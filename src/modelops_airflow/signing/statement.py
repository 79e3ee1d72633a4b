"""Statements that people and the server sign about decisions: in-toto Statements v1, told by their content alone.

A person signs the *decision*: over which subject, at which step, what, with which words, and their
how-manieth decision there it is. All of that is known before they decide, so whoever signs can make
the same bytes and compare them. The server signs the *record* of it: in which role, under which
log-in, when, until when. A person's key is proven by signing its *enrolment*.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..digest import Digest, canonical, digest_bytes, digest_of
from ..errors import SigningError

TYPE = "https://in-toto.io/Statement/v1"
DECISION = "urn:modelops-airflow:decision:1"
RECORD = "urn:modelops-airflow:decision-record:1"
ENROLMENT = "urn:modelops-airflow:key-enrolment:1"
ACTIVATION = "urn:modelops-airflow:key-activation:1"
EMERGENCY = "urn:modelops-airflow:emergency-release:1"
AUTHORISATION = "urn:modelops-airflow:deployment-authorisation:1"


def decision_statement(
    *, subject: str, step: str, meaning: str, decision: str, person: str, comment: str, conditions: Sequence[str] = (),
    until: str | None = None, nth: int,
) -> dict[str, Any]:
    """What a person says at a gate.

    Args:
        subject: digest of everything that is decided over.
        comment: as it is stored; only its digest is in the statement.
        conditions: what an approval asks for; only their digest is in the statement.
        until: when the person wants their approval to end, as the ledger writes times; None for the gate's own end.
        nth: 1 for the person's first decision at this subject and step; a withdrawn one cannot be used again.
    """
    return _statement("subject", subject, DECISION, {
        "comment": digest_bytes(comment.encode()), "conditions": digest_of(list(conditions)), "decision": decision,
        "meaning": meaning, "nth": nth, "person": person, "step": step, "until": until,
    })


def record_statement(
    statement: str, *, auth: str, role: str, at: str, expires: str | None
) -> dict[str, Any]:
    """What the server adds to a person's decision.

    Args:
        statement: digest of the person's statement.
        auth: auth manager and user id.
        at, expires: times as the ledger writes them.
    """
    return _statement("decision", statement, RECORD, {"at": at, "auth": auth, "expires": expires, "role": role})


def enrolment_statement(person: str, nth: int) -> dict[str, Any]:
    """What a new key signs to show that its holder has it.

    Args:
        nth: the how-manieth key of the person it would be, so that no older proof serves again.
    """
    return _statement("person", digest_bytes(person.encode()), ENROLMENT, {"nth": nth, "person": person})


def activation_statement(fingerprint: str, *, person: str, kind: str, by: str) -> dict[str, Any]:
    """What the server says of a key that a second person has confirmed."""
    return _statement("key", fingerprint, ACTIVATION, {"by": by, "kind": kind, "person": person})


def emergency_statement(subject: str, *, by: str, due: str, reason: str) -> dict[str, Any]:
    """What the server says of an emergency release.

    Args:
        due: until when approvals are due, as the ledger writes times.
        reason: digest of the reason.
    """
    return _statement("subject", subject, EMERGENCY, {"by": by, "due": due, "reason": reason})


def authorisation_statement(
    artifact: str, *, model: str, environment: str, version: str, kind: str, file: str, options: Mapping[str, Any], epoch: int, subject: str
) -> dict[str, Any]:
    """What the deployer says to a runtime: these bytes may be served as this version, opened in this way.

    Args:
        file: name of the artifact's file; options: of its kind, as the approved plan has them.
        epoch: the fence; a runtime goes back to none below the highest that it has seen.
        subject: digest of what was approved.
    """
    return _statement("artifact", artifact, AUTHORISATION, {
        "environment": environment, "epoch": epoch, "file": file, "kind": kind, "model": model, "options": dict(options),
        "subject": subject, "version": version,
    })


def payload_of(statement: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: RFC 8785 canonical JSON."""
    return canonical(dict(statement))


def digest_in(statement: Mapping[str, Any]) -> Digest:
    """Digest of a statement, by which it is stored."""
    return digest_bytes(payload_of(statement))


def read_payload(payload: bytes) -> dict[str, Any]:
    """The statement in a payload.

    Raises:
        SigningError: it is none, or not written canonically.
    """
    try:
        body = json.loads(payload)
        same = canonical(body) == payload
    except (ValueError, RecursionError):
        raise SigningError("the payload is not JSON") from None
    if not isinstance(body, dict) or body.get("_type") != TYPE:
        raise SigningError("the payload is no in-toto Statement v1")
    if not same:
        raise SigningError("the payload is not canonical JSON (RFC 8785); two readers could read it differently")
    return body


def _statement(name: str, digest: str, kind: str, predicate: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "_type": TYPE,
        "subject": [{"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}}],
        "predicateType": kind,
        "predicate": dict(predicate),
    }
