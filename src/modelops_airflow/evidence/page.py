"""The page of a pack: opens offline, runs nothing, asks for nothing. Every word of it comes from manifest and statements.

Pictures are drawn of the statements by the caller and stand in the page as they are: SVG of ours (`plots/`), in which everything is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from ..digest import canonical

_STYLE = (
    "body{font:15px/1.4 sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#222}h2{margin-top:1.6em}"
    "table{border-collapse:collapse}td,th{border:1px solid #aaa;padding:.3em .6em;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}th{background:#f2f2f2}svg{max-width:100%;height:auto}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page_of(manifest: Mapping[str, Any], statements: Mapping[str, Mapping[str, Any]], pictures: Mapping[str, str]) -> str:
    """The page over a pack's manifest and the statements in it.

    Args:
        pictures: step -> its measurement as SVG.
    """
    model, run, log = manifest["model"], manifest["run"], manifest["log"]
    title = f"{model['name']} {model['version']}: {run['verdict']}{', warned' if run['warned'] else ''}"
    return "".join([
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><p>{escape(model['purpose'])}</p>",
        "<p>This page proves nothing. Verify the pack with verify.py from a release, and the sender's key fingerprint from elsewhere.</p>",
        _table("What this pack does not prove", ("", "why"), [(one["control"], one["why"]) for one in manifest["gaps"]]),
        _table("Model", ("", ""), model.items()),
        _table("Run", ("", ""), [*run.items(), *manifest["period"].items(), *manifest["generator"].items()]),
        _table("Controls", ("step", "demanded by", "verdict", "status", "why"),
               [(one["control"], one["ref"], one["verdict"] + (", warned" if one["warned"] else ""), one["status"], one.get("reason", ""))
                for one in manifest["controls"]]),
        _table("Approvals", ("gate", "state", "needs", "who"),
               [(one["gate"], one["state"], _pairs(one["needs"]), "; ".join(map(_signer, one["signers"]))) for one in manifest["approvals"]]),
        _table("Deployments", ("environment", "state", "target", "its gate is", "at"), [one.values() for one in _ordered(manifest)]),
        _table("Population", ("side", "source", "filter", "rows"),
               [(one["side"], one["source"], one["filter"], one["rows"]) for one in manifest["population"]]),
        _table("Inputs today", ("input", "digest", "state"), [(one["name"], one["digest"], one["state"]) for one in manifest["inputs"]]),
        _table("Findings", ("kind", "title", "severity", "state", "message", "owner", "opened", "due", "closed"),
               [(one["kind"], one.get("title"), one["severity"], f"{one.get('state', '')}{', overdue' if one.get('overdue') else ''}", one["message"], one.get("owner"),
                 one["opened_at"], one.get("due_at"), one["closed_at"]) for one in manifest["findings"]]),
        _table("Ledger", ("", ""), [("origin", log["origin"]), ("events", log["tree_size"]), ("root", log["root"]),
                                    ("checkpoint", log["checkpoint"])]),
        *(_measured(step, body["predicate"]["measurement"], pictures.get(step, "")) for step, body in sorted(statements.items())),
        _table("Members", ("path", "sha256", "bytes"), [(one["path"], one["sha256"], one["size"]) for one in manifest["items"]]),
        "</body></html>",
    ])


def _ordered(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{key: one[key] for key in ("environment", "state", "target", "strength", "at")} for one in manifest["deployments"]]


def _measured(step: str, measurement: Mapping[str, Any], picture: str) -> str:
    rows = [(row["name"], _pairs(row["where"]), row["value"] if row["value"] is not None else row["reason"], row.get("n"),
             "" if row.get("judged", True) else "listed only") for row in measurement["metrics"]]
    imported = ", origin: imported, not measured here" if measurement["parameters"].get("origin") == "imported" else ""
    told = f"Measured by {measurement['check']}, version {measurement['version']}, in step {step}: {measurement['status']}{imported}"
    notes = "".join(f"<p>{escape(note)}</p>" for note in measurement["notes"])
    return _table(told, ("metric", "where", "value", "rows", ""), rows) + notes + picture


def _signer(one: Mapping[str, Any]) -> str:
    words = f"{one['actor']['id']} as {one['actor']['role']}: {one['decision']} at {one['at']}, signed by {one['signed_by']}"
    return f"{words}{' (withdrawn)' if one['withdrawn'] else ''}: {one['reason']}"


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {_text(value)}" for key, value in values.items())


def _text(value: Any) -> str:
    """A value as the JSON has it, so that a reader finds the same figures there."""
    if value is None:
        return ""
    return value if isinstance(value, str) else canonical(value).decode()


def _table(title: str, heads: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(_text(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table><tr>{head}</tr>{body}</table>" if body else f"<h2>{escape(title)}</h2><p>none</p>"
