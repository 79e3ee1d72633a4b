"""What a deployment lacks to be allowed, told from raw rows alone. The second opinion beside `promote()`.

Nothing of the product is imported: subject, holders, authors, expiry and counting are computed here once more,
from the words of the design. A set of approvals is complete if for every gate of the pinned plan and every role
there are so many different people who hold it now, are no authors, and count nowhere else.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from raw_rows import Rows


def lacking(rows: Rows, deployment: Mapping[str, Any]) -> list[str]:
    """Why a deployment must not be permitted at the time the rows were read; empty if it may."""
    run = rows.one("run", "id", deployment["run"])
    if run is None:
        return ["it has no run"]
    plan, version = document(rows, run["plan"]), rows.one("version", "id", run["version_id"])
    assert version is not None
    found = []
    if len({deployment["artifact"], run["artifact"], version["artifact"]}) > 1:
        found.append("the artifacts differ")
    if run["verdict"] != "pass" or deployment["subject"] != run["subject"] != _subject(plan, run):
        found.append("it is bound to another subject")
    if _subject(plan, run) != run["subject"]:
        found.append("the subject is not that of plan, artifact and evidence")
    gates = {step["id"]: step["options"]["roles"] for step in plan["steps"] if step["phase"] == "gate"}
    return found + (_gates(rows, gates, str(run["subject"]), version) if gates else ["there is no gate"])


def document(rows: Rows, digest: str) -> Any:
    """A stored document, whose bytes must be those of its digest."""
    row = rows.one("document", "digest", digest)
    assert row is not None and digest == "sha256:" + sha256(bytes(row["body"])).hexdigest(), f"{digest} has changed"
    return json.loads(bytes(row["body"]))


def _gates(rows: Rows, gates: Mapping[str, Mapping[str, int]], subject: str, version: Mapping[str, Any]) -> list[str]:
    active = rows.one("governance", "state", "active")
    assert active is not None
    governance = document(rows, active["digest"])
    authors = {_same(name) for name, _ in version["authors"]}
    found, counted = [], set[str]()
    decisions = [row for row in rows.of("decision") if row["subject"] == subject and row["withdrawn_at"] is None]
    found += [f"{row['person']} rejects at {row['step']}" for row in decisions if row["decision"] == "reject"]
    for step, roles in gates.items():
        for role, number in roles.items():
            people = {row["person"] for row in decisions if (row["step"], row["role"]) == (step, role)
                      and row["decision"] == "approve"
                      and (row["expires_at"] is None or row["expires_at"] > rows.now)
                      and row["person"] in governance["roles"].get(role, {}).get("held_by", ())
                      and not _names(governance, row["person"]) & authors}
            if len(people - counted) < max(number, 1):
                found.append(f"{step} has {len(people - counted)} of {number} {role}")
            counted |= people
    return found


def _names(governance: Mapping[str, Any], person: str) -> set[str]:
    facts = governance["people"][person]
    logins = [name for manager, login in facts["login"].items() for name in (login, f"{manager}:{login}")]
    return {_same(name) for name in [person, facts.get("name", ""), *facts.get("git", ()), *logins]} - {""}


def _same(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _subject(plan: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    """One digest over artifact, plan, policies, evidence, gates and slot (design, "Subject")."""
    to = next((step["options"]["to"] for step in plan["steps"] if step["uses"] == "deploy"), "")
    slot = f"{plan['model']['id']}@{to}"
    gates = {step["id"]: step["options"] for step in plan["steps"] if step["phase"] == "gate"}
    steps = [{key: value for key, value in step.items() if key != "profile"} for step in plan["steps"]]
    approved = {**{key: value for key, value in plan.items() if key != "schedule"}, "steps": steps}
    return _digest({"artifact": run["artifact"], "authority": _digest({"gates": gates, "slot": slot}),
                    "manifest": run["manifest"], "plan": _digest(approved), "policies": plan["policies"], "slot": slot})


def _digest(value: Any) -> str:
    data = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    return "sha256:" + sha256(data).hexdigest()
