"""The manifest of a pack: what is in it, what it says, and what it does not. Its form is `evidence-pack.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..digest import digest_bytes
from .gaps import gaps_of
from .manifest import judged_steps

SPEC = "evidence-pack/v1"
_CONTROL = {"pass": "satisfied", "fail": "not_satisfied", "error": "not_tested", "not_applicable": "not_applicable"}
_MEDIA = {"json": "application/json", "html": "text/html", "py": "text/x-python",
          "note": "text/plain; charset=utf-8", "tsr": "application/timestamp-reply"}


def pack_manifest(facts: Mapping[str, Any], members: Mapping[str, bytes]) -> dict[str, Any]:
    """The manifest over some members.

    Args:
        facts: as `make_pack` has them.
    """
    run, model = facts["run"], facts["model"]
    return {
        "spec": SPEC,
        "pack_id": f"{model['id']}/{model['version']}/{run['dag']}/{run['id']}",
        "created_at": facts["created_at"],
        "period": {"from": run["started_at"], "to": facts["created_at"]},
        "generator": {"name": "modelops-airflow", "version": facts["version"], "dag_id": run["dag"], "run_id": run["id"]},
        "model": model,
        "run": {"verdict": run["verdict"], "warned": run["warned"], "subject": run["subject"], "design": run["design"]},
        "policy": [{"pack": name, "digest": _bare(digest), "packed": facts["policies"].get(name) is not None}
                   for name, digest in facts["plan"]["policies"].items()],
        "controls": _controls(facts),
        "items": [_item(name, members[name], facts) for name in sorted(members)],
        "population": facts["population"],
        "inputs": facts["inputs"],
        "findings": facts["findings"],
        "approvals": _approvals(facts),
        "deployments": [{key: one[key] for key in ("environment", "state", "target", "strength", "at")} for one in facts["deployments"]],
        "break_glass": facts["break_glass"],
        "log": facts["log"],
        "assurance": facts["assurance"],
        "gaps": gaps_of(facts),
    }


def _controls(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every step that is judged: what demands it, what it came to, and on which evidence."""
    told = []
    results = {one["step"]: one for one in facts["results"]}
    for step in judged_steps(facts["plan"]):
        one = results.get(step["id"])
        verdict = one["verdict"] if one else "error"
        entry = {
            "control": step["id"], "ref": ", ".join(_ref(words, facts["plan"]) for words in step["required_by"]), "status": _CONTROL[verdict], "verdict": verdict,
            "warned": bool(one and one["warned"]), "evidence": [f"statements/{step['id']}.dsse.json"] if step["id"] in facts["statements"] else [],
        }
        waived = passed_over(facts).get(step["id"])
        if verdict != "pass":
            rows = one["judgements"] if one else []
            entry["reason"] = "; ".join(str(row["reason"] or row["condition"]) for row in rows if row["verdict"] != "pass") or "no result"
        if waived:
            entry |= {"status": "waived", "waiver": ", ".join(str(one["waiver"]) for one in waived), "valid_until": min(one["words"]["until"] for one in waived)}
            entry["reason"] += "".join(f"; waiver {one['waiver']} of {one['words']['pack']} {one['words']['control']} until {one['words']['until']}: "
                                       f"{one['words']['reason']}; meanwhile {'; '.join(one['words']['compensating'])}" for one in waived)
        told.append(entry)
    return told


def passed_over(facts: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """Step -> the waivers that the decision rests on there, each in its words."""
    told, found = {one["waiver"]: one for one in facts.get("waivers") or ()}, dict[str, list[Mapping[str, Any]]]()
    if not told:
        return {}
    for one in json.loads(facts["evidence_manifest"]).get("waived", ()):
        found.setdefault(one["step"], []).append(told[one["waiver"]])
    return found


def _ref(words: str, plan: Mapping[str, Any]) -> str:
    """Who demands a step; a control of a draft pack is told as one, so that no status beside it reads as plain."""
    pack = (plan.get("packs") or {}).get(words.partition(" ")[0])
    return f"{words} (draft pack)" if pack is not None and pack["draft"] else words


def _item(name: str, data: bytes, facts: Mapping[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {"path": name, "media_type": _MEDIA[name.rpartition(".")[2]], "sha256": _bare(digest_bytes(data)), "size": len(data)}
    if name.startswith("statements/"):
        step = name.removeprefix("statements/").removesuffix(".dsse.json")
        told = facts["statements"][step]
        measurement = told["body"]["predicate"]["measurement"]
        entry |= {
            "type": "statement", "produced_at": told["at"],
            "check": {"use": measurement["check"], "version": measurement["version"], "status": measurement["status"]},
            "inputs": [{"name": side, "sha256": _bare(digest)} for side, digest in measurement["inputs"].items()],
        }
        return entry
    if name.startswith("timestamps/"):
        return entry | {"type": "timestamp" if name.endswith(".tsr") else "checkpoint", "produced_at": facts["created_at"]}
    return entry | {"type": name.partition(".")[0], "produced_at": facts["created_at"]}


def _approvals(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    told = []
    for step in facts["plan"]["steps"]:
        if step["phase"] != "gate":
            continue
        signers = [{
            "actor": {"id": one["person"], "kind": "person", "role": one["role"]}, "meaning": one["meaning"], "decision": one["decision"],
            "at": one["at"], "reason": one["comment"], "signed_by": _signed_by(one), "withdrawn": one["withdrawn_at"] is not None,
        } for one in facts["decisions"] if one["step"] == step["id"]]
        told.append({"gate": step["id"], "needs": dict(step["options"]["roles"]), "state": facts["gates"][step["id"]], "signers": signers})
    return told


def _signed_by(decision: Mapping[str, Any]) -> str:
    if not decision["envelope"]:
        return "nobody"
    return "person" if decision["by"] else "server"


def _bare(digest: str) -> str:
    return digest.removeprefix("sha256:")
