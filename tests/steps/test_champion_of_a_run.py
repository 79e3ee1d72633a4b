"""A version is compared with the one that the ledger has as in use where it is to go, and with no other."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from bank import TABLE, Bank, Candidate, governance, person
from guards import guards_down
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import PromotionRefused
from modelops_airflow.evidence.pack import VERIFIER
from modelops_airflow.evidence.statement import read_measurement
from modelops_airflow.evidence.verify import unzipped, verify
from modelops_airflow.governance.documents import fetch, keep
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.start import RunKey, pin
from modelops_airflow.governance.stop import suspend
from modelops_airflow.inventory.tables import RunRow
from modelops_airflow.measurement import Measurement, Status, Verdict
from modelops_airflow.plan.types import Plan, PlannedStep, Requirement
from modelops_airflow.steps.evidence_pack import evidence_pack
from modelops_airflow.steps.local import attempt
from modelops_airflow.steps.run import StepResult
from modelops_airflow.targets import strengths
from threshold_kind import threshold

__all__ = ["threshold"]
REQUIRED = (Requirement("accuracy_against_champion", None, "< -0.05", {}, "model file", default=False),)
SCHEMA = json.loads((VERIFIER.parent / "evidence-pack.schema.json").read_text())
WORSE = "accuracy_against_champion"


def rules(limit: int) -> str:
    """A table that declines above a limit; the truth is 12000."""
    return TABLE.format(version=limit).replace("12000", str(limit))


def plan(bank: Bank, version: str, to: str = "production") -> Plan:
    """A release that compares with what is in use where it goes."""
    whole = bank.plan(version)
    steps = {step.id: step for step in whole.steps}
    champion = PlannedStep("champion", "champion", {"rows": 200, "resamples": 100}, REQUIRED, ("profile",), "check")
    profile = PlannedStep("profile", "profile", {}, (), ("scan-artifact",), "prepare")
    kept = [replace(steps[name], needs=("champion",) if name == "decide" else steps[name].needs) for name in steps if name not in ("pin", "scan-artifact", "bias")]
    kept = [replace(step, options={"to": to}) if step.uses == "deploy" else step for step in kept]
    return replace(whole, data={"current": "data/current.parquet", "columns": {"target": "right"}},
                   steps=(steps["pin"], steps["scan-artifact"], profile, champion, *kept))


@pytest.fixture
def house(bank: Bank) -> Bank:
    """The bank with data: 300 amounts, and what should be said of them."""
    (bank.root / "data").mkdir()
    amounts = [40 * place for place in range(1, 601)]
    pq.write_table(pa.table({"amount": amounts, "right": ["decline" if one > 12000 else "standard" for one in amounts]}), bank.root / "data/current.parquet")
    return bank


def start(bank: Bank, version: str, limit: int, to: str = "production") -> RunKey:
    """Pin a version whose table has this limit."""
    planned, key = plan(bank, version, to), RunKey("pricing.release", f"manual__{version}-{to}")
    path = bank.root / planned.model["artifact"]
    path.write_text(rules(limit))
    pin(bank.register, key, planned.to_json(), bank.store.put_file(path), path.name, "dana")
    return key


def measure(bank: Bank, key: RunKey) -> StepResult:
    """Scan, profile, compare."""
    run = bank.run(key)
    for name in ("scan-artifact", "profile", "champion"):
        result = attempt(run, run.plan.step(name))
        run.journal.record(run.plan.step(name), result)
    return result


def release(bank: Bank, version: str, limit: int, to: str = "production") -> Candidate:
    """A version on its way, everything approved."""
    key = start(bank, version, limit, to)
    measure(bank, key)
    assert bank.decide(key) == "pass"
    return bank.approve(bank.gates(key))


def live(bank: Bank, version: str, limit: int, to: str = "production") -> Candidate:
    """A version in use."""
    there = release(bank, version, limit, to)
    bank.deploy(there)
    return there


def told(bank: Bank, key: RunKey) -> tuple[StepResult, Measurement]:
    """What the comparison came to, and its evidence."""
    result = measure(bank, key)
    return result, read_measurement(bank.store, str(result.evidence))


def value(measurement: Measurement, name: str) -> Any:
    return next(row.value for row in measurement.metrics if row.name == name)


def test_the_first_version_has_no_champion_and_is_not_blocked(house: Bank) -> None:
    key = start(house, "1.0.0", 12000)
    result, measured = told(house, key)

    assert (measured.status, result.judgement and result.judgement.verdict) == (Status.NOT_APPLICABLE, Verdict.NOT_APPLICABLE)
    assert "no version of pricing was ever in use in production" in measured.notes[0]
    assert house.decide(key) == "pass"
    first = house.approve(house.gates(key))
    house.deploy(first)
    assert house.shown() == first.artifact


def test_the_second_version_is_compared_with_the_first_on_the_same_rows(house: Bank) -> None:
    first = live(house, "1.0.0", 11000)
    better, measured = told(house, start(house, "2.0.0", 12000))
    worse, beside = told(house, start(house, "3.0.0", 7000))

    assert better.judgement is not None and better.judgement.verdict is Verdict.PASS
    assert value(measured, WORSE) == pytest.approx(value(measured, "other_decisions_share")) and value(measured, WORSE) > 0.01
    assert measured.inputs["champion"] == first.artifact
    assert measured.parameters["champion"] == {"environment": "production", "subject": first.subject, "version": "1.0.0", "artifact": first.artifact}
    assert "version 1.0.0" in " ".join(measured.notes)
    assert worse.judgement is not None and worse.judgement.verdict is Verdict.FAIL
    assert value(beside, WORSE) < -0.1


def test_the_artifact_that_is_in_use_already_is_told(house: Bank) -> None:
    live(house, "1.0.0", 12000)
    _, measured = told(house, start(house, "1.0.1", 12000))
    assert "it is the very artifact that is measured here" in " ".join(measured.notes)
    assert value(measured, WORSE) == 0


@pytest.mark.parametrize("harm", ["lost", "changed"])
def test_a_champion_that_cannot_be_read_is_an_error_and_never_no_champion(house: Bank, harm: str) -> None:
    first, key = live(house, "1.0.0", 11000), start(house, "2.0.0", 12000)
    digest = first.artifact.removeprefix("sha256:")
    file = next(path for path in (house.root / "evidence").rglob("*") if path.is_file() and digest in "".join(path.parts[-2:]))
    file.chmod(0o644)
    file.unlink() if harm == "lost" else file.write_text("other rules")

    result, measured = told(house, key)
    assert (measured.status, result.judgement and result.judgement.verdict) == (Status.ERROR, Verdict.ERROR)
    assert "the version in use cannot be compared with" in measured.notes[0]
    assert house.decide(key) == "error"


def test_a_champion_that_does_not_pass_its_scan_is_not_opened(house: Bank) -> None:
    first = live(house, "1.0.0", 11000)
    house.forge("UPDATE modelops_version SET kind = 'skops' WHERE version = '1.0.0'")
    result, measured = told(house, start(house, "2.0.0", 12000))
    assert measured.status is Status.ERROR
    assert f"artifact {first.artifact} did not pass its scan as skops" in measured.notes[0]
    assert result.judgement is not None and result.judgement.verdict is Verdict.ERROR


def test_a_champion_of_a_kind_that_no_policy_allows_is_not_opened(house: Bank) -> None:
    live(house, "1.0.0", 11000)
    house.forge("UPDATE modelops_version SET kind = 'joblib' WHERE version = '1.0.0'")
    _, measured = told(house, start(house, "2.0.0", 12000))
    assert measured.status is Status.ERROR
    assert "does not allow its format joblib" in measured.notes[0]


def test_the_version_in_use_in_another_environment_is_no_champion(house: Bank) -> None:
    places = {"production": {"target": "folder", "with": {"path": "live"}}, "staging": {"target": "folder", "with": {"path": "staging"}}}
    house.govern(governance(environments=places))
    first = live(house, "1.0.0", 11000)
    _, elsewhere = told(house, start(house, "2.0.0", 12000, "staging"))
    assert elsewhere.status is Status.NOT_APPLICABLE and "staging" in elsewhere.notes[0]

    staged = live(house, "3.0.0", 9000, "staging")
    _, here = told(house, start(house, "2.1.0", 12000))
    _, there = told(house, start(house, "2.2.0", 12000, "staging"))
    assert (here.inputs["champion"], there.inputs["champion"]) == (first.artifact, staged.artifact)


def test_a_forged_pointer_of_the_target_is_not_believed(house: Bank) -> None:
    first = live(house, "1.0.0", 11000)
    bad = rules(100).encode()
    house.store.put(bad)
    pointer = house.root / "live/live/pricing.json"
    pointer.write_text(json.dumps({**json.loads(pointer.read_text()), "artifact": digest_bytes(bad)}))
    (house.root / "live/artifacts" / digest_bytes(bad).removeprefix("sha256:")).write_bytes(bad)
    assert house.shown() == digest_bytes(bad)

    _, measured = told(house, start(house, "2.0.0", 12000))
    assert measured.inputs["champion"] == first.artifact


@pytest.mark.parametrize("forged", [
    "UPDATE modelops_deployment SET artifact = :bad WHERE state = 'live'",
    "UPDATE modelops_version SET artifact = :bad WHERE version = '1.0.0'",
    "DELETE FROM modelops_deployment WHERE state = 'live' AND :bad <> ''",
    "UPDATE modelops_deployment SET environment = 'elsewhere' WHERE state = 'live' AND :bad <> ''",
])
def test_forged_rows_do_not_make_another_champion_or_none(house: Bank, forged: str) -> None:
    first = live(house, "1.0.0", 11000)
    key, bad = start(house, "2.0.0", 12000), rules(100).encode()
    assert house.forge(forged, bad=house.store.put(bad)) == 1

    _, measured = told(house, key)
    assert measured.inputs.get("champion") in (None, first.artifact)
    assert measured.status is Status.ERROR or measured.inputs["champion"] == first.artifact


def test_a_live_row_that_the_ledger_does_not_know_is_an_error(house: Bank) -> None:
    live(house, "1.0.0", 11000)
    key = start(house, "2.0.0", 12000)
    house.forge("UPDATE modelops_event SET outcome = 'denied' WHERE kind = 'live'")
    _, measured = told(house, key)
    assert measured.status is Status.ERROR and "the ledger has none" in measured.notes[0]


def test_taking_a_version_out_of_service_does_not_excuse_its_successor(house: Bank) -> None:
    first = live(house, "1.0.0", 12000)
    suspend(house.desk, "pricing", "production", person("olaf"), "to be replaced")
    result, measured = told(house, start(house, "2.0.0", 7000))
    assert measured.inputs["champion"] == first.artifact
    assert "taken out of service since" in " ".join(measured.notes)
    assert result.judgement is not None and result.judgement.verdict is Verdict.FAIL


def test_a_comparison_with_a_version_that_was_replaced_since_permits_nothing(house: Bank) -> None:
    live(house, "1.0.0", 11000)
    waiting = release(house, "2.0.0", 12000)
    live(house, "1.1.0", 11500)

    with pytest.raises(PromotionRefused, match=r"step champion compared with .*, and version 1\.1\.0 .* is in use in production now; start a new run"):
        house.deploy(waiting)
    again = release(house, "2.0.1", 12000)
    house.deploy(again)
    assert house.shown() == again.artifact, "the control: measured again it may"


def test_of_two_first_versions_the_second_must_meet_the_first(house: Bank) -> None:
    one, other = release(house, "1.0.0", 12000), release(house, "1.0.1", 7000)
    house.deploy(one)
    with pytest.raises(PromotionRefused, match=r"step champion compared with nothing, and version 1\.0\.0"):
        house.deploy(other)
    assert house.shown() == one.artifact


def test_a_repeated_deployment_and_a_rollback_need_no_new_comparison(house: Bank) -> None:
    first, second = live(house, "1.0.0", 11000), live(house, "2.0.0", 12000)
    assert house.deploy(second), "it is its own champion by now"
    rollback(house.desk, "pricing", "production", "1.0.0", person("rita"), "it was better", strengths=strengths())
    house.converge()
    assert house.shown() == first.artifact


def test_the_packs_of_a_first_and_of_a_second_version_verify_and_name_the_champion(house: Bank) -> None:
    first, second = live(house, "1.0.0", 11000), live(house, "2.0.0", 12000)
    for version, champion in ((first, []), (second, [{"name": "champion", "digest": first.artifact, "state": "readable"}])):
        run = house.run(version.key)
        data = house.store.get(evidence_pack(run, run.plan.step("evidence-pack")).products["pack"])
        assert verify(data)["problems"] == []
        manifest = json.loads(unzipped(data)["manifest.json"])
        jsonschema.validate(manifest, SCHEMA)
        assert [one for one in manifest["inputs"] if one["name"] == "champion"] == champion
        assert next(one["status"] for one in manifest["controls"] if one["control"] == "champion") == ("satisfied" if champion else "not_applicable")


def with_cut(bank: Bank, version: str, cut: float) -> RunKey:
    """Pin a version of a kind with options; its artifact is the same file whatever the option says."""
    planned = plan(bank, version)
    model = {**planned.model, "kind": "threshold", "with": {"cut": cut}}
    planned, key = replace(planned, model=model), RunKey("pricing.release", f"manual__{version}-cut")
    path = bank.root / model["artifact"]
    path.write_text("the same text\n")
    pin(bank.register, key, planned.to_json(), bank.store.put_file(path), path.name, "dana")
    return key


@pytest.mark.usefixtures("threshold")
def test_the_champion_is_asked_with_the_options_that_were_approved_for_it(house: Bank) -> None:
    first = with_cut(house, "1.0.0", 7000)
    measure(house, first)
    assert house.decide(first) == "pass"
    house.deploy(house.approve(house.gates(first)))

    _better, measured = told(house, with_cut(house, "2.0.0", 12000))
    assert value(measured, WORSE) > 0.1  # the same bytes, and not the same decisions

    second = with_cut(house, "3.0.0", 7000)
    _, same = told(house, second)
    assert value(same, WORSE) == 0


@pytest.mark.usefixtures("threshold")
def test_options_of_the_champion_that_nobody_approved_are_refused(house: Bank) -> None:
    first = with_cut(house, "1.0.0", 7000)
    measure(house, first)
    assert house.decide(first) == "pass"
    house.deploy(house.approve(house.gates(first)))
    second = with_cut(house, "2.0.0", 12000)
    assert told(house, second)[1].status is Status.MEASURED

    with house.register.write() as session:
        row = session.scalars(select(RunRow).where(RunRow.run_id == first.run_id)).one()
        forged = fetch(session, row.plan)
        forged["model"]["with"] = {"cut": 12000}
        with guards_down(session.connection()):
            row.plan = keep(session, forged)
            session.flush()

    _, measured = told(house, second)
    assert measured.status is Status.ERROR
    assert "is not the one that was approved" in measured.notes[0]
