"""A release with every signature there can be, and its pack; and how an attacker writes packs."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from bank import APPROVERS, Bank, person
from modelops_airflow.digest import canonical, digest_bytes
from modelops_airflow.evidence.verify import unzipped, zipped
from modelops_airflow.governance.keys import confirm, enrolment, propose_key
from modelops_airflow.governance.signing import Signature
from modelops_airflow.governance.vote import vote
from modelops_airflow.inventory.register import Register
from modelops_airflow.ledger import EventRow
from modelops_airflow.ledger.checkpoint import Checkpoint, checkpoint_of, sign_checkpoint
from modelops_airflow.ledger.table import CheckpointRow
from modelops_airflow.ledger.tree import leaf_hash
from modelops_airflow.settings import settings_from
from modelops_airflow.signing.dsse import sign
from modelops_airflow.signing.ed25519 import fingerprint, generate, raw_public, write_public
from modelops_airflow.signing.statement import decision_statement, payload_of
from modelops_airflow.steps.evidence_pack import pack_of
from modelops_airflow.steps.pack_ledger import levels_of, path_of

Members = dict[str, bytes]


@dataclass(frozen=True)
class Made:
    """A pack and the keys behind it."""

    data: bytes
    house: Ed25519PrivateKey
    approval: Ed25519PrivateKey
    rita: Ed25519PrivateKey
    bank: Bank

    @property
    def trusted(self) -> str:
        """The fingerprint that an honest reader has from elsewhere."""
        return named(self.house)

    @property
    def members(self) -> Members:
        """The members, to change."""
        return unzipped(self.data)


def named(key: Ed25519PrivateKey) -> str:
    """A key's fingerprint."""
    return fingerprint(raw_public(key))


def signed_pack(root: Path, migrated: Path) -> Made:
    """Vera and Rolf are countersigned by the server, Rita signs with her own key; one checkpoint is anchored."""
    register = root / "register.db"
    register.write_bytes(migrated.read_bytes())
    bank = Bank(root / "bank", f"sqlite:///{register}").open()
    house, approval, rita = (generate(root / f"{name}.pem") for name in ("house", "approval", "rita"))
    write_public(root / "approval.pub.pem", raw_public(approval))
    settings = settings_from({"root": str(root), "checkpoint_key": "house.pem", "approval_key": "approval.pem",
                              "approval_public_key": "approval.pub.pem"})
    _enrol(bank, "rita", rita, approval)
    anchor(bank.register, house, settings.origin)
    release = bank.release("1.0.0")
    for gate, who in APPROVERS:
        signature = None
        if who == "rita":
            said = decision_statement(subject=release.subject, step=gate, meaning="approve", decision="approve", person=who,
                                      comment="I read it.", until=None, nth=1)
            signature = Signature(sign(payload_of(said), [rita])["signatures"][0])
        vote(bank.register, release.gates[gate], person(who), "approve", "I read it.", release.subject,
             signature=signature, approval_key=approval)
    bank.deploy(release)
    return Made(bank.store.get(pack_of(replace(bank.run(release.key), settings=settings))), house, approval, rita, bank)


def _enrol(bank: Bank, who: str, key: Ed25519PrivateKey, approval: Ed25519PrivateKey) -> None:
    with bank.register.read() as session:
        payload = enrolment(session, person(who))[1]
    named_as = propose_key(bank.register, person(who), raw_public(key), sign(payload, [key])["signatures"][0])
    confirm(bank.register, named_as, person("vera"), approval)


def anchor(register: Register, house: Ed25519PrivateKey, origin: str) -> None:
    """A checkpoint of now, that lies with somebody else."""
    with register.write() as session:
        told = checkpoint_of(session, origin)
        assert told is not None
        session.add(CheckpointRow(size=told.size, root=told.root.hex(), note=sign_checkpoint(told, house),
                                  anchors=[{"anchor": "git:/elsewhere", "class": "git remote", "at": "2026-11-24T12:00:00Z"}]))


def resealed(members: Mapping[str, bytes], key: Ed25519PrivateKey | None, change: Callable[[dict[str, Any]], None] | None = None) -> bytes:
    """A pack whose digests fit its members again, as whoever holds the key can make it (None: signed by nobody)."""
    made = dict(members)
    manifest = json.loads(made["manifest.json"])
    if change is not None:
        change(manifest)
    for one in manifest["items"]:
        if one["path"] in made:
            one["sha256"], one["size"] = digest_bytes(made[one["path"]])[7:], len(made[one["path"]])
    made["manifest.json"] = canonical(manifest)
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": digest_bytes(made[name])[7:]}} for name in sorted(made) if name != "manifest.dsse.json"],
        "predicateType": "urn:modelops-airflow:evidence-pack:1", "predicate": manifest,
    }
    made["manifest.dsse.json"] = canonical(sign(canonical(statement), [key] if key is not None else []))
    return zipped(made)


def edited(members: Members, name: str, change: Callable[[Any], None]) -> Members:
    """The members with one JSON changed."""
    body = json.loads(members[name])
    change(body)
    return {**members, name: canonical(body)}


def key_entry(key: Ed25519PrivateKey, *may: str, of: str | None = None) -> dict[str, Any]:
    """A line of the keyring."""
    public = raw_public(key)
    return {"fingerprint": fingerprint(public), "public": base64.b64encode(public).decode(), "kind": "ed25519", "may": list(may), "person": of}


def reledgered(
    made: Made, members: Members, change: Callable[[dict[str, Any]], Any], seal: Callable[[dict[str, Any]], Any] = lambda _: None,
    more: Sequence[tuple[str, dict[str, Any]]] = (),
) -> bytes:
    """The pack over a ledger in which every event was changed as told: who holds the house key can write one anew.

    Args:
        seal: what else changes in the manifest.
        more: kinds and facts of events at the end of the ledger.
    """
    log = json.loads(members["manifest.json"])["log"]
    with made.bank.register.read() as session:
        bodies = [json.loads(one) for one in session.scalars(select(EventRow.body).order_by(EventRow.index))][:log["tree_size"]]
    last = len(bodies)
    bodies += [{**bodies[-1], "index": last + number, "kind": kind, "facts": facts, "outcome": "done", "model": "pricing"}
               for number, (kind, facts) in enumerate(more)]
    for one in bodies:
        change(one)
    written = [canonical(one) for one in bodies]
    levels = levels_of([leaf_hash(one) for one in written])
    head = Checkpoint(log["origin"], len(written), levels[-1][0])

    def rewrite(events: list[dict[str, Any]]) -> None:
        events += [{"index": last + number} for number in range(len(more))]
        for one in events:
            one.update(body=written[one["index"]].decode(), proof=[part.hex() for part in path_of(levels, one["index"])])

    def sealed(manifest: dict[str, Any]) -> None:
        manifest["log"].update(root=head.root.hex(), tree_size=head.size, checkpoint=sign_checkpoint(head, made.house), anchored=[])
        seal(manifest)

    return resealed(edited(members, "events.json", rewrite), made.house, sealed)


def said_by(source: str, data: bytes, trust: Sequence[str]) -> list[str]:
    """The problems that a verifier of this text finds."""
    names: dict[str, Any] = {"__name__": "verifier"}
    exec(compile(source, "verify.py", "exec"), names)
    return list(names["verify"](data, trust)["problems"])
