"""Packs of the first form, `modelops-airflow/pack/1`: no longer made, verified for ever.

They carry no signatures: byte for byte they are what their manifest says, and nobody vouches for it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from ..digest import canonical, digest_bytes

SPEC = "modelops-airflow/pack/1"
MANIFEST = "manifest.json"


def is_first_form(members: Mapping[str, bytes]) -> bool:
    """Whether these are the members of a pack of the first form."""
    try:
        return bool(json.loads(members[MANIFEST])["spec"] == SPEC)
    except (KeyError, ValueError, TypeError):
        return False


def verify_first_form(members: Mapping[str, bytes], trust: Collection[str]) -> dict[str, Any]:
    """What a pack of the first form establishes, in the words of `verify.py`."""
    listed = json.loads(members[MANIFEST])
    problems = _outer(members, listed) or _inner(members)
    if trust:
        problems.append(f"the manifest is not signed by a trusted key: packs of the form {SPEC} are signed by nobody")
    established = [] if problems else [f"{len(members)} members are what the manifest says, signed by nobody"]
    return {"problems": problems, "established": established, "gaps": list(listed["gaps"]), "origin": None}


def _outer(members: Mapping[str, bytes], listed: Mapping[str, Any]) -> list[str]:
    if canonical(listed) != members[MANIFEST]:
        return [f"{MANIFEST} is not canonical JSON"]
    named = dict(listed["members"])
    inside = [name for name in members if name != MANIFEST]
    problems = [f"{name} is not in the manifest" for name in inside if name not in named]
    problems += [f"{name} is missing" for name in named if name not in members]
    return problems + [f"{name} has changed" for name in inside if name in named and digest_bytes(members[name]) != named[name]]


def _inner(members: Mapping[str, bytes]) -> list[str]:
    """Whether the evidence manifest names the statements, and the run the manifest."""
    if "evidence-manifest.json" not in members:
        return ["the run was never decided"]
    told, run = json.loads(members["evidence-manifest.json"]), json.loads(members["run.json"])
    problems = [f"statement of {step} is not the one that was judged" for step, digest in told["evidence"]
                if digest_bytes(members.get(f"statements/{step}.json", b"")) != digest]
    if digest_bytes(members["evidence-manifest.json"]) != run["manifest"]:
        problems.append("the run was decided over another evidence manifest")
    return problems + [f"an approval of {one['person']} is over another subject"
                       for one in json.loads(members["approvals.json"]) if one["subject"] != run["subject"]]
