"""The evidence pack of a run says what the register says, and names what it cannot prove."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import fsspec
import jsonschema
import pytest

from bank import Bank, Candidate
from modelops_airflow.errors import EvidenceError
from modelops_airflow.evidence.pack import VERIFIER
from modelops_airflow.evidence.verify import unzipped, verify
from modelops_airflow.governance.start import RunKey
from modelops_airflow.ledger.proof import inclusion
from modelops_airflow.settings import settings_from
from modelops_airflow.signing.ed25519 import fingerprint, generate, raw_public
from modelops_airflow.steps.checkpoint import make_checkpoint
from modelops_airflow.steps.evidence_pack import evidence_pack
from modelops_airflow.steps.pack_ledger import levels_of, path_of

SHAPES = {"svg", "title", "desc", "rect", "g", "text", "line", "path", "polyline", "circle"}
SCHEMA = json.loads((VERIFIER.parent / "evidence-pack.schema.json").read_text())


def pack(bank: Bank, key: RunKey, **changed: Any) -> bytes:
    """The bytes of a run's pack; it verifies and is as the schema says, whatever it is about."""
    run = replace(bank.run(key), **changed)
    data = bank.store.get(evidence_pack(run, run.plan.step("evidence-pack")).products["pack"])
    assert verify(data)["problems"] == []
    jsonschema.validate(told(data, "manifest"), SCHEMA)
    return data


def told(data: bytes, name: str) -> Any:
    """A JSON member."""
    return json.loads(unzipped(data)[f"{name}.json"])


def gaps(data: bytes, control: str) -> str:
    """What a pack says of itself."""
    return "; ".join(one["why"] for one in told(data, "manifest")["gaps"] if one["control"] == control)


def test_a_pack_holds_who_approved_what_and_every_event_of_the_model(bank: Bank) -> None:
    data = pack(bank, bank.live().key)
    manifest = told(data, "manifest")
    approvals = told(data, "approvals")
    assert [(one["person"], one["role"], one["decision"]) for one in approvals] == [
        ("vera", "validator", "approve"), ("rita", "risk", "approve"), ("rolf", "risk", "approve")]
    assert {one["subject"] for one in approvals} == {told(data, "run")["subject"]}
    assert [(one["gate"], one["state"]) for one in manifest["approvals"]] == [("approve-validation", "approved"), ("approve-risk", "approved")]
    assert manifest["model"]["state"] == "in_use"
    assert told(data, "deployments")[0]["observed"] == "sha256:" + manifest["model"]["artifact_digest"]
    kinds = [json.loads(one["body"])["kind"] for one in told(data, "events")]
    assert kinds[-1] == "live"
    assert "governance-activated" in kinds, "who may decide is part of it"
    assert bank.events()[-1] == "packed"


def test_a_pack_of_a_run_under_way_says_what_is_missing(bank: Bank) -> None:
    release: Candidate = bank.release()
    bank.vote(release, "approve-risk", "rita")
    data = pack(bank, release.key)
    assert told(data, "deployments") == []
    assert [one["state"] for one in told(data, "manifest")["approvals"]] == ["open", "open"]
    assert "gate approve-risk is open" in gaps(data, "approvals")


def test_a_rejected_run_is_packed_as_rejected(bank: Bank) -> None:
    release = bank.release()
    bank.vote(release, "approve-validation", "vera", "reject", comment="Not yet.")
    assert told(pack(bank, release.key), "manifest")["approvals"][0]["state"] == "rejected"


def test_an_undecided_run_has_no_pack(bank: Bank) -> None:
    run = bank.run(bank.pin())
    with pytest.raises(EvidenceError, match="was not decided"):
        evidence_pack(run, run.plan.step("evidence-pack"))


def test_a_pack_is_judged_by_the_governance_that_was_in_force_then(bank: Bank) -> None:
    from bank import held, person
    from modelops_airflow.digest import digest_of
    from modelops_airflow.governance.activate import activate, propose

    live = bank.live()
    later = held(risk=["ruth"])
    propose(bank.register, later, "sync")
    activate(bank.register, digest_of(later), person("vera"))
    bank.forge("UPDATE modelops_governance SET activated_at = '2099-01-01 00:00:00' WHERE state = 'active'")  # not in the same second
    data = pack(bank, live.key)
    assert told(data, "manifest")["approvals"][1]["state"] == "approved"
    assert told(data, "governance")["roles"]["risk"]["held_by"] == ["rita", "rolf", "ruth"]


def test_without_a_key_the_pack_says_that_nobody_signed_it(bank: Bank) -> None:
    data = pack(bank, bank.live().key)
    assert "no checkpoint_key" in gaps(data, "origin")
    assert "self-attested" in gaps(data, "ledger")
    assert gaps(data, "approvals").count("signed by nobody") == 3
    assert "L0" in gaps(data, "assurance")
    assert "only our deployer has the credentials" in gaps(data, "target")
    assert "not on record" in gaps(data, "authors")


def test_with_the_house_key_manifest_statements_and_checkpoint_are_signed(bank: Bank, tmp_path: Path) -> None:
    key = generate(tmp_path / "house.pem")
    settings = settings_from({"root": str(tmp_path), "checkpoint_key": "house.pem"})
    data = pack(bank, bank.live().key, settings=settings)
    assert verify(data, [fingerprint(raw_public(key))])["origin"] == fingerprint(raw_public(key))
    assert told(data, "manifest")["log"]["checkpoint"].startswith("modelops-airflow/register\n")
    assert gaps(data, "origin") == ""


def test_an_artifact_that_is_gone_or_changed_cannot_be_measured_again(bank: Bank) -> None:
    live = bank.live()
    assert gaps(pack(bank, live.key), "re-performance") == ""
    path = bank.store._path(live.artifact)
    path.chmod(0o644)
    path.write_bytes(b"other")
    assert "are others today" in gaps(pack(bank, live.key), "re-performance")
    path.unlink()
    assert "can no longer be read" in gaps(pack(bank, live.key), "re-performance")


def test_unknown_authors_are_gaps(bank: Bank) -> None:
    live = bank.live()
    bank.forge("UPDATE modelops_run SET provenance = :told",
             told=json.dumps([{"file": "dags/models/pricing.yaml", "commit": "", "authors": [], "signed": False, "gap": "git does not know this file"}]))
    data = pack(bank, live.key)
    assert "git does not know this file" in gaps(data, "authors")


def test_a_decision_that_the_ledger_tells_otherwise_makes_a_pack_that_does_not_verify(bank: Bank) -> None:
    live = bank.live()
    bank.forge("UPDATE modelops_decision SET comment = 'Anything goes.' WHERE person = 'rita'")
    run = bank.run(live.key)
    data = bank.store.get(evidence_pack(run, run.plan.step("evidence-pack")).products["pack"])
    assert "not in the ledger as it is told" in verify(data)["problems"][0]


def without_pictures(page: str) -> str:
    """The page but for its pictures, which round and have axes; that nothing in them runs is looked at in `pictures`."""
    return re.sub(r'<svg xmlns="http://www.w3.org/2000/svg" .*?</svg>', "", page, flags=re.DOTALL)


def pictures(page: str) -> list[ElementTree.Element]:
    """The pictures of a page, which hold nothing but shapes and text."""
    found = [ElementTree.fromstring(one) for one in re.findall(r"<svg xmlns=.*?</svg>", page, flags=re.DOTALL)]
    assert {one.tag.partition("}")[2] for picture in found for one in picture.iter()} <= SHAPES
    assert not [name for picture in found for one in picture.iter() for name in one.attrib if name.startswith("on") or "href" in name or name == "style"]
    return found


def test_a_page_has_a_picture_of_each_check_with_its_thresholds(bank: Bank) -> None:
    data = pack(bank, bank.live().key)
    drawn = pictures(unzipped(data)["index.html"].decode())
    checks = [step["id"] for step in told(data, "plan")["steps"] if step["phase"] == "check"]
    assert len(drawn) == len(checks) > 0
    whole = " ".join(text for one in drawn for text in one.itertext())
    assert "0.92" in whole
    assert "fail: " in whole


def test_every_figure_of_the_page_is_in_the_manifest_or_a_statement(bank: Bank) -> None:
    data = pack(bank, bank.live().key)
    members = unzipped(data)
    page = without_pictures(members["index.html"].decode())
    source = members["manifest.json"].decode() + "".join(
        base64.b64decode(json.loads(body)["payload"]).decode() for name, body in members.items() if name.startswith("statements/"))
    figures = set(re.findall(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?", unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page))))
    assert "0.92" in figures
    known = set(re.findall(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?", source))
    assert figures <= known, figures - known


def test_the_page_runs_nothing_and_asks_for_nothing(bank: Bank) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    release = bank.release(name=hostile, purpose='"><svg onload=alert(1)>')
    bank.vote(release, "approve-risk", "rita", comment="</td><script>alert(1)</script>")
    whole = unzipped(pack(bank, release.key))["index.html"].decode()
    assert pictures(whole)
    page = without_pictures(whole)
    for word in ("<script", "<img", "<svg", "<iframe", "<link", "href=", "src=x onerror=alert(1)>", "@import", "url("):
        assert word not in page, word
    assert "&lt;script&gt;alert(1)" in page, "the control: it is shown as text"
    assert "default-src &#x27;none&#x27;" in page
    assert "What this pack does not prove" in page


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 65])
def test_audit_paths_from_levels_are_those_of_the_standard(size: int) -> None:
    leaves = [bytes([number]) * 32 for number in range(size)]
    for index in range(size):
        assert path_of(levels_of(leaves), index) == inclusion(leaves, index)


def test_an_anchor_is_a_claim_of_the_register_unless_it_was_read_when_the_pack_was_made(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelops_airflow.ledger.anchors.remote.STORES", {"memory"})
    generate(tmp_path / "house.pem")
    place = f"memory://{tmp_path}/kept"
    settings = settings_from({"root": str(tmp_path), "checkpoint_key": "house.pem", "anchors": place})
    key = bank.live().key
    make_checkpoint(bank.register, settings)

    assert "anchored (object store) up to event" in gaps(pack(bank, key, settings=settings), "ledger")
    assert "read there when the pack was made" in gaps(pack(bank, key, settings=settings), "ledger")
    elsewhere = gaps(pack(bank, key, settings=replace(settings, anchors=())), "ledger")  # a place that only the register names is not read
    assert "the register notes an anchor (object store)" in elsewhere and "not read when the pack was made" in elsewhere

    fsspec.filesystem("memory").rm(f"{tmp_path}/kept", recursive=True)
    assert "the register notes an anchor (object store)" in gaps(pack(bank, key, settings=settings), "ledger")


@pytest.mark.parametrize("noted", ['[{}]', '"x"', '[{"anchor": 1, "class": "object store", "at": "2026-11-25T22:00:00Z"}]'])
def test_notes_of_anchors_in_no_known_form_stop_no_pack(bank: Bank, tmp_path: Path, noted: str) -> None:
    generate(tmp_path / "house.pem")
    settings = settings_from({"root": str(tmp_path), "checkpoint_key": "house.pem"})
    key = bank.live().key
    make_checkpoint(bank.register, settings)
    bank.sql("UPDATE modelops_checkpoint SET anchors = CAST(:noted AS JSON)" if bank.url.startswith("postgres")
             else "UPDATE modelops_checkpoint SET anchors = :noted", noted=noted)

    assert "self-attested: checkpoints are anchored nowhere" in gaps(pack(bank, key, settings=settings), "ledger")
