"""The evidence pack of a run says what the register says, and shows every changed byte."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from bank import Bank, Candidate
from modelops_airflow.errors import EvidenceError
from modelops_airflow.evidence.pack import pack_problems
from modelops_airflow.ledger.tree import leaf_hash
from modelops_airflow.steps.evidence_pack import evidence_pack


def pack(bank: Bank, release: Candidate) -> bytes:
    """The bytes of a release's pack."""
    run = bank.run(release.key)
    return bank.store.get(evidence_pack(run, run.plan.step("evidence-pack")).products["pack"])


def members(data: bytes) -> dict[str, bytes]:
    """The members of a pack."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def packed(bank: Bank) -> dict[str, bytes]:
    """The members of the pack of a live version."""
    return members(pack(bank, bank.live()))


def test_a_pack_holds_who_approved_what_and_every_event_of_the_model(packed: dict[str, bytes]) -> None:
    approvals = json.loads(packed["approvals.json"])
    assert [(one["person"], one["role"], one["decision"]) for one in approvals] == [
        ("vera", "validator", "approve"),
        ("rita", "risk", "approve"),
        ("rolf", "risk", "approve"),
    ]
    run, model = json.loads(packed["run.json"]), json.loads(packed["model.json"])
    assert {one["subject"] for one in approvals} == {run["subject"]}
    assert model["state"] == "in_use"
    assert json.loads(packed["deployments.json"])[0]["observed"] == model["artifact"]
    events = json.loads(packed["events.json"])
    assert [json.loads(one["body"])["kind"] for one in events][-1] == "live"
    assert all(leaf_hash(one["body"].encode()).hex() == one["leaf"] for one in events)


def test_an_untouched_pack_has_no_problem(bank: Bank) -> None:
    assert pack_problems(pack(bank, bank.live())) == []
    assert bank.events()[-1] == "packed"


def test_a_changed_byte_anywhere_in_a_pack_shows(bank: Bank) -> None:
    data = pack(bank, bank.live())
    for at in range(0, len(data), max(1, len(data) // 150)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            assert pack_problems(changed) != [], at
        except EvidenceError:
            continue  # it is no zip any more


def test_an_approval_moved_to_another_subject_shows_though_the_zip_is_whole(bank: Bank) -> None:
    told = members(pack(bank, bank.live()))
    told["approvals.json"] = told["approvals.json"].replace(b'"rita"', b'"ruth"')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, body in told.items():
            archive.writestr(name, body)
    assert "approvals.json has changed" in pack_problems(out.getvalue())


def test_a_pack_of_a_run_under_way_has_no_deployment(bank: Bank) -> None:
    told = members(pack(bank, bank.release()))
    assert json.loads(told["deployments.json"]) == []
    assert json.loads(told["approvals.json"]) == []
