"""Evidence crosses from stage to production as a pack that verifies, and approves nothing there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from bank import TABLE, Bank, Candidate, governance, person
from modelops_airflow.checks import CheckContext
from modelops_airflow.cli import main
from modelops_airflow.database import database_time
from modelops_airflow.digest import canonical, digest_bytes, digest_of
from modelops_airflow.errors import PromotionRefused, Refused
from modelops_airflow.evidence.pack import VERIFIER
from modelops_airflow.evidence.statement import read_measurement
from modelops_airflow.evidence.verify import unzipped, verify
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.start import RunKey, pin
from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.roles import make_roles, roles_of
from modelops_airflow.inventory.tables import DecisionRow, ImportedPackRow, ModelRow
from modelops_airflow.ledger import EventRow
from modelops_airflow.measurement import Measurement, Status, Verdict
from modelops_airflow.plan.types import Plan, PlannedStep, Requirement
from modelops_airflow.settings import settings_from
from modelops_airflow.signing.ed25519 import fingerprint, generate, raw_public
from modelops_airflow.steps.crossing import import_pack
from modelops_airflow.steps.evidence_pack import evidence_pack, pack_of
from modelops_airflow.steps.local import attempt
from modelops_airflow.steps.run import StepResult
from modelops_airflow.ui.reads.gates import Asker
from modelops_airflow.ui.reads.model_page import model_page

SCHEMA = json.loads((VERIFIER.parent / "evidence-pack.schema.json").read_text())
STEP = "evidence-from-stage"


class Elsewhere(Bank):
    """A bank whose releases go to an environment of its own."""

    to = "stage"

    def plan(self, version: str = "1.0.0", **facts: Any) -> Plan:
        """The plan of a release to there."""
        whole = super().plan(version, **facts)
        return replace(whole, steps=tuple(replace(step, options={"to": self.to}) if step.uses == "deploy" else step for step in whole.steps))


@dataclass
class Stage:
    """Another installation, with its own register, store, people and key."""

    bank: Elsewhere
    key: Ed25519PrivateKey
    root: Path
    passed: bytes = b""

    @property
    def fingerprint(self) -> str:
        """Of the key that signs its packs."""
        return fingerprint(raw_public(self.key))

    def pack(self, release: Candidate | RunKey) -> bytes:
        """The pack of a run, made and signed there, now."""
        key = release.key if isinstance(release, Candidate) else release
        settings = settings_from({"root": str(self.root), "checkpoint_key": "house.pem"})
        return self.bank.store.get(pack_of(replace(self.bank.run(key), settings=settings)))


def installation(root: Path, migrated: Path, to: str = "stage") -> Stage:
    """An installation whose environment is `to`, on SQLite."""
    root.mkdir()
    register = root / "register.db"
    register.write_bytes(migrated.read_bytes())
    bank = Elsewhere(root / "bank", f"sqlite:///{register}")
    bank.to = to
    bank.open()
    bank.govern(governance(environments={to: {"target": "folder", "with": {"path": "live"}}}))
    return Stage(bank, generate(root / "house.pem"), root)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Stage:
    """Stage, where 1.0.0 passed, was approved and is live; `passed` is its pack."""
    one = installation(tmp_path_factory.mktemp("stages") / "stage", migrated)
    one.passed = one.pack(one.bank.live())
    return one


def trusting(*keys: str, **more: Any) -> dict[str, Any]:
    """Production's governance, which names the keys of stage."""
    return governance(environments={
        "stage": {"target": "folder", "with": {"path": "live/stage"}, **({"trust": list(keys)} if keys else {}), **more},
        "production": {"target": "folder", "with": {"path": "live"}}})


@pytest.fixture
def production(bank: Bank, stage: Stage) -> Bank:
    """The bank, on each database; it has the model's file, data, and the key of stage in its governance."""
    bank.govern(trusting(stage.fingerprint))
    (bank.root / "data").mkdir()
    pq.write_table(pa.table({"amount": [40 * place for place in range(1, 601)]}), bank.root / "data/current.parquet")
    return bank


def plan(bank: Bank, version: str = "1.0.0", max_age: str = "P90D") -> Plan:
    """A release to production that asks for the evidence of stage."""
    whole = bank.plan(version)
    steps = {step.id: step for step in whole.steps}
    crossing = PlannedStep(STEP, "evidence-from", {"environment": "stage", "max_age": max_age},
                           (Requirement("environment_passed", None, "< 1", {}, "built in", default=False),), ("profile",), "check", ("governance, production",))
    profile = PlannedStep("profile", "profile", {}, (), ("scan-artifact",), "prepare")
    rest = [step for name, step in steps.items() if name not in ("pin", "scan-artifact", "bias")]
    return replace(whole, data={"current": "data/current.parquet"}, steps=(steps["pin"], steps["scan-artifact"], profile, crossing, *rest))


def start(bank: Bank, version: str = "1.0.0", *, run: str = "", text: str | None = None, **asked: str) -> RunKey:
    """Pin a release to production."""
    planned, key = plan(bank, version, **asked), RunKey("pricing.release", run or f"manual__{version}")
    path = bank.root / planned.model["artifact"]
    path.write_text(TABLE.format(version=version) if text is None else text)
    pin(bank.register, key, planned.to_json(), bank.store.put_file(path), path.name, "dana")
    return key


def measured(bank: Bank, key: RunKey) -> tuple[Verdict, Measurement]:
    """Scan, profile, look for the evidence of stage; the verdict of that, and its evidence."""
    run = bank.run(key)
    for name in ("scan-artifact", "profile", STEP):
        result: StepResult = attempt(run, run.plan.step(name))
        run.journal.record(run.plan.step(name), result)
    assert result.judgement is not None
    return result.judgement.verdict, read_measurement(bank.store, str(result.evidence))


def took(bank: Bank, data: bytes, *trust: str) -> bool:
    return import_pack(bank.register, bank.store, data, "ops", trust)[1]


def rows(bank: Bank) -> list[ImportedPackRow]:
    with bank.register.read() as session:
        return list(session.scalars(select(ImportedPackRow).order_by(ImportedPackRow.id)))


def denied(bank: Bank) -> list[str]:
    """Codes of what was refused, as the ledger has it."""
    with bank.register.read() as session:
        return [json.loads(one)["facts"]["code"] for one in session.scalars(
            select(EventRow.body).where(EventRow.kind == "pack-imported", EventRow.outcome == "denied").order_by(EventRow.index))]


def test_what_passed_in_stage_is_taken_in_once_and_lets_production_measure_a_pass(stage: Stage, production: Bank) -> None:
    key = start(production)
    data = stage.passed
    assert took(production, data, stage.fingerprint)
    assert not took(production, data), "the same pack again is no other"

    [row] = rows(production)
    assert (row.environment, row.model_id, row.version, row.verdict, row.signer) == ("stage", "pricing", "1.0.0", "pass", stage.fingerprint)
    assert row.digest == digest_bytes(data) and production.store.get(row.digest) == data
    assert (row.told["level"], row.told["ledger"]) == ("L0", "self-attested") and any("self-attested" in gap for gap in row.told["gaps"])
    assert production.events("done").count("pack-imported") == 1

    verdict, told = measured(production, key)
    assert (verdict, told.metrics[0].value) == (Verdict.PASS, 1.0)
    assert told.inputs["pack:stage"] == row.digest
    assert told.parameters["crossed"]["subject"] == row.subject
    assert production.decide(key) == "pass"


def test_without_a_pack_the_release_fails(stage: Stage, production: Bank) -> None:
    key = start(production)
    verdict, told = measured(production, key)
    assert (verdict, told.status) == (Verdict.FAIL, Status.MEASURED)
    assert "no pack of stage about pricing" in str(told.metrics[0].reason)
    assert production.decide(key) == "fail"


def test_approvals_in_stage_approve_nothing_in_production(stage: Stage, production: Bank) -> None:
    """Vera, Rita and Rolf approved it there, in a pack that verifies; here they are asked again, and nothing goes live before."""
    data = stage.passed
    assert {one["person"] for one in json.loads(unzipped(data)["approvals.json"])} == {"vera", "rita", "rolf"}, "the control: the approvals are in it"
    key = start(production)
    took(production, data)
    assert measured(production, key)[0] is Verdict.PASS
    assert production.decide(key) == "pass"
    release = production.gates(key)

    for gate in release.gates:
        assert production.gate_state(release, gate) == "open"
    with production.register.read() as session:
        assert list(session.scalars(select(DecisionRow))) == []
    with pytest.raises(PromotionRefused, match="approve-validation"):
        production.deploy(release)
    assert production.shown() is None
    production.deploy(production.approve(release))
    assert production.shown() == release.artifact, "the control: with approvals of its own it goes live"


def test_production_s_own_pack_names_the_pack_of_stage_and_says_that_it_does_not_hold_it(stage: Stage, production: Bank) -> None:
    key = start(production)
    data = stage.passed
    took(production, data)
    measured(production, key)
    production.decide(key)
    run = production.run(key)
    own = production.store.get(evidence_pack(run, run.plan.step("evidence-pack")).products["pack"])
    assert verify(own)["problems"] == []
    manifest = json.loads(unzipped(own)["manifest.json"])
    jsonschema.validate(manifest, SCHEMA)
    [item] = [one for one in manifest["items"] if one["path"] == f"statements/{STEP}.dsse.json"]
    assert {"name": "pack:stage", "sha256": digest_bytes(data)[7:]} in item["inputs"]
    assert {"name": "pack:stage", "digest": digest_bytes(data), "state": "readable"} in manifest["inputs"]
    assert next(one["why"] for one in manifest["gaps"] if one["control"] == "environments").startswith(f"{STEP}: rests on the pack {digest_bytes(data)} of stage")


def test_a_flipped_byte_anywhere_is_refused_and_leaves_nothing(stage: Stage, production: Bank) -> None:
    start(production)
    data = bytearray(stage.passed)
    for place in range(0, len(data), len(data) // 12):
        data[place] ^= 1
        with pytest.raises(Refused, match="does not verify"):
            took(production, bytes(data))
        data[place] ^= 1
    assert rows(production) == []
    assert set(denied(production)) == {"not-verified"}
    assert took(production, bytes(data)), "the control: every byte is back"


def test_another_key_is_refused_whatever_the_command_line_says(stage: Stage, production: Bank, tmp_path: Path, migrated: Path) -> None:
    start(production)
    other = installation(tmp_path / "other", migrated)
    data = other.pack(other.bank.live())
    with pytest.raises(Refused, match="not signed by a trusted key"):
        took(production, data)
    with pytest.raises(Refused, match="governance does not name the key"):
        took(production, data, other.fingerprint)
    with pytest.raises(Refused, match="governance does not name the key"):
        took(production, stage.passed, other.fingerprint)
    assert rows(production) == []


def test_an_unsigned_pack_is_refused(stage: Stage, production: Bank) -> None:
    start(production)
    run = stage.bank.run(RunKey("pricing.release", "manual__1.0.0"))
    with pytest.raises(Refused, match="not signed by a trusted key, but by nobody"):
        took(production, stage.bank.store.get(pack_of(run)))


def test_a_key_speaks_for_its_environment_alone(stage: Stage, production: Bank, tmp_path: Path, migrated: Path) -> None:
    start(production)
    dev = installation(tmp_path / "dev", migrated, "dev")
    data = dev.pack(dev.bank.live())
    production.govern(trusting(stage.fingerprint, dev.fingerprint), "vera", "ines")
    with pytest.raises(Refused, match=r"of environment dev, and the key .* is trusted for stage alone"):
        took(production, data)


def test_where_governance_names_no_key_nothing_is_taken_in(stage: Stage, bank: Bank) -> None:
    bank.pin()
    with pytest.raises(Refused, match="names no key of another installation"):
        took(bank, stage.passed)


def test_a_model_that_nobody_knows_here_is_refused(stage: Stage, production: Bank) -> None:
    with pytest.raises(Refused, match="knows no model 'pricing'"):
        took(production, stage.passed)
    assert denied(production) == ["unknown-model"]


def test_evidence_of_another_model_with_the_same_bytes_does_not_count(stage: Stage, production: Bank) -> None:
    """The same table under another id passed in stage: that says nothing of this one."""
    key = start(production)
    release = stage.bank.release(id="prices", run=uuid4().hex)
    other = replace(production.plan(), model={**production.plan().model, "id": "prices"})
    path = production.root / other.model["artifact"]
    pin(production.register, RunKey("prices.release", "one"), other.to_json(), production.store.put_file(path), path.name, "dana")
    assert took(production, stage.pack(release))
    assert measured(production, key)[0] is Verdict.FAIL
    production.forge("UPDATE modelops_imported_pack SET model_id = 'pricing'")
    verdict, told = measured(production, key)
    assert verdict is Verdict.ERROR, "a forged row proves nothing: the stored bytes are asked"
    assert "it is about prices" in told.notes[0]


def test_other_bytes_under_the_same_version_are_refused_and_a_finding(stage: Stage, production: Bank) -> None:
    key = start(production, text=TABLE.format(version="1.0.0, changed"))
    data = stage.passed
    with pytest.raises(Refused, match=r"stage has other bytes as version 1\.0\.0 of pricing"):
        took(production, data)
    assert production.findings() == ["other-bytes-stage-1.0.0"]
    assert (rows(production), denied(production)) == ([], ["other-bytes"])
    assert measured(production, key)[0] is Verdict.FAIL
    start(production, "1.3.0")
    took(production, stage.pack(stage.bank.release("1.3.0", run=uuid4().hex)))
    assert production.findings() == ["other-bytes-stage-1.0.0"], "a good pack of another version settles nothing about this one"


def test_a_pack_that_came_before_other_bytes_does_not_count_for_them(stage: Stage, production: Bank) -> None:
    start(production, "0.9.0")
    took(production, stage.passed)
    key = start(production, text=TABLE.format(version="1.0.0, changed"))
    verdict, told = measured(production, key)
    assert verdict is Verdict.FAIL
    assert "there are some about 1.0.0" in str(told.metrics[0].reason)


def an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs are made an hour later from now on, and nobody minds."""
    monkeypatch.setattr("modelops_airflow.checks.evidence_from._SKEW", timedelta(hours=2))
    monkeypatch.setattr("modelops_airflow.steps.pack_facts.database_time", lambda session: database_time(session) + timedelta(hours=1))


def test_an_older_pack_does_not_come_back_after_a_newer_one(stage: Stage, production: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """It passed; the next run over the same bytes failed. Whoever brings the older pack again changes nothing."""
    key = start(production)
    old = stage.passed
    again = stage.bank.pin(run=uuid4().hex)
    stage.bank.measure(again, ratio=0.5)
    assert stage.bank.decide(again) == "fail"
    an_hour_later(monkeypatch)
    assert took(production, stage.pack(again))
    with pytest.raises(Refused, match="a newer pack about these bytes"):
        took(production, old)
    assert denied(production) == ["older"]
    verdict, told = measured(production, key)
    assert verdict is Verdict.FAIL
    assert told.notes[0] == "its verdict in stage is fail"


def test_the_newest_pack_counts_whatever_order_the_rows_say(stage: Stage, production: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    key = start(production)
    took(production, stage.passed)
    again = stage.bank.pin(run=uuid4().hex)
    stage.bank.measure(again, ratio=0.5)
    stage.bank.decide(again)
    an_hour_later(monkeypatch)
    assert measured(production, key)[0] is Verdict.PASS, "the control"
    took(production, stage.pack(again))
    production.forge("UPDATE modelops_imported_pack SET made_at = '2099-01-01 00:00:00', verdict = 'pass' WHERE verdict = 'pass'")
    assert measured(production, key)[0] is Verdict.FAIL


def test_a_rejection_in_stage_is_no_pass(stage: Stage, production: Bank) -> None:
    key = start(production, "1.1.0")
    release = stage.bank.release("1.1.0", run=uuid4().hex, purpose=uuid4().hex)
    stage.bank.vote(release, "approve-risk", "rita", "reject", comment="Not yet.")
    took(production, stage.pack(release))
    verdict, told = measured(production, key)
    assert verdict is Verdict.FAIL
    assert "rejected at approve-risk" in told.notes[0]
    assert told.metrics[1].value == 2


def test_a_pack_that_is_too_old_is_no_pass(stage: Stage, production: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    key = start(production, max_age="P90D")
    took(production, stage.passed)
    for days, wanted in ((89, Verdict.PASS), (91, Verdict.FAIL), (-1, Verdict.ERROR)):
        moved = datetime.now(UTC) + timedelta(days=days)
        monkeypatch.setattr("modelops_airflow.steps.measure.CheckContext", _at(moved))
        assert measured(production, key)[0] is wanted, days


def _at(moment: Any) -> Callable[..., Any]:
    return lambda **facts: CheckContext(**facts, now=lambda: moment)


def test_a_pack_that_is_lost_or_changed_in_the_store_is_an_error(stage: Stage, production: Bank) -> None:
    key = start(production)
    data = stage.passed
    took(production, data)
    path = production.store._path(digest_bytes(data))
    path.chmod(0o644)
    path.write_bytes(data[:-1])
    verdict, told = measured(production, key)
    assert verdict is Verdict.ERROR
    assert "cannot be believed any more" in told.notes[0]
    path.unlink()
    assert measured(production, key)[0] is Verdict.ERROR


def test_a_key_that_governance_no_longer_names_takes_its_packs_with_it(stage: Stage, production: Bank) -> None:
    key = start(production)
    took(production, stage.passed)
    assert measured(production, key)[0] is Verdict.PASS, "the control"
    production.govern(trusting("sha256:" + "a" * 64))
    assert measured(production, key)[0] is Verdict.FAIL
    production.govern(trusting(), "vera")
    verdict, told = measured(production, key)
    assert verdict is Verdict.ERROR
    assert "names no key for stage" in told.notes[0]


def test_another_kind_or_options_is_no_evidence_of_this_one(stage: Stage, production: Bank) -> None:
    key = start(production, "1.2.0")
    took(production, stage.pack(stage.bank.release("1.2.0", run=uuid4().hex, **{"with": {"rounding": 2}})))
    verdict, told = measured(production, key)
    assert verdict is Verdict.FAIL
    assert "with other options" in str(told.metrics[0].reason)


def test_trusting_a_key_takes_two_people_and_trusting_one_less_takes_one(stage: Stage, bank: Bank) -> None:
    body = trusting(stage.fingerprint)
    assert propose(bank.register, body, "sync") == "pending"
    assert activate(bank.desk, digest_of(body), person("vera")) == "pending"
    assert activate(bank.desk, digest_of(body), person("ines")) == "active"
    bank.govern(trusting(), "vera")
    asks = {**trusting(stage.fingerprint)}
    asks["environments"] = {**asks["environments"], "production": {**asks["environments"]["production"], "after": {"stage": "P90D"}}}
    bank.govern(asks, "vera", "ines")
    assert propose(bank.register, trusting(stage.fingerprint), "sync") == "pending"
    assert activate(bank.desk, digest_of(trusting(stage.fingerprint)), person("vera")) == "pending", "what production asks of stage is not taken back by one"


def test_what_was_taken_in_is_kept_as_it_is(stage: Stage, production: Bank) -> None:
    start(production)
    took(production, stage.passed)
    for statement in ("UPDATE modelops_imported_pack SET verdict = 'fail'", "DELETE FROM modelops_imported_pack"):
        with pytest.raises(DatabaseError, match="the database refuses"):
            production.sql(statement)


def test_the_page_of_the_model_shows_where_the_evidence_comes_from(stage: Stage, production: Bank) -> None:
    start(production)
    took(production, stage.passed)
    with production.register.read() as session:
        page = model_page(session, session.get_one(ModelRow, "pricing"), Asker(None, None))
    [one] = page["imported_packs"]
    assert (one["environment"], one["verdict"], one["version"], one["signer"]) == ("stage", "pass", "1.0.0", stage.fingerprint)
    assert one["gates"] == {"approve-validation": "approved", "approve-risk": "approved"}
    canonical(page["imported_packs"])  # plain data


def test_the_commands_take_a_pack_in_and_show_it(
    stage: Stage, production: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    start(production)
    file, other = tmp_path / "stage.zip", tmp_path / "changed.zip"
    file.write_bytes(stage.passed)
    other.write_bytes(stage.passed[:-1])
    for name, value in {"ROOT": production.root, "DATABASE_URL": production.url, "EVIDENCE": production.store.url}.items():
        monkeypatch.setenv(f"AIRFLOW__MODELOPS__{name}", str(value))

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["modelops", *arguments])
        try:
            main()
        except SystemExit as end:
            told = capsys.readouterr()
            return int(end.code or 0), told.out + told.err
        return 0, capsys.readouterr().out

    assert call("pack", "import", str(other))[0] == 1
    assert "does not verify" in call("pack", "import", str(other))[1]
    assert call("pack", "import", str(tmp_path / "missing.zip"))[0] == 2
    code, out = call("pack", "import", str(file), "--trust", stage.fingerprint, "--by", "ops", "--json")
    assert (code, json.loads(out)["new"], json.loads(out)["verdict"]) == (0, True, "pass")
    code, out = call("pack", "import", str(file))
    assert code == 0 and out.startswith("was here already:") and "not proven:" in out
    assert json.loads(call("inventory", "show", "pricing", "--json")[1])["imported_packs"][0]["imported_by"] == "ops"
    assert "Evidence from other environments" in call("inventory", "show", "pricing")[1]


def test_each_role_of_the_database_may_take_packs_in(stage: Stage, postgres: Any, tmp_path: Path) -> None:
    url = postgres.new()
    make_roles(url, roles_of("crossing"))
    worker = Bank(tmp_path / "parted", url.replace("://bank@", "://crossing_worker@"))
    worker.desk = Register(url.replace("://bank@", "://crossing_api@"))
    worker.open()
    worker.govern(trusting(stage.fingerprint))
    start(worker)
    assert import_pack(worker.register, worker.store, stage.passed, "ops")[1]
    again = stage.pack(RunKey("pricing.release", "manual__1.0.0"))
    assert import_pack(worker.desk, worker.store, again, "ops")[1]
    with pytest.raises(DatabaseError, match=r"permission denied|the database refuses"):
        worker.sql("DELETE FROM modelops_imported_pack")
    for one in (worker.register, worker.desk):
        one.engine.dispose()
