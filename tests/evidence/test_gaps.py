"""Gaps are worked out from the facts of a run: each is there when it should be, and not otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from modelops_airflow.evidence.gaps import gaps_of, longest

ANCHOR = {"anchor": "git:/elsewhere", "class": "git remote", "at": "2026-11-03T00:00:00Z", "read": True}


def facts(**changed: Any) -> dict[str, Any]:
    """A run of which nothing is missing but what is always said."""
    return {
        "keyring": [{"may": ["manifest"]}],
        "log": {"checkpoint": "a note", "tree_size": 20, "anchored": [{"tree_size": 20, "anchors": [ANCHOR]}],
                "times": ["2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z"]},
        "decisions": [{"decision": "approve", "person": "rita", "step": "gate", "envelope": {}, "by": "ed25519"}],
        "gates": {"gate": "approved"}, "assurance": {"level": "L3", "meaning": "m", "forgers": ["nobody"], "lacks": []},
        "deployments": [], "stamps": {}, "inputs": [{"name": "current", "state": "readable"}], "population": [], "policies": {"house": {}},
        "statements": {}, "plan": {"steps": [{"id": "bias"}]}, "run": {"provenance": [{"file": "m.yaml", "gap": "", "signed": True}]}, "break_glass": [], **changed,
    }


def told(**changed: Any) -> str:
    return "\n".join(f"{one['control']}: {one['why']}" for one in gaps_of(facts(**changed)))


SIGNED = {**facts()["decisions"][0], "envelope": {"payload": ""}}


def test_of_a_run_without_gaps_only_the_level_and_the_anchor_are_said() -> None:
    assert [one["control"] for one in gaps_of(facts(decisions=[SIGNED]))] == ["ledger", "assurance"]


GAPS: list[tuple[dict[str, Any], str]] = [
    ({"keyring": []}, "origin: the pack is not signed"),
    ({"log": {**facts()["log"], "checkpoint": ""}}, "ledger: the root of the ledger is not signed"),
    ({"log": {**facts()["log"], "anchored": []}}, "ledger: self-attested"),
    ({"log": {**facts()["log"], "anchored": []}}, "checkpoints are anchored nowhere"),
    ({"log": {**facts()["log"], "anchored": [{"tree_size": 20, "anchors": [{**ANCHOR, "class": "same-host file"}]}]}},
     "self-attested: checkpoints are anchored only on the machine of the register"),
    ({"log": {**facts()["log"], "anchored": [{"tree_size": 20, "anchors": [{**ANCHOR, "class": "what nobody knows"}]}]}}, "ledger: self-attested"),
    ({"log": {**facts()["log"], "tree_size": 25}}, "5 later events are self-attested"),
    ({}, "anchored (git remote) up to event 19, read there when the pack was made; 0 later events are self-attested; the longest time without an "
     "anchor was 2 days, by the notes of the register"),
    ({"log": {**facts()["log"], "anchored": [{"tree_size": 20, "anchors": [{**ANCHOR, "read": False}]}]}},
     "the register notes an anchor (git remote) up to event 19, which was not read when the pack was made, and tasks may write such notes"),
    ({"log": {**facts()["log"], "anchored": [{"tree_size": 20, "anchors": [{**ANCHOR, "read": "yes"}]}]}}, "which was not read when the pack was made"),
    ({"log": {**facts()["log"], "anchored": [{"tree_size": 20, "anchors": [{**ANCHOR, "class": "object store", "read": False}]},
                                             {"tree_size": 12, "anchors": [ANCHOR]}]}}, "anchored (git remote) up to event 11, read there"),
    ({"log": {**facts()["log"], "anchored": [{"tree_size": 20, "anchors": [{**ANCHOR, "class": "object store", "read": False}]},
                                             {"tree_size": 12, "anchors": [ANCHOR]}]}}, "the register notes an anchor (object store) up to event 19"),
    ({"stamps": {12: ("a note", b"a token")}}, "ledger: neither verify.py nor who made the pack checks timestamps/12.tsr"),
    ({}, "approve of rita at gate is a record of the server, signed by nobody"),
    ({"decisions": [{**SIGNED, "by": None}]}, "signed by the server, not by a key of rita"),
    ({"decisions": [{**SIGNED, "by": "passkey"}]}, "signed with a passkey, which verify.py does not check"),
    ({"gates": {"gate": "open"}}, "approvals: gate gate is open"),
    ({"gates": {"gate": "open"}, "lacking": {"gate": "1 more risk"}}, "approvals: gate gate is open: it needs 1 more risk"),
    ({"assurance": {"level": "L0", "meaning": "m", "forgers": ["the owner"], "lacks": ["Postgres"]}}, "can still forge what is in here: the owner"),
    ({"assurance": {"level": "L0", "meaning": "m", "forgers": ["the owner"], "lacks": ["Postgres"]}}, "for the next level: Postgres"),
    ({"deployments": [{"environment": "production", "target": "mark-only", "strength": "declared"}]}, "is declared: somebody says that it is there"),
    ({"deployments": [{"environment": "production", "target": "x", "strength": "enforced"}]}, "is enforced: the runtime itself refuses"),
    ({"inputs": [{"name": "current", "state": "gone"}]}, "re-performance: current: its bytes can no longer be read"),
    ({"inputs": [{"name": "current", "state": "changed"}]}, "re-performance: current: its bytes are others today"),
    ({"inputs": [{"name": "current", "state": "not pinned"}]}, "its rows are not"),
    ({"population": [{"side": "current", "source": "a.parquet", "filter": "all rows"}]}, "current is what a.parquet held (all rows)"),
    ({"policies": {"house": None}}, "policies: the text of house is no longer here"),
    ({"run": {"provenance": []}}, "authors: who wrote the files of this run is not on record"),
    ({"run": {"provenance": [{"file": "m.yaml", "gap": "git does not know this file", "signed": False}]}}, "m.yaml: git does not know"),
    ({"run": {"provenance": [{"file": "m.yaml", "gap": "", "signed": False}]}}, "its commits are not all signed"),
    ({"break_glass": [{"person": "rita", "at": "t", "due_at": "d", "closed_at": None}]}, "rita released it in an emergency at t; approvals are due d"),
    ({"review": {"due": "2026-07-01T00:00:00Z", "last": "2026-01-01T00:00:00Z", "every": "P6M", "overdue": True}},
     "review: the review of the model fell due 2026-07-01T00:00:00Z and was overdue when the pack was made"),
    ({"scheduler": {"last": "2026-11-04T00:00:00Z", "stale": True}}, "scheduler: the last round of modelops.sync was 2026-11-04T00:00:00Z, so nobody looked"),
    ({"scheduler": {"last": None, "stale": True}}, "scheduler: no round of modelops.sync is on record"),
    ({"loosened": {"version": "1.0.0", "what": ["step bias is gone"]}}, "loosened: against version 1.0.0, which was deployed before: step bias is gone"),
    ({"plan": {"steps": [{"id": "late", "code": {"file": "checks/late.py", "digest": "sha256:1"}}]}},
     "checks: late: measured by the project's own code, checks/late.py (sha256:1); the pack names its digest and does not hold it"),
    ({"statements": {"warehouse": {"body": {"predicate": {"measurement": {"parameters": {"origin": "imported"}, "metrics": []}}}}}},
     "imported: warehouse: results of another tool, read from its file and not measured again"),
    ({"statements": {"bias": {"body": {"predicate": {"measurement": {"parameters": {}, "metrics": [
        {"value": None, "reason": "fewer than 10 rows are not shown"}, {"value": 1.0}, {"value": None, "reason": "no label"}]}}}}}},
     "bias: 1 values that rest on fewer than 10 rows are not shown"),
]


@pytest.mark.parametrize(("changed", "gap"), GAPS, ids=[gap[:40] for _, gap in GAPS])
def test_a_gap_is_said(changed: dict[str, Any], gap: str) -> None:
    assert gap in told(**changed)
    assert not changed or gap not in told(decisions=[SIGNED]), "the control: it is not said of every run"


@pytest.mark.parametrize(("times", "words"), [
    (["2026-11-01T00:00:00Z", "2026-11-01T00:00:59Z"], "59 seconds"), (["2026-11-01T00:00:00Z", "2026-11-01T00:05:00Z"], "5 minutes"),
    (["2026-11-01T00:00:00Z", "2026-11-01T05:00:00Z"], "5 hours"), (["2026-11-09T00:00:00Z", "2026-11-01T00:00:00Z"], "8 days"),
    (["2026-11-01T00:00:00Z"], "0 seconds"), (["2026-11-01T00:00:00+00:00", "2026-11-01T00:02:00.5Z"], "2 minutes"),
])
def test_the_longest_time_without_an_anchor_is_in_words(times: list[str], words: str) -> None:
    assert longest(times) == words


def test_a_claim_that_says_no_more_than_what_was_read_is_not_repeated() -> None:
    log = {**facts()["log"], "anchored": [{"tree_size": 20, "anchors": [ANCHOR, {**ANCHOR, "class": "object store", "read": False}]}]}
    assert "notes an anchor" not in told(log=log)
