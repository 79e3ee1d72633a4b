"""Attacks on a pack, each with what the verifier says of it: by the house itself, or by whoever stole its keys.

They are written over one honest pack with every signature (`signed_pack`). Where an attack needs another ledger, the
ledger is written anew, as whoever holds the house key can.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_pack import Made, edited, key_entry, named, reledgered, resealed

from modelops_airflow.digest import canonical, digest_bytes
from modelops_airflow.evidence.manifest import subject_of
from modelops_airflow.evidence.verify import zipped
from modelops_airflow.signing.dsse import sign

Change = Callable[[Any], None]


@dataclass(frozen=True)
class Attack:
    """What somebody does to a pack, and the words in which the verifier refuses it."""

    name: str
    forge: Callable[[Made], bytes]
    told: str


def rewritten(member: str, change: Change) -> Callable[[Made], bytes]:
    """One member changed, and everything sealed anew."""
    return lambda made: resealed(edited(made.members, member, change), made.house)


def manifested(change: Change) -> Callable[[Made], bytes]:
    """The manifest changed, and sealed anew."""
    return lambda made: resealed(made.members, made.house, change)


def of(who: str, **facts: Any) -> Change:
    """One person's decision changed."""
    return lambda rows: next(one for one in rows if one["person"] == who).update(facts)


def facts(kind: str, **changed: Any) -> Change:
    """Facts of every event of a kind changed."""
    return lambda event: event["facts"].update(changed) if event["kind"] == kind else None


def also(*changes: Change) -> Change:
    """Several changes."""

    def change(one: Any) -> None:
        for each in changes:
            each(one)

    return change


def with_plan(made: Made) -> bytes:
    """Another plan, and a ledger that says it was pinned."""
    members = edited(made.members, "plan.json", lambda plan: plan["policies"].update(house="sha256:" + "2" * 64))
    return reledgered(made, members, facts("pinned", plan=digest_bytes(members["plan.json"])))


def role_lost(made: Made) -> bytes:
    """Another governance, and a ledger that says it was in force."""
    members = edited(made.members, "governance.json", lambda body: body["roles"]["risk"]["held_by"].remove("rolf"))
    return reledgered(made, members, facts("governance-activated", governance=digest_bytes(members["governance.json"])))


def author(name: str) -> Callable[[Made], bytes]:
    """Somebody was an author all along: pack and ledger say so, and their approval stands."""
    return lambda made: reledgered(made, edited(made.members, "run.json", lambda run: run["authors"].append([name, "started the run"])),
                                   lambda event: event["facts"]["authors"].append(name) if event["kind"] == "promotion" else None)


def event_changed(made: Made) -> bytes:
    """One event another one, the rest as it was."""
    def change(rows: Any) -> None:
        one = next(one for one in rows if '"kind":"publishing"' in one["body"])
        one["body"] = one["body"].replace('"deployment":1', '"deployment":2')

    return resealed(edited(made.members, "events.json", change), made.house)


def signed_again(key: Ed25519PrivateKey, by: str = "rita") -> Change:
    """Somebody's words signed with another key; what the server recorded stays."""
    def change(rows: list[dict[str, Any]]) -> None:
        one = next(one for one in rows if one["person"] == by)
        one["envelope"] = {**one["envelope"], **sign(base64.b64decode(one["envelope"]["payload"]), [key])}

    return change


def key_of_nobody(made: Made) -> bytes:
    """Rita's words signed with a key that the house calls hers, and the ledger does not know."""
    other = Ed25519PrivateKey.generate()
    members = edited(made.members, "approvals.json", signed_again(other))
    return resealed(edited(members, "keyring.json", lambda keys: keys.append(key_entry(other, "decision", of="rita"))), made.house)


def key_of_another(made: Made) -> bytes:
    """Rita's words signed with a key of Vera."""
    other = Ed25519PrivateKey.generate()
    members = edited(made.members, "approvals.json", signed_again(other))
    return resealed(edited(members, "keyring.json", lambda keys: keys.append(key_entry(other, "decision", of="vera"))), made.house)


def key_told(kind: str, **changed: Any) -> Callable[[Made], bytes]:
    """The event of some check, told before anybody decided, is one about Rita's key."""
    def forge(made: Made) -> bytes:
        told = {"by": "vera", "envelope": None, "fingerprint": named(made.rita), "person": "rita", **changed}

        def change(event: dict[str, Any]) -> None:
            if event["kind"] == "gate-opened" and event["facts"]["step"] == "approve-validation":
                event.update(kind=kind, facts=told)

        return reledgered(made, made.members, change)

    return forge


def confirmed_by(person: str) -> Callable[[Made], bytes]:
    """Rita's key was confirmed by this person, and no server signs anything."""
    def forge(made: Made) -> bytes:
        members = edited(made.members, "keyring.json", lambda keys: keys.remove(next(one for one in keys if "approval" in one["may"])))
        return reledgered(made, members, facts("key-activated", by=person))

    return forge


def redecided(change: Change, *lost: str) -> Callable[[Made], bytes]:
    """Another evidence manifest, with run, ledger and decisions over it."""
    def forge(made: Made) -> bytes:
        members = {name: body for name, body in edited(made.members, "evidence-manifest.json", change).items()
                   if name not in {f"statements/{step}.dsse.json" for step in lost}}
        run, plan, told = (json.loads(members[f"{name}.json"]) for name in ("run", "plan", "evidence-manifest"))
        frozen = digest_bytes(members["evidence-manifest.json"])
        subject = subject_of(plan, artifact="sha256:" + json.loads(members["manifest.json"])["model"]["artifact_digest"], manifest=frozen)
        instead = {run["subject"]: subject, run["manifest"]: frozen}

        def ledger(event: dict[str, Any]) -> None:
            for name, value in event["facts"].items():
                event["facts"][name] = instead.get(value, value) if isinstance(value, str) else value
            if event["kind"] == "decided":
                event["facts"]["verdict"] = told["verdict"]

        members = edited(members, "run.json", lambda run: run.update(subject=subject, manifest=frozen, verdict=told["verdict"]))
        members = edited(members, "approvals.json", lambda rows: [one.update(subject=subject) for one in rows] and None)
        listed = {f"statements/{step}.dsse.json" for step in lost}
        return reledgered(made, members, ledger, lambda body: body.update(items=[one for one in body["items"] if one["path"] not in listed]))

    return forge


def statement(change: Callable[[bytes], bytes]) -> Callable[[Made], bytes]:
    """Another statement of the check `bias`, signed by the house."""
    def forge(made: Made) -> bytes:
        name = "statements/bias.dsse.json"
        payload = change(base64.b64decode(json.loads(made.members[name])["payload"]))
        return resealed({**made.members, name: canonical(sign(payload, [made.house]))}, made.house)

    return forge


def envelope(member: str, change: Change) -> Callable[[Made], bytes]:
    """An envelope of the pack changed, outside what is signed."""
    return lambda made: zipped({**made.members, member: canonical(changed(json.loads(made.members[member]), change))})


def changed(body: Any, change: Change) -> Any:
    """A value after a change."""
    change(body)
    return body


def judged_statement(change: Change) -> Callable[[Made], bytes]:
    """Another statement of `bias` that the whole pack, ledger included, says was judged."""
    def forge(made: Made) -> bytes:
        name = "statements/bias.dsse.json"
        body = changed(json.loads(base64.b64decode(json.loads(made.members[name])["payload"])), change)
        payload = canonical(body)
        with_it = Made(zipped({**made.members, name: canonical(sign(payload, [made.house]))}), made.house, made.approval, made.rita, made.bank)
        return redecided(lambda told: next(one for one in told["evidence"] if one[0] == "bias").__setitem__(1, digest_bytes(payload)))(with_it)

    return forge


def anchored(change: Change) -> Callable[[Made], bytes]:
    """What the pack says of the ledger changed."""
    return manifested(lambda manifest: change(manifest["log"]))


def event(number: int, change: Change) -> Callable[[Made], bytes]:
    """The row of one event changed."""
    return rewritten("events.json", lambda rows: change(rows[number]))


def deployed(**told: Any) -> Callable[[Made], bytes]:
    """What the pack says of its deployment changed."""
    return rewritten("deployments.json", lambda rows: rows[0].update(told))


def observed_elsewhere(made: Made) -> bytes:
    """The target showed other bytes."""
    return deployed(observed="sha256:" + "3" * 64)(made)


def never_heard(made: Made) -> bytes:
    """Rolf's approval is told nowhere, and the gate is called approved all the same."""
    fewer = edited(made.members, "approvals.json", lambda rows: rows.remove(next(one for one in rows if one["person"] == "rolf")))

    def unheard(event: dict[str, Any]) -> None:
        if event["kind"] == "decision" and event["facts"]["person"] == "rolf":
            event["outcome"] = "refused"

    return reledgered(made, fewer, unheard)


def never_heard_and_open(made: Made) -> bytes:
    """The same, and the gate is called what it is."""
    forged = Made(never_heard(made), made.house, made.approval, made.rita, made.bank)
    return resealed(forged.members, made.house, lambda manifest: manifest["approvals"][1].update(state="open"))


def other_key_under_its_name(made: Made) -> bytes:
    """Another key under the trusted fingerprint."""
    other = Ed25519PrivateKey.generate()

    def replace(keys: list[dict[str, Any]]) -> None:
        next(one for one in keys if one["fingerprint"] == made.trusted)["public"] = key_entry(other)["public"]

    return resealed(edited(made.members, "keyring.json", replace), other)


def sealed_by_another(made: Made) -> bytes:
    """A pack that somebody else vouches for."""
    return resealed(edited(made.members, "keyring.json", lambda keys: keys.append(key_entry(made.rita, "manifest"))), made.rita)


def ended(kind: str, **told: Any) -> Callable[[Made], bytes]:
    """The ledger says at its end that the deployment was ended; the pack says that it is live."""
    def forge(made: Made) -> bytes:
        subject = json.loads(made.members["run.json"])["subject"]
        return reledgered(made, made.members, lambda _: None, more=[(kind, {**told, "by": "vera", "subject": subject})])

    return forge


NOWHERE = "sha256:" + "3" * 64
def without_statement(made: Made) -> bytes:
    """A statement taken out, and everything sealed anew; the ledger has no tombstone of it."""
    name = "statements/bias.dsse.json"
    members = {one: data for one, data in made.members.items() if one != name}
    return resealed(members, made.house, lambda manifest: manifest.update(items=[one for one in manifest["items"] if one["path"] != name]))


ATTACKS = [
    Attack("a statement taken out", without_statement, "the ledger has no tombstone of it"),
    Attack("bytes outside the members", lambda made: made.data + b"x", "canonical form"),
    Attack("a member that is not in the manifest", lambda made: zipped({**made.members, "more.json": b"{}"}), "is not in the manifest"),
    Attack("no signed manifest", lambda made: zipped({"a": b"b"}), "no signed manifest"),
    Attack("sealed by another key", sealed_by_another, "not signed by a trusted key"),
    Attack("another key under the trusted name", other_key_under_its_name, "another name than its own"),
    Attack("a key that may not sign manifests", lambda made: resealed(made.members, made.rita), "does not hold"),
    Attack("the manifest says another thing than was signed", lambda made: zipped(
        {**made.members, "manifest.dsse.json": edited(dict(made.members), "manifest.dsse.json", lambda body: body.update(more=1))["manifest.dsse.json"]}),
        "the signed manifest is another one"),
    Attack("a signature in another spelling", envelope("manifest.dsse.json", lambda body: body["signatures"][0].update(
        sig=body["signatures"][0]["sig"] + "\n")), "cannot be read"),
    Attack("a payload of another type", envelope("manifest.dsse.json", lambda body: body.update(payloadType="text/plain")), "not of an in-toto statement"),
    Attack("one signature many times", rewritten("statements/bias.dsse.json", lambda body: body.update(signatures=body["signatures"] * 500)), "too many signatures"),
    Attack("JSON with blanks", lambda made: resealed({**made.members, "results.json": made.members["results.json"] + b" "}, made.house), "not canonical JSON"),
    # the ledger
    Attack("a checkpoint of another size", anchored(lambda log: log.update(tree_size=log["tree_size"] + 1)), "another size or root"),
    Attack("a checkpoint of another ledger", anchored(lambda log: log.update(checkpoint=log["checkpoint"].replace("register", "Register", 1))), "not signed by the key"),
    Attack("a log that does not continue the anchored one", anchored(lambda log: log["anchored"][0].update(proof=log["anchored"][0]["proof"][::-1])), "does not continue"),
    Attack("a log shorter than the anchored one", lambda made: resealed(made.members, made.house, lambda body: (
        body["log"]["anchored"][0].update(checkpoint=body["log"]["checkpoint"], tree_size=body["log"]["tree_size"], root=body["log"]["root"], proof=["00"]))), "does not continue"),
    Attack("a changed event", event_changed, "is not in the ledger"),
    Attack("a proof too short", event(5, lambda row: row.update(proof=[])), "too short"),
    Attack("a proof too long", event(5, lambda row: row.update(proof=row["proof"] * 2)), "too long"),
    Attack("an event out of place", event(5, lambda row: row.update(index=6)), "out of place"),
    # the evidence
    Attack("another number in a statement", statement(lambda payload: payload.replace(b"0.92", b"0.99")), "not the one that was judged"),
    Attack("a statement about another artifact", judged_statement(lambda body: body["subject"][0]["digest"].update(sha256="4" * 64)), "about something else"),
    Attack("a statement of another kind", judged_statement(lambda body: body.update(predicateType="urn:modelops-airflow:decision:1")), "about something else"),
    Attack("a statement that nobody judged", lambda made: resealed({**made.members, "statements/more.dsse.json": made.members["statements/bias.dsse.json"]}, made.house, lambda body: body["items"].append(
        {**next(one for one in body["items"] if one["path"] == "statements/bias.dsse.json"), "path": "statements/more.dsse.json"})), "a statement was not judged"),
    Attack("a check left out", redecided(lambda told: told.update(evidence=[one for one in told["evidence"] if one[0] != "bias"]), "bias"), "not that of the steps"),
    Attack("another result", rewritten("results.json", lambda rows: rows[0].update(verdict="not_applicable")), "another result"),
    Attack("another verdict", rewritten("evidence-manifest.json", lambda body: body.update(verdict="fail")), "decided over other evidence"),
    Attack("another subject", rewritten("run.json", lambda run: run.update(subject="sha256:" + "1" * 64)), "not over this artifact"),
    Attack("another plan", with_plan, "not over this artifact"),
    Attack("another schedule than was pinned", rewritten("plan.json", lambda plan: plan.update(schedule="@hourly")), "pinned another plan"),
    Attack("a run that the ledger has failed", lambda made: reledgered(made, made.members, facts("decided", verdict="fail")), "decided the run over something else"),
    # the deployment
    Attack("a run that failed is live", redecided(lambda told: told.update(verdict="fail")), "a run that did not pass was deployed"),
    Attack("a deployment left out", rewritten("deployments.json", lambda rows: rows.clear()), "the ledger has a deployment that the pack has not"),
    Attack("a deployment that nobody permitted", rewritten("deployments.json", lambda rows: rows.append({**rows[0], "epoch": 7})), "no such permission"),
    Attack("a stronger target", deployed(strength="enforced"), "no such permission"),
    Attack("another time of the deployment", deployed(at="2020-01-01T00:00:00Z"), "no such permission"),
    Attack("another state of the deployment", deployed(state="withdrawn"), "by the ledger production is not withdrawn"),
    Attack("a superseded one that never was live", lambda made: reledgered(
        made, edited(made.members, "deployments.json", lambda rows: rows[0].update(state="superseded")),
        lambda event: event.update(outcome="denied") if event["kind"] == "live" else None), "by the ledger production is not superseded"),
    Attack("live after a stop", ended("suspended", environment="production", epoch=2), "by the ledger production is not live"),
    Attack("live after its end", ended("retired", versions=["1.0.0"]), "by the ledger production is not live"),
    Attack("live after its emergency", ended("break-glass-ended", how="late"), "by the ledger production is not live"),
    Attack("another artifact at the target", observed_elsewhere, "another artifact was deployed"),
    Attack("an emergency that never was", manifested(lambda body: body.update(break_glass=[{"person": "vera", "reason": "", "at": "", "due_at": "", "closed_at": None}])),
           "other emergency releases"),
    # the people
    Attack("another governance than was in force", rewritten("governance.json", lambda body: body["roles"]["risk"]["held_by"].append("olaf")), "another governance"),
    Attack("a role lost", role_lost, "is open by its decisions"),
    Attack("an author left out", rewritten("run.json", lambda run: run.update(authors=[])), "authors whom the pack has not"),
    Attack("an author approves", author("simple:vera"), "is open by its decisions"),
    Attack("an author in other letters approves", author("\uff32ITA@bank.example"), "is open by its decisions"),
    Attack("other gates", manifested(lambda body: body["approvals"].pop()), "other gates than the plan"),
    Attack("a gate called approved that is not", never_heard, "is open by its decisions, not approved"),
    Attack("deployed without approvals", never_heard_and_open, "without the approvals"),
    Attack("a decision over another subject", rewritten("approvals.json", of("rita", subject=NOWHERE)), "over another subject"),
    Attack("another decision than was signed", rewritten("approvals.json", of("rita", nth=2)), "not what was signed"),
    Attack("another time than the server signed", rewritten("approvals.json", of("rolf", at="2020-01-01T00:00:00Z")), "recorded and signed"),
    Attack("another comment", rewritten("approvals.json", of("rita", comment="Anything goes.")), "not in the ledger as it is told"),
    Attack("another person", rewritten("approvals.json", of("rita", person="ruth")), "the ledger has a decision that the pack has not"),
    Attack("a condition", rewritten("approvals.json", of("rita", conditions=["a condition"])), "not in the ledger as it is told"),
    Attack("no end", rewritten("approvals.json", of("rolf", expires_at=None)), "not in the ledger as it is told"),
    Attack("taken back, or not", rewritten("approvals.json", of("rolf", withdrawn_at="2020-01-01T00:00:00Z")), "in force, or taken back"),
    Attack("a decision left out", rewritten("approvals.json", lambda rows: rows.pop()), "the pack has not: rolf at approve-risk"),
    Attack("a decision told twice", rewritten("approvals.json", lambda rows: rows.append(rows[-1])), "a decision is told that is not in the ledger"),
    Attack("a signature taken off", rewritten("approvals.json", of("rolf", envelope=None)), "is open by its decisions"),
    Attack("a record taken off", rewritten("approvals.json", lambda rows: [one["envelope"].pop("record") for one in rows] and None), "is open by its decisions"),
    Attack("a key that nobody confirmed", key_of_nobody, "is open by its decisions"),
    Attack("a key of somebody else", key_of_another, "is open by its decisions"),
    Attack("a key that its holder confirmed", confirmed_by("rita"), "is open by its decisions"),
    Attack("a key that was revoked before", key_told("key-revoked"), "is open by its decisions"),
]
