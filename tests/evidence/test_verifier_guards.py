"""Every guard of verify.py has an attack that it alone stops: with the guard taken out the attack passes."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_pack import Made, edited, key_entry, reledgered, resealed, said_by

from modelops_airflow.digest import digest_bytes
from modelops_airflow.evidence.pack import VERIFIER
from modelops_airflow.signing.dsse import sign

SOURCE = VERIFIER.read_text()


def _rewritten(name: str, change: Callable[[Any], None]) -> Callable[[Made], bytes]:
    return lambda made: resealed(edited(made.members, name, change), made.house)


def _first(person: str, **facts: Any) -> Callable[[Any], None]:
    return lambda rows: next(one for one in rows if one["person"] == person).update(facts)


def _other_origin(made: Made) -> bytes:
    return resealed(edited(made.members, "keyring.json", lambda keys: keys.append(key_entry(made.rita, "manifest"))), made.rita)


def _facts(kind: str, **facts: Any) -> Callable[[dict[str, Any]], None]:
    return lambda event: event["facts"].update(facts) if event["kind"] == kind else None


def _with_plan(made: Made) -> bytes:
    """Another plan, and a ledger that says it was pinned."""
    members = edited(made.members, "plan.json", lambda plan: plan["policies"].update(house="sha256:" + "2" * 64))
    return reledgered(made, members, _facts("pinned", plan=digest_bytes(members["plan.json"])))


def _role_lost(made: Made) -> bytes:
    """Another governance, and a ledger that says it was in force."""
    members = edited(made.members, "governance.json", lambda body: body["roles"]["risk"]["held_by"].remove("rolf"))
    return reledgered(made, members, _facts("governance-activated", governance=digest_bytes(members["governance.json"])))


def _event_changed(made: Made) -> bytes:
    return resealed(edited(made.members, "events.json", lambda rows: next(one for one in rows if '"kind":"publishing"' in one["body"]).update(
        body=next(one["body"] for one in rows if '"kind":"publishing"' in one["body"]).replace('"deployment":1', '"deployment":2'))), made.house)


def _key_nobody_confirmed(made: Made) -> bytes:
    """Rita's words signed with a key that the house calls hers."""
    other = Ed25519PrivateKey.generate()

    def sign_again(rows: list[dict[str, Any]]) -> None:
        one = next(one for one in rows if one["person"] == "rita")
        one["envelope"] |= sign(base64.b64decode(one["envelope"]["payload"]), [other])

    members = edited(made.members, "approvals.json", sign_again)
    return resealed(edited(members, "keyring.json", lambda keys: keys.append(key_entry(other, "decision", of="rita"))), made.house)


ATTACKS: list[tuple[str, Callable[[Made], bytes], str, str]] = [
    ("bytes outside the members", lambda made: made.data + b"x", "need(zipped(members) == data, ", "need(True, "),
    ("sealed by another key", _other_origin, "need(not self.trust or self.origin,", "need(True,"),
    ("another plan", _with_plan,
     'need(run["subject"] == digest(canonical(parts)),', "need(True,"),
    ("a changed event", _event_changed,
     'need(climbed(index, log["tree_size"] - 1, leaf, one["proof"])[1] == log["root"],', "need(True,"),
    ("an author approves", _rewritten("run.json", lambda run: run["authors"].append(["simple:vera", "started the run"])),
     'known_as(self.json["governance"], person) & authors', "False"),
    ("a role lost", _role_lost,
     'person in holders(self.json["governance"], one["role"], model["owner"])', "True"),
    ("another governance than was in force", _rewritten("governance.json", lambda body: body["roles"]["risk"]["held_by"].append("olaf")),
     "need(ruled in ", "need(True or ruled in "),
    ("another schedule than was pinned", _rewritten("plan.json", lambda plan: plan.update(schedule="@hourly")),
     'need([(one["plan"], one["artifact"])', 'need(True or [(one["plan"], one["artifact"])'),
    ("an author left out", _rewritten("run.json", lambda run: run.update(authors=[])),
     'need({name for one in pinned', 'need(True or {name for one in pinned'),
    ("a run that failed", lambda made: reledgered(made, made.members, _facts("decided", verdict="fail")),
     "need([[one[name] for name in names]", "need(True or [[one[name] for name in names]"),
    ("a key that nobody confirmed", _key_nobody_confirmed, "(person is None or self.done(", "(True or self.done("),
    ("another decision than was signed", _rewritten("approvals.json", _first("rita", nth=2)),
     "need(said.items() <= stated(payload,", "need(True or said.items() <= stated(payload,"),
    ("another time than the server signed", _rewritten("approvals.json", _first("rolf", at="2020-01-01T00:00:00Z")),
     "need(recorder and said.items()", "need(True or said.items()"),
    ("a log that does not continue the anchored one", lambda made: resealed(
        made.members, made.house, lambda body: body["log"]["anchored"][0].update(proof=body["log"]["anchored"][0]["proof"][::-1])),
     "need(continues(", "need(True or continues("),
    ("another artifact deployed", _rewritten("deployments.json", lambda rows: rows[0].update(observed="sha256:" + "3" * 64)),
     'one["observed"] in (None, one["artifact"])', "True"),
]


@pytest.mark.parametrize(("attack", "guard", "without"), [one[1:] for one in ATTACKS], ids=[one[0] for one in ATTACKS])
def test_an_attack_is_stopped_by_its_guard_and_passes_without_it(
    made: Made, attack: Callable[[Made], bytes], guard: str, without: str
) -> None:
    assert SOURCE.count(guard) == 1
    assert said_by(SOURCE, attack(made), [made.trusted])
    assert said_by(SOURCE.replace(guard, without), attack(made), [made.trusted]) == []
