"""The pack: the same facts give the same bytes, and every changed byte shows."""

from __future__ import annotations

import io
import random
import zipfile
from typing import Any

import pytest

from modelops_airflow.digest import digest_of
from modelops_airflow.errors import EvidenceError
from modelops_airflow.evidence.manifest import manifest
from modelops_airflow.evidence.pack import make_pack, pack_problems


def facts(**changed: Any) -> dict[str, Any]:
    """A decided run with one statement and one approval."""
    statement = {"_type": "https://in-toto.io/Statement/v1", "predicate": {"step": "drift"}}
    frozen = manifest({"drift": digest_of(statement)}, verdict="pass", warned=False)
    return {
        "model": {"id": "m", "name": "<script>alert(1)</script>", "purpose": "p & q", "version": "1"},
        "run": {"id": "r", "dag": "m.release", "subject": "sha256:aa", "manifest": digest_of(frozen)},
        "plan": {"steps": []}, "governance": {"modelops": 1}, "manifest": frozen, "statements": {"drift": statement},
        "results": [{"step": "drift", "verdict": "pass", "warned": True, "judgements": [
            {"metric": "psi", "where": {"column": "</td><img src=x onerror=alert(1)>"}, "value": 0.1, "condition": "warn",
             "warned": True, "verdict": "pass"}]}],
        "approvals": [{"step": "gate", "person": "rita", "role": "risk", "decision": "approve", "at": "now",
                       "comment": "javascript:alert(1)", "subject": "sha256:aa"}],
        "deployments": [], "events": [], **changed,
    }


def test_the_same_facts_give_the_same_bytes() -> None:
    assert make_pack(facts()) == make_pack(facts())
    assert pack_problems(make_pack(facts())) == []


def test_every_changed_byte_shows() -> None:
    data = make_pack(facts())
    for place in random.Random(5).sample(range(len(data)), 1500):
        changed = bytearray(data)
        changed[place] ^= 1
        try:
            assert pack_problems(bytes(changed)), place
        except EvidenceError:
            continue


def test_a_statement_that_was_not_judged_shows() -> None:
    assert "statement of drift is not the one that was judged" in pack_problems(make_pack(facts(statements={"drift": {"x": 1}})))


def test_an_approval_over_another_subject_shows() -> None:
    other = [{**facts()["approvals"][0], "subject": "sha256:bb"}]
    assert pack_problems(make_pack(facts(approvals=other))) == ["an approval of rita is over another subject"]


def test_an_added_member_shows() -> None:
    out = io.BytesIO(make_pack(facts()))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("more.json", "{}")
    assert "more.json is not in the manifest" in pack_problems(out.getvalue())


def test_the_page_runs_nothing_and_asks_for_nothing() -> None:
    with zipfile.ZipFile(io.BytesIO(make_pack(facts()))) as archive:
        page = archive.read("index.html").decode()
    assert "<script" not in page
    assert "<img" not in page
    assert "http" not in page
    assert "What this pack does not prove" in page


def test_what_is_no_pack_is_refused() -> None:
    with pytest.raises(EvidenceError, match="no evidence pack"):
        pack_problems(b"PK nonsense")
