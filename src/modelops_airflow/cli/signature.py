"""Signing on this machine: the server hands out the statement, and nothing is signed that was not shown."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import SigningError
from .server import OURS, Server


def signature_of(
    server: Server, gate: Mapping[str, Any], decision: str, comment: str, terms: Mapping[str, Any], key_file: Path
) -> dict[str, Any]:
    """The signature of a person's own key over a decision at a gate as it was read.

    Args:
        terms: conditions and until, as they are sent.

    Raises:
        SigningError: the key cannot be read, or the server asks to sign something else than was shown.
    """
    from ..signing.dsse import sign
    from ..signing.ed25519 import load_private

    key = load_private(key_file)
    person = server.get(f"{OURS}/me")["person"]
    body = {"decision": decision, "comment": comment, "subject": gate["subject"], **terms}
    offered = base64.b64decode(server.post(f"{OURS}/approvals/{gate['id']}/statement", body)["payload"])
    require_shown(offered, expected(gate, decision, comment, terms, str(person)))
    return dict(sign(offered, [key])["signatures"][0])


def expected(gate: Mapping[str, Any], decision: str, comment: str, terms: Mapping[str, Any], person: str) -> dict[str, Any]:
    """The statement that a decision over what was shown amounts to."""
    from ..ledger.append import instant
    from ..signing.statement import decision_statement

    until = terms.get("until")
    return decision_statement(
        subject=gate["subject"], step=gate["step"], meaning=gate["meaning"], decision=decision, person=person,
        comment=comment.strip(), conditions=[one.strip() for one in terms.get("conditions", ())],
        until=instant(datetime.fromisoformat(until)) if until else None,
        nth=1 + sum(bool(one["mine"]) for one in gate["decisions"]))


def require_shown(offered: bytes, wanted: Mapping[str, Any]) -> None:
    """Refuse a statement that says anything else than was shown.

    Raises:
        SigningError: names what differs.
    """
    from ..signing.statement import payload_of, read_payload

    if offered == payload_of(wanted):
        return
    said = _flat(read_payload(offered))
    differs = [f"{name}: shown {_flat(wanted).get(name)!r}, to sign {said.get(name)!r}"
               for name in sorted(_flat(wanted).keys() | said.keys()) if _flat(wanted).get(name) != said.get(name)]
    raise SigningError("the server asks to sign something else than was shown (" + "; ".join(differs) + "); nothing was signed")


def _flat(statement: Mapping[str, Any]) -> dict[str, Any]:
    predicate = statement.get("predicate")
    inner = predicate if isinstance(predicate, dict) else {}
    return {name: value for name, value in statement.items() if name != "predicate"} | inner
