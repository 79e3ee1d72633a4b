"""The evidence pack, first form: a canonical zip whose manifest names every member by digest.

Sorted members, stored, fixed times: the same facts give the same bytes, and every changed byte
shows. It says itself what it does not prove.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from html import escape
from typing import Any

from ..digest import canonical, digest_bytes
from ..errors import EvidenceError

MANIFEST = "manifest.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
GAPS = (
    "self-attested: no checkpoint of the ledger is anchored outside the register",
    "approvals are records of the server, not signed by a key of their persons (assurance level L0)",
    "whoever can write the database of the register, or run code in its tasks, could have written this",
)


def make_pack(facts: Mapping[str, Any]) -> bytes:
    """The zip over everything known of a run.

    Args:
        facts: model, run, plan, governance, manifest, statements, results, approvals, deployments, events.
    """
    members = {f"{name}.json": canonical(facts[name]) for name in
               ("model", "run", "plan", "governance", "manifest", "approvals", "deployments", "events", "results")
               if facts.get(name) is not None and name != "manifest"}
    if facts.get("manifest") is not None:
        members["evidence-manifest.json"] = canonical(facts["manifest"])
    for step, body in facts["statements"].items():
        members[f"statements/{step}.json"] = canonical(body)
    members["index.html"] = _page(facts).encode()
    listed = {"spec": "modelops-airflow/pack/1", "gaps": list(GAPS),
              "members": {name: digest_bytes(data) for name, data in members.items()}}
    members[MANIFEST] = canonical(listed)
    return _zipped(members)


def pack_problems(data: bytes) -> list[str]:
    """What is wrong with a pack; empty if it is, byte for byte, what its manifest says.

    Raises:
        EvidenceError: it is no pack at all.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            members = {name: archive.read(name) for name in names}
        listed = json.loads(members.pop(MANIFEST))
        named = dict(listed["members"])
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, RuntimeError, EOFError, OSError) as error:
        raise EvidenceError(f"this is no evidence pack: {error}") from None
    problems = [f"{name} is not in the manifest" for name in members if name not in named]
    problems += [f"{name} is missing" for name in named if name not in members]
    problems += [f"{name} has changed" for name in members if name in named and digest_bytes(members[name]) != named[name]]
    if not problems:
        problems += _inner(members)
        if _zipped({**members, MANIFEST: canonical(listed)}) != data:
            problems.append("the zip is not in its canonical form; bytes outside its members have changed")
    return problems


def _inner(members: Mapping[str, bytes]) -> list[str]:
    """Whether the evidence manifest names the statements, and the run the manifest."""
    if "evidence-manifest.json" not in members:
        return ["the run was never decided"]
    told = json.loads(members["evidence-manifest.json"])
    problems = [f"statement of {step} is not the one that was judged" for step, digest in told["evidence"]
                if digest_bytes(members.get(f"statements/{step}.json", b"")) != digest]
    run = json.loads(members["run.json"])
    if digest_bytes(members["evidence-manifest.json"]) != run["manifest"]:
        problems.append("the run was decided over another evidence manifest")
    return problems + [f"an approval of {one['person']} is over another subject"
                       for one in json.loads(members["approvals.json"]) if one["subject"] != run["subject"]]


def _zipped(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, members[name])
    return out.getvalue()


def _page(facts: Mapping[str, Any]) -> str:
    """A page that opens offline: no script, no link, everything escaped."""
    model, run = facts["model"], facts["run"]
    results = [(one["step"], one["verdict"] + (", warned" if one["warned"] else ""),
                "; ".join(_judged(row) for row in one["judgements"] if row["warned"] or row["verdict"] != "pass"))
               for one in facts["results"]]
    approvals = [(one["step"], one["person"], one["role"], one["decision"], one["at"], one["comment"]) for one in facts["approvals"]]
    deployments = [(one["environment"], one["state"], one["target"], one["strength"], one["observed"] or "") for one in facts["deployments"]]
    return "".join([
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Evidence pack</title>'
        "<style>body{font:15px sans-serif;max-width:60em;margin:2em auto}table{border-collapse:collapse}"
        "td,th{border:1px solid #999;padding:.3em .6em;text-align:left}code{word-break:break-all}</style>",
        f"<h1>{escape(str(model['name']))} {escape(str(model['version']))}</h1><p>{escape(str(model['purpose']))}</p>",
        _table("Model", ("", ""), [(key, value) for key, value in model.items()]),
        _table("Run", ("", ""), [(key, value) for key, value in run.items()]),
        _table("Results", ("step", "verdict", "what was not plainly green"), results),
        _table("Decisions", ("gate", "person", "role", "decision", "at", "comment"), approvals),
        _table("Deployments", ("environment", "state", "target", "its gate is", "read back"), deployments),
        "<h2>What this pack does not prove</h2><ul>", *(f"<li>{escape(gap)}</li>" for gap in GAPS), "</ul></html>",
    ])


def _judged(row: Mapping[str, Any]) -> str:
    where = ", ".join(f"{key} {value}" for key, value in row["where"].items())
    return f"{row['metric']} {where}: {row['value']} ({row['condition']})"


def _table(title: str, heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table><tr>{head}</tr>{body}</table>"
