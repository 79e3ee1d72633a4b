"""What a verified pack of another installation says, in the few facts that somebody elsewhere may build on. Pure.

Nothing here counts as an approval: who approved there is told by gate and state, and is no decision anywhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..digest import Digest, digest_bytes
from ..errors import EvidenceError
from .manifest import environment_of
from .verify import unzipped, verify

_ID, _VERSION = re.compile(r"[a-z0-9][a-z0-9-]{0,99}"), re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}")


@dataclass(frozen=True)
class Crossing:
    """A verified pack.

    Attributes:
        digest: of the pack's bytes.
        signer: fingerprint of the key that signed it, one that is trusted here.
        environment: that of the run, which its key is trusted for.
        kind, kind_options: what the model is and how it is opened.
        subject: what people decided over there.
        verdict: of the run over all its measurements; only `pass` is good.
        gates: gate -> its state when the pack was made.
        run: DAG and id of the run.
        made_at: when the pack was made, by the sender's clock.
        level: its assurance level there, and `ledger` whether its ledger is anchored, both by its own word.
        gaps: what the pack says that it does not prove.
        stopped: in words, that it was taken out of service there, or retired; empty if it was not.
    """

    digest: Digest
    signer: str
    environment: str
    model: str
    version: str
    artifact: Digest
    kind: str
    kind_options: Mapping[str, Any]
    subject: str
    verdict: str
    gates: Mapping[str, str]
    run: str
    made_at: datetime
    level: str
    ledger: str
    gaps: tuple[str, ...]
    stopped: str = ""

    @property
    def passed(self) -> bool:
        """Whether every requirement was met there, nobody rejected it, and it was not taken out of service again."""
        return self.verdict == "pass" and "rejected" not in self.gates.values() and not self.stopped


def crossing_of(data: bytes, trusted: Mapping[str, Collection[str]]) -> Crossing:
    """What a pack says that verifies offline, was signed by a trusted key and is of an environment that the key speaks for.

    Args:
        trusted: fingerprint -> environments, as governance names them.

    Raises:
        EvidenceError: anything about it does not hold.
    """
    if not trusted:
        raise EvidenceError("governance names no key of another installation; name one in environments.<name>.trust")
    answer = verify(data, trusted)
    if answer["problems"]:
        raise EvidenceError(f"the pack does not verify: {answer['problems'][0]}")
    try:
        return _facts(data, str(answer["origin"]), trusted, answer["gaps"])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise EvidenceError(f"the pack cannot be read as one: {error!r:.150}") from None


def _facts(data: bytes, signer: str, trusted: Mapping[str, Collection[str]], gaps: list[str]) -> Crossing:
    members = unzipped(data)
    body, plan, run = (json.loads(members[f"{name}.json"]) for name in ("manifest", "plan", "run"))
    told, planned, environment = body["model"], plan["model"], environment_of(plan)
    if (told["id"], told["version"], told["kind"]) != (planned["id"], planned["version"], planned["kind"]):
        raise EvidenceError("the pack is of another model or version than its plan")
    if not _ID.fullmatch(told["id"]) or not _VERSION.fullmatch(told["version"]):
        raise EvidenceError("the pack's model has no id, or its version no number, that could be one here")
    made_at = datetime.fromisoformat(body["created_at"].replace("Z", "+00:00"))
    if made_at.tzinfo is None:
        raise EvidenceError("the pack says when it was made without saying in which time zone")
    if environment is None or environment not in trusted[signer]:
        named = ", ".join(sorted(trusted[signer]))
        raise EvidenceError(f"the pack is of environment {environment}, and the key {signer} is trusted for {named} alone")
    return Crossing(
        digest=digest_bytes(data), signer=signer, environment=environment, model=told["id"], version=told["version"],
        artifact=Digest(f"sha256:{told['artifact_digest']}"), kind=told["kind"], kind_options=planned.get("with") or {},
        subject=run["subject"], verdict=run["verdict"], gates={one["gate"]: one["state"] for one in body["approvals"]},
        run=f"{run['dag']}/{run['id']}", made_at=made_at,
        level=str(body["assurance"]["level"]), ledger="anchored" if any(one.startswith("ledger: anchored (") for one in gaps) else "self-attested",
        gaps=tuple(gaps), stopped=_stopped(
            [json.loads(one["body"]) for one in json.loads(members["events.json"])], told["id"], told["version"], run["subject"], environment),
    )


def _stopped(events: list[dict[str, Any]], model: str, version: str, subject: str, environment: str) -> str:
    """What the ledger says of the end of what people decided over: for good where it was pulled back or retired, else until it is live again.

    Args:
        environment: of the run, to which an emergency release of it went.
    """
    live, said, ours = dict[str, Any](), dict[str, str](), set[tuple[str, Any]]()
    for event in sorted(events, key=lambda one: int(one["index"])):
        kind, facts = event["kind"], event["facts"]
        if event["outcome"] != "done" or event["model"] != model:
            continue
        if ended := _ended(kind, facts, version, subject):
            return ended
        where = str(facts.get("environment", environment))  # the end of an emergency release names none
        if kind == "promotion" and facts["subject"] == subject:
            ours.add((where, facts["epoch"]))
        elif kind == "live":
            live[where] = facts["epoch"]
            if (where, facts["epoch"]) in ours:
                said.pop(where, None)
        elif kind == "suspended" and (where, live.pop(where, None)) in ours:  # it ends what was live then
            said[where] = f"it was suspended in {where}"
        elif kind == "break-glass-ended" and facts["subject"] == subject and facts["how"] != "approved":
            said[where] = f"its emergency release to {where} ended without its approvals"
    return next(iter(said.values()), "")


def _ended(kind: str, facts: Mapping[str, Any], version: str, subject: str) -> str:
    """That an event ended it for good; empty if it did not."""
    if kind == "pulled-back" and facts["subject"] == subject:
        return f"it was pulled back from {facts['environment']}"
    return "its version was retired" if kind == "retired" and version in facts["versions"] else ""
