"""What an evidence pack says of policy packs: which apply and why, that a draft is one, and what rests on people's word."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from test_replayed_decisions import house, named, packed

from bank import GATES, Bank
from modelops_airflow.evidence import verify as verifier

__all__ = ["house"]
GATE = {"attest-audit": {"roles": {"audit": 1}, "meaning": "attest", "valid": "P90D", "controls": ["own OWN-1"]}}
ASKED = {"applies": True, "why": "", "class": "risk", "ref": "a test", "text": "It is so.", "at": ["release"], "steps": [], "numbers": {}}
RECORD = {"own": {"title": "Own", "version": 1, "digest": "sha256:" + "2" * 64, "named_by": "model file", "standing": "applies", "why": "tier == 2", "draft": True,
                  "jurisdiction": "", "force": "", "controls": {
                      "OWN-1": {**ASKED, "how": "attested", "attest": {"role": "audit", "statement": "I looked."}},
                      "OWN-2": {**ASKED, "how": "automated", "steps": ["bias"]}, "OWN-3": {"applies": False, "why": "not (tier == 1)"}}}}


def released(bank: Bank, monkeypatch: pytest.MonkeyPatch, record: dict[str, Any]) -> Any:
    plain = Bank.plan

    def plan(self: Bank, *args: Any, **facts: Any) -> Any:
        made = plain(self, *args, **facts)
        steps = tuple(replace(step, required_by=(*step.required_by, "own OWN-2")) if step.id == "bias" else step for step in made.steps)
        return replace(made, packs=record, steps=steps)

    monkeypatch.setattr(Bank, "plan", plan)
    release = bank.approve(bank.release(gates={**GATES, **GATE}))
    bank.vote(release, "attest-audit", "ines")
    bank.deploy(release)
    return release


def test_a_pack_tells_drafts_and_attestations_and_verifies(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(bank, released(bank, monkeypatch, RECORD), tmp_path)
    told = verifier.verify(data, [named(house)])
    with zipfile.ZipFile(BytesIO(data)) as members:
        manifest, plan, page = (members.read(name).decode() for name in ("manifest.json", "plan.json", "index.html"))

    assert told["problems"] == []
    assert any("own is a draft: its source was not read" in gap for gap in told["gaps"])
    assert any("own: 1 of 2 controls rest on what people attest" in gap for gap in told["gaps"])
    assert json.loads(plan)["packs"] == RECORD
    assert "own is a draft" in page and [one["ref"] for one in json.loads(manifest)["controls"] if one["control"] == "bias"] == ["house, tier 2, own OWN-2 (draft pack)"]


def test_a_pack_that_was_read_is_told_without_a_word_of_drafts(bank: Bank, tmp_path: Path, house: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(bank, released(bank, monkeypatch, {"own": {**RECORD["own"], "draft": False, "standing": "superseded", "why": "superseded by other"}}), tmp_path)
    told = verifier.verify(data, [named(house)])

    assert not any("draft" in gap for gap in told["gaps"]) and any("own is superseded by other" in gap for gap in told["gaps"])
