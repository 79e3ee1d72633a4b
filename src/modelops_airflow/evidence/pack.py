"""The evidence pack: one canonical zip about a run, which a stranger can check offline with `verify.py`.

Sorted members, stored, fixed times: the same facts give the same bytes, and every changed byte
shows. It says itself what it does not prove.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..digest import canonical, digest_bytes
from ..signing.dsse import sign
from .pack_manifest import pack_manifest
from .page import page_of
from .statement import STATEMENT
from .verify import zipped

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MANIFEST, ENVELOPE = "manifest.json", "manifest.dsse.json"
PREDICATE = "urn:modelops-airflow:evidence-pack:1"
VERIFIER = Path(__file__).with_name("verify.py")


def make_pack(facts: Mapping[str, Any], key: Ed25519PrivateKey | None) -> bytes:
    """The zip over everything known of a decided run.

    Args:
        facts: created_at, version, model, run, plan, policies, governance, governances (those of later permissions, and those that its waivers are judged by), evidence_manifest (bytes), statements
            ({step: {"bytes", "body", "at"}}), pictures ({step: SVG}), results, decisions, gates, deployments, events, log,
            stamps ({size: (note, token)}), keyring, waivers (absent or empty: none), review, scheduler, loosened (absent or None: nothing to say), population, inputs, findings, break_glass, assurance.
        key: the checkpoint key; without one nothing in the pack is signed by the house, and the pack says so.
    """
    keys = [key] if key is not None else []
    bodies = {"run": facts["run"], "plan": facts["plan"], "policies": facts["policies"], "governance": facts["governance"],
              "results": facts["results"], "approvals": facts["decisions"], "deployments": facts["deployments"],
              "events": facts["events"], "keyring": facts["keyring"], **({"waivers": facts["waivers"]} if facts.get("waivers") else {})}
    members = {f"{name}.json": canonical(body) for name, body in bodies.items()}
    members |= {f"governance-{number}.json": canonical(body) for number, body in enumerate(facts["governances"], 2)}
    members["evidence-manifest.json"] = facts["evidence_manifest"]
    for step, told in facts["statements"].items():
        members[f"statements/{step}.dsse.json"] = canonical(sign(told["bytes"], keys))
    for size, (note, token) in facts["stamps"].items():
        members |= {f"timestamps/{size}.note": note.encode(), f"timestamps/{size}.tsr": token}
    members["verify.py"] = VERIFIER.read_bytes()
    manifest = pack_manifest(facts, members)
    page = page_of(manifest, {step: told["body"] for step, told in facts["statements"].items()}, facts["pictures"]).encode()
    manifest = pack_manifest(facts, {**members, "index.html": page})
    members |= {"index.html": page, MANIFEST: canonical(manifest)}
    return zipped(members | {ENVELOPE: canonical(sign(canonical(_statement(members, manifest)), keys))})


def _statement(members: Mapping[str, bytes], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The in-toto Statement v1 about every member; the manifest is its predicate."""
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest_bytes(members[name]).removeprefix("sha256:")}} for name in sorted(members)],
        "predicateType": PREDICATE,
        "predicate": dict(manifest),
    }
