"""A snapshot has the evidence that a change is replayed over and no more; one changed byte or another key, and nothing of it is believed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bank import Bank
from modelops_airflow.digest import canonical, digest_of
from modelops_airflow.errors import EvidenceError
from modelops_airflow.plan.outlook import Past
from modelops_airflow.signing.dsse import sign, signed_payload
from modelops_airflow.signing.ed25519 import fingerprint, generate, raw_public
from modelops_airflow.steps import snapshot
from modelops_airflow.steps.replayed import runs_in_register
from modelops_airflow.steps.snapshot import PLANS, TYPE, body_of, opened, sealed

MEBIBYTE = 1 << 20


@pytest.fixture
def key(tmp_path: Path) -> Ed25519PrivateKey:
    return generate(tmp_path / "house.pem")


def named(key: Ed25519PrivateKey) -> str:
    return fingerprint(raw_public(key))


def test_it_answers_as_the_register_does(bank: Bank, key: Ed25519PrivateKey) -> None:
    release = bank.live()
    plan = bank.plan().digest
    there, artifact = runs_in_register(bank.register, bank.store, {plan})[plan]
    found = opened(sealed(body_of(bank.register, bank.store, "bank.example"), key), named(key))
    run, same = found.found({plan, "sha256:" + "0" * 64})[plan]
    assert (run.verdict, run.steps, same) == (there.verdict, there.steps, artifact) and artifact == release.artifact
    step = bank.plan().step("bias")
    assert run.measured(step) == there.measured(step) is not None
    assert (found.origin, found.signer) == ("bank.example", named(key)) and "0 hours old" in found.told(found.made_at)


def test_nobody_and_nothing_that_people_said_is_in_it(bank: Bank) -> None:
    bank.live()
    text = canonical(body_of(bank.register, bank.store, "o")).decode()
    for word in ("I read the evidence", "rita", "vera", "dana", "manual__"):
        assert word not in text


def test_of_each_life_cycle_the_last_plans_are_in_it(bank: Bank) -> None:
    plans = [bank.run(bank.release(f"1.{number}.0").key).plan.digest for number in range(PLANS + 1)]
    assert set(body_of(bank.register, bank.store, "o")["runs"]) == set(plans[1:])


def test_a_statement_that_is_gone_is_left_out_and_a_fresh_run_is_asked_for(bank: Bank, key: Ed25519PrivateKey) -> None:
    release = bank.live()
    bank.lose_evidence(release.key)
    plan = bank.plan()
    run, _ = opened(sealed(body_of(bank.register, bank.store, "o"), key), named(key)).found({plan.digest})[plan.digest]
    assert run.measured(plan.step("bias")) is None and run.measured(plan.step("scan-artifact")) is not None


def test_one_changed_byte_or_another_key_is_refused(key: Ed25519PrivateKey, tmp_path: Path) -> None:
    body = {"form": "modelops-snapshot/2", "made_at": "2026-11-26T00:00:00Z", "origin": "o", "past": Past().to_json(), "runs": {}, "statements": {}}
    data, other = sealed(body, key), generate(tmp_path / "other.pem")
    assert opened(data, named(key)).runs == {}
    for at in range(0, len(data), 7):
        with pytest.raises(EvidenceError):
            opened(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:], named(key))
    with pytest.raises(EvidenceError, match="is not signed by the trusted key"):
        opened(sealed(body, other), named(key))
    envelope = json.loads(data)
    forged = {**sign(gzip.compress(canonical({**body, "origin": "x"})), [other], TYPE), "key": envelope["key"]}
    with pytest.raises(EvidenceError, match="of another installation"):
        opened(canonical(forged), named(key))
    for nothing in (b"", b"{}", b"[1]", b"null", canonical({**sign(b"not packed", [key], TYPE), "key": envelope["key"]})):
        with pytest.raises(EvidenceError):
            opened(nothing, named(key))


def test_without_the_look_at_the_signature_a_forged_one_would_be_believed(key: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forged = sealed({"form": "modelops-snapshot/2", "made_at": "2026-11-26T00:00:00Z", "origin": "x", "past": Past().to_json(), "runs": {}, "statements": {}}, generate(tmp_path / "other.pem"))
    with pytest.raises(EvidenceError):
        opened(forged, named(key))
    monkeypatch.setattr(snapshot, "signers", lambda *_: {named(key)})
    assert opened(forged, named(key)).origin == "x"


def test_a_thousand_models_are_a_file_of_a_few_mebibytes(bank: Bank, key: Ed25519PrivateKey) -> None:
    if bank.register.engine.dialect.name == "postgresql":
        pytest.skip("the size is the same from either database")
    bank.live()
    body = body_of(bank.register, bank.store, "o")
    (plan, run), = body["runs"].items()
    runs, statements = {}, {}
    for model in range(1000):
        for lifecycle in range(2):
            steps = {}
            for step in range(8):
                told = json.loads(json.dumps(body["statements"][run["steps"]["bias"]["evidence"]]))
                rows = told["predicate"]["measurement"]["metrics"]
                told["predicate"]["measurement"]["metrics"] = [{**rows[0], "where": {"column": f"c{row}"}, "value": (model * 31 + step * 7 + row) / 1009} for row in range(20)]
                told["subject"][0]["digest"]["sha256"] = f"{model:064x}"
                digest = digest_of(told)
                statements[digest], steps[f"step-{step}"] = told, {"verdict": "pass", "evidence": digest}
            runs[digest_of([plan, model, lifecycle])] = {**run, "steps": steps}
    data = sealed({**body, "runs": runs, "statements": statements}, key)
    print(f"{len(data):,} bytes")
    assert len(data) < 8 * MEBIBYTE
    assert len(opened(data, named(key)).runs) == 2000
    assert signed_payload({name: value for name, value in json.loads(data).items() if name != "key"})[:2] == b"\x1f\x8b"
