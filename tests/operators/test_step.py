"""The retry rule, the pin, and what tasks make of results."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException, TaskDeferred
from sqlalchemy import select
from workbench import Bench

from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.tables import ResultRow, RunRow, VersionRow
from modelops_airflow.ledger import EventRow
from modelops_airflow.measurement import Verdict
from modelops_airflow.operators.approval import ApprovalSensor
from modelops_airflow.operators.decide import DecideOperator
from modelops_airflow.operators.deploy import DeployOperator
from modelops_airflow.operators.measure import MeasureOperator
from modelops_airflow.operators.pin import PinOperator
from modelops_airflow.operators.profile import ProfileOperator
from modelops_airflow.operators.scan_artifact import ScanArtifactOperator
from modelops_airflow.operators.sync import SyncOperator
from modelops_airflow.policy.verdict import Judgement
from modelops_airflow.steps.run import StepResult, StepStatus


def pin(bench: Bench, model: str, context: Any, lifecycle: str = "release") -> str:
    return PinOperator(task_id="pin", model_id=model, lifecycle=lifecycle).execute(context)


def run_checks(context: Any) -> None:
    ScanArtifactOperator(task_id="scan-artifact").execute(context)
    ProfileOperator(task_id="profile").execute(context)
    for check in ("validate-data", "performance", "bias", "drift"):
        MeasureOperator(task_id=check).execute(context)


@pytest.mark.parametrize(("verdict", "status", "raised"), [
    (Verdict.FAIL, StepStatus.MEASURED, AirflowFailException),
    (Verdict.ERROR, StepStatus.ERROR, AirflowException),
    (Verdict.NOT_APPLICABLE, StepStatus.NOT_APPLICABLE, AirflowSkipException),
])
def test_only_an_error_is_retried(verdict: Verdict, status: StepStatus, raised: type[Exception]) -> None:
    with pytest.raises(raised) as caught:
        MeasureOperator(task_id="drift").outcome(StepResult(status, judgement=Judgement(verdict), message="told"))
    assert type(caught.value) is raised


def test_a_pass_is_a_line_for_people() -> None:
    result = StepResult(StepStatus.MEASURED, judgement=Judgement(Verdict.PASS), message="told")
    assert MeasureOperator(task_id="drift").outcome(result) == "told"


def test_the_first_pin_stays_after_an_edit_and_a_clear(bench: Bench) -> None:
    context = bench.context("credit-risk.release")
    first = pin(bench, "credit-risk", context)
    file = bench.root / "dags" / "models" / "credit-risk.yaml"
    file.write_text(file.read_text().replace("tier: 2", "tier: 1").replace('"3.2.0"', '"3.3.0"') + (
        "lifecycles:\n  release: {uses: standard-release, steps: {approve-risk: {with: {roles: {risk: 2}}}}}\n"))
    assert pin(bench, "credit-risk", context) == first
    with bench.register.read() as session:
        assert len(session.scalars(select(RunRow)).all()) == 1


def test_a_version_is_bound_to_its_first_artifact(bench: Bench) -> None:
    pin(bench, "credit-risk", bench.context("credit-risk.release"))
    artifact = bench.root / "examples" / "credit" / "model-3.2.0.skops"
    artifact.chmod(0o644)
    artifact.write_bytes((bench.root / "examples" / "credit" / "legacy-1.0.0.skops").read_bytes())
    with pytest.raises(AirflowFailException, match="bound to the artifact"):
        pin(bench, "credit-risk", bench.context("credit-risk.release", "manual__2"))
    with bench.register.read() as session:
        assert [event.outcome for event in session.scalars(select(EventRow).where(EventRow.kind == "pinned"))] == ["done", "denied"]


def test_who_started_the_run_is_an_author(bench: Bench) -> None:
    pin(bench, "credit-risk", bench.context("credit-risk.release", user="risk-1"))
    with bench.register.read() as session:
        authors = {name for name, _ in session.scalars(select(VersionRow)).one().authors}
    assert {"credit-dev", "risk-1"} <= authors


def test_a_monitor_does_nothing_until_a_version_is_in_use(bench: Bench) -> None:
    with pytest.raises(AirflowSkipException, match="no version of credit-risk is in use"):
        pin(bench, "credit-risk", bench.context("credit-risk.monitor"), "monitor")


def test_the_decision_of_a_run_that_had_nothing_to_do_is_skipped(bench: Bench) -> None:
    context = bench.context("credit-risk.monitor")
    with pytest.raises(AirflowSkipException):
        pin(bench, "credit-risk", context, "monitor")
    with pytest.raises(AirflowSkipException, match="nothing to look at"):
        DecideOperator(task_id="decide", idle=True).execute(context)
    with pytest.raises(AirflowFailException, match="was not pinned"):
        DecideOperator(task_id="decide").execute(bench.context("credit-risk.release"))


def test_a_run_that_nobody_started_is_refused(bench: Bench) -> None:
    with pytest.raises(AirflowFailException, match="start it as a person"):
        pin(bench, "credit-risk", bench.context("credit-risk.release", user=None))


def test_a_task_before_the_pin_is_refused(bench: Bench) -> None:
    pin(bench, "credit-risk", bench.context("credit-risk.release"))
    with pytest.raises(AirflowFailException, match="was not pinned"):
        ScanArtifactOperator(task_id="scan-artifact").execute(bench.context("credit-risk.release", "other"))


def test_nothing_opens_an_artifact_whose_scan_has_not_passed_in_this_run(bench: Bench) -> None:
    context = bench.context("credit-risk.release")
    pin(bench, "credit-risk", context)
    with pytest.raises(AirflowException, match="may not be opened"):
        ProfileOperator(task_id="profile").execute(context)


def test_a_missing_check_is_an_error_at_the_decision(bench: Bench) -> None:
    context = bench.context("credit-risk.release")
    pin(bench, "credit-risk", context)
    ScanArtifactOperator(task_id="scan-artifact").execute(context)
    ProfileOperator(task_id="profile").execute(context)
    with pytest.raises(AirflowFailException, match="drift: error, it has no result"):
        DecideOperator(task_id="decide").execute(context)


def test_the_gate_waits_and_deploy_refuses_until_people_have_decided(bench: Bench) -> None:
    context = bench.context("credit-risk.release")
    pin(bench, "credit-risk", context)
    run_checks(context)
    DecideOperator(task_id="decide").execute(context)
    with pytest.raises(TaskDeferred) as parked:
        ApprovalSensor(task_id="approve-validation").execute(context)
    assert set(parked.value.trigger.serialize()[1]) == {"gate", "first_poll", "poll"}
    with pytest.raises(AirflowFailException, match="gate approve-risk was never opened"):
        DeployOperator(task_id="deploy").execute(context)
    with pytest.raises(TaskDeferred):
        ApprovalSensor(task_id="approve-validation").resume(context, {"gate": 1, "approved": True})


def test_a_bad_model_never_reaches_a_gate(bench: Bench) -> None:
    context = bench.context("credit-legacy.release")
    pin(bench, "credit-legacy", context)
    ScanArtifactOperator(task_id="scan-artifact").execute(context)
    ProfileOperator(task_id="profile").execute(context)
    with pytest.raises(AirflowFailException, match="auc"):
        MeasureOperator(task_id="performance").execute(context)
    for check in ("validate-data", "bias", "drift"):
        MeasureOperator(task_id=check).execute(context)
    with pytest.raises(AirflowFailException, match="auc"):
        DecideOperator(task_id="decide").execute(context)
    with pytest.raises(AirflowFailException, match="cannot open"):
        ApprovalSensor(task_id="approve-validation").execute(context)
    with bench.register.read() as session:
        assert session.scalars(select(VersionRow)).one().state == "rejected"


def test_sync_stores_good_and_broken_definitions(bench: Bench) -> None:
    pin(bench, "credit-risk", bench.context("credit-risk.release"))
    broken = bench.root / "dags" / "models" / "pricing-rules.yaml"
    broken.write_text(broken.read_text().replace("tier: 3", "tier: nine"))
    assert "changed" in SyncOperator(task_id="sync").execute(bench.context("modelops.sync"))
    assert SyncOperator(task_id="sync").execute(bench.context("modelops.sync")) == "nothing changed"


def test_results_of_earlier_attempts_stay(bench: Bench) -> None:
    context = bench.context("pricing-rules.release")
    pin(bench, "pricing-rules", context)
    for _ in range(2):
        ScanArtifactOperator(task_id="scan-artifact").execute(context)
    with bench.register.read() as session:
        assert [row.current for row in session.scalars(select(ResultRow).order_by(ResultRow.id))] == [False, True]


def test_before_the_first_governance_a_monitor_skips_and_a_release_says_who_must_confirm(bench: Bench) -> None:
    from modelops_airflow.governance.activate import propose
    from modelops_airflow.spec.read import read_governance

    fresh = Register(f"sqlite:///{bench.root / 'fresh.db'}")
    fresh.migrate()
    propose(fresh, read_governance(bench.root / "dags" / "governance.yaml").canonical, "sync")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__MODELOPS__DATABASE_URL", fresh.url)
        with pytest.raises(AirflowSkipException):
            PinOperator(task_id="pin", model_id="credit-risk", lifecycle="monitor").execute(bench.context("credit-risk.monitor"))
        with pytest.raises(AirflowException, match="0 of 2 people"):
            PinOperator(task_id="pin", model_id="credit-risk", lifecycle="release").execute(bench.context("credit-risk.release"))
