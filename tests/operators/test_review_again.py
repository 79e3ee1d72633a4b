"""A review in Airflow: pinned it repeats what was approved, by digest, and whatever differs is named by its cause."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable

import pyarrow.parquet as pq
import pytest
import review_world as world
import yaml
from review_world import DATA, FRESH, PINNED, evidence, key_of, release, review, row_of, told
from workbench import Bench

from guards import guards_down
from modelops_airflow.evidence.difference import difference
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.evidence.verify import verify
from modelops_airflow.governance.reviewed import last_approved
from modelops_airflow.governance.start import RunKey
from modelops_airflow.operators.evidence_pack import EvidencePackOperator
from modelops_airflow.steps.recorded import of_register
from modelops_airflow.ui.reads.numbers import numbers_since

MEASURED = {"bias", "drift", "profile", "scan-artifact", "validate-data", "volume"}


@pytest.fixture
def released(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A model in use, whose review is pinned."""
    monkeypatch.syspath_prepend(str(bench.root / "site"))
    (bench.root / "checks").mkdir()
    (bench.root / "checks/volume.py").write_text(world.CHECK)
    world.install(bench, "1.0", "1.0")
    world.write(bench, PINNED)
    release(bench)
    return bench


def drop_a_row(bench: Bench) -> None:
    pq.write_table(pq.read_table(bench.root / DATA).slice(1), bench.root / DATA)


def causes(bench: Bench, run_id: str) -> set[tuple[str, str]]:
    return {(one["kind"], one["what"]) for one in told(bench, key_of(run_id))["causes"]}


def test_a_pinned_review_of_an_untouched_model_has_identical_digests(released: Bench) -> None:
    assert review(released, "scheduled__1") == {}
    assert review(released, "scheduled__1") == {}
    before, after = evidence(released, RunKey("pricing-rules.release", "manual__1")), evidence(released, key_of("scheduled__1"))

    assert after.keys() == MEASURED | {"difference"} and before.keys() == MEASURED
    assert {name: after[name] for name in MEASURED} == before
    found = told(released, key_of("scheduled__1"))
    assert found["equal"] is True and found["causes"] == [] and set(found["metrics"].values()) == {0.0}
    assert found["notes"] == ("all 6 steps have the same evidence digests and verdicts as in pricing-rules.release/manual__1, which was approved",)
    assert row_of(released, key_of("scheduled__1")).verdict == "pass"


def one_row(bench: Bench) -> None:
    drop_a_row(bench)


def library(bench: Bench) -> None:
    world.install(bench, "1.1", "1.5")


def threshold(bench: Bench) -> None:
    steps = {"volume": {**world.RELEASE["steps"]["volume"], "require": {"volume": {"fail": "< 1000"}}}}
    world.write(bench, PINNED, steps=steps)


def own_check(bench: Bench) -> None:
    (bench.root / "checks/volume.py").write_text(world.CHECK.replace("current.rows *", "current.rows * 2 *"))


EXPLAINED: dict[str, tuple[Callable[[Bench], None], set[tuple[str, str]], set[str]]] = {
    "one library version": (library, {("environment", "weighing")}, {"volume"}),
    "one threshold": (threshold, {("policy", "volume requires volume")}, {"volume"}),
}


@pytest.mark.parametrize("name", sorted(EXPLAINED))
def test_of_one_change_a_pinned_review_names_exactly_that_cause(name: str, released: Bench) -> None:
    change, expected, differing = EXPLAINED[name]
    change(released)
    review(released, "scheduled__1")
    found = told(released, key_of("scheduled__1"))

    assert causes(released, "scheduled__1") == expected
    assert {one["step"] for one in found["steps"] if not one["equal"]} == differing
    (kind,) = {kind for kind, _ in expected}
    assert found["metrics"] == {"changed": 1.0, "unexplained": 0.0, **{f"causes{one}": float(one == kind) for one in ("data", "model", "code", "environment", "policy", "plan")}}


LOST: dict[str, tuple[Callable[[Bench], None], str]] = {
    "one row of data": (drop_a_row, "current has other bytes now (expected sha256:"),
    "the data is gone": (lambda bench: (bench.root / DATA).unlink(), "current is not there any more"),
    "one own check": (own_check, "checks/volume.py has other bytes now"),
}


@pytest.mark.parametrize("name", sorted(LOST))
def test_a_pinned_review_over_something_else_is_an_error_that_names_it_and_never_a_pass(name: str, released: Bench) -> None:
    change, expected = LOST[name]
    change(released)
    raised = review(released, "scheduled__1")

    assert expected in raised["profile"] and "pricing-rules.release/manual__1 cannot be repeated as it was" in raised["profile"]
    assert row_of(released, key_of("scheduled__1")).verdict == "error"


def test_what_differs_without_a_cause_fails_the_review(released: Bench) -> None:
    (released.root / "site/weighing.py").write_text("def weight():\n    return 2.0\n")  # patched in place: no version says so
    world.sys.modules.pop("weighing")
    raised = review(released, "scheduled__1")

    assert "unexplained 1: fail" in raised["difference"] and row_of(released, key_of("scheduled__1")).verdict == "fail"
    assert told(released, key_of("scheduled__1"))["notes"][0].endswith("cause: none that is on record; 1 without a cause")


def test_a_fresh_review_measures_the_new_data_and_says_what_changed_since_the_approval(released: Bench) -> None:
    world.write(released, {**FRESH, "steps": {"volume": world.RELEASE["steps"]["volume"]}})
    drop_a_row(released)
    assert review(released, "scheduled__1") == {}
    found = told(released, key_of("scheduled__1"))

    assert ("data", "current") in causes(released, "scheduled__1")
    (volume,) = (one for one in found["steps"] if one["step"] == "volume")
    assert [(one["before"]["value"], one["after"]["value"]) for one in volume["changes"]] == [(400, 399)]
    assert found["metrics"]["unexplained"] == 0.0 and row_of(released, key_of("scheduled__1")).verdict == "pass"
    with released.register.read() as session:  # what the page of the gate shows beside the plan's own changes
        shown = numbers_since(session, row_of(released, key_of("scheduled__1")))
    assert {"what": "volume: volume", "before": "400, pass", "after": "399, pass"} in shown
    assert not any(one["what"].startswith(("difference", "scan-artifact")) for one in shown), "only what differs"


def test_evidence_that_was_exchanged_after_the_approval_is_not_what_a_review_compares_with(released: Bench) -> None:
    with released.register.engine.begin() as connection, guards_down(connection):
        connection.exec_driver_sql("UPDATE modelops_result SET evidence = (SELECT evidence FROM modelops_result WHERE step = 'drift') WHERE step = 'volume'")
    raised = review(released, "scheduled__1")

    assert "the register's evidence of volume is not what was approved" in raised["profile"]


def test_no_two_reviews_have_one_subject_so_no_approval_of_the_last_one_counts_for_the_next(released: Bench) -> None:
    from modelops_airflow.governance.gate import open_gate, standings

    for run_id in ("scheduled__1", "scheduled__2"):
        assert review(released, run_id) == {}
    first, second = key_of("scheduled__1"), key_of("scheduled__2")
    world.approve(released, first, {"opinion": "validator-1", "attest": "credit-owner"})
    gate = open_gate(released.register, second, "attest")

    assert row_of(released, first).subject != row_of(released, second).subject
    assert standings(released.register, [gate])[gate].state == "open"


def one_byte(bench: Bench) -> None:
    body = yaml.safe_load((bench.root / world.FILE).read_text())
    artifact = bench.root / body["model"]["artifact"]
    (artifact.parent / "model-1.5.0.yaml").write_bytes(artifact.read_bytes() + b"\n")
    body["model"] |= {"artifact": "examples/pricing/model-1.5.0.yaml", "version": "1.5.0"}
    (bench.root / world.FILE).write_text(yaml.safe_dump(body))


ON_DATA = MEASURED - {"scan-artifact"}
ONE_CHANGE: dict[str, tuple[Callable[[Bench], None], dict[tuple[str, str], set[str]]]] = {
    "nothing": (lambda bench: None, {}),
    "one byte of the artifact": (one_byte, {("model", "artifact"): MEASURED}),
    "one library version": (library, {("environment", "weighing"): {"volume"}}),
    "one row of data": (drop_a_row, {("data", "current"): ON_DATA}),
    "one threshold": (threshold, {("policy", "volume requires volume"): {"volume"}}),
}


@pytest.mark.parametrize("name", sorted(ONE_CHANGE))
def test_of_one_change_between_two_governed_runs_exactly_that_is_the_cause(name: str, released: Bench) -> None:
    change, expected = ONE_CHANGE[name]
    change(released)
    world.run(released, released.context("pricing-rules.release", "manual__2"))
    store = BlobStore(str(released.root.parent / "evidence"))
    before, after = (of_register(released.register, store, RunKey("pricing-rules.release", run)).told for run in ("manual__1", "manual__2"))
    found = difference(before, after)

    assert {(cause.kind, cause.what): set(cause.steps) for cause in found.causes if cause.steps} == expected
    assert not any(step.unexplained for step in found.steps)
    assert {step.step for step in found.steps if not step.equal} == set().union(*expected.values())
    assert found.equal is (name == "nothing")


def test_a_pinned_review_compares_with_the_champion_of_then(released: Bench) -> None:
    one_byte(released)
    champion = {"champion": {"uses": "champion", "insert": {"after": "profile"}, "with": {"rows": 100, "resamples": 100}}}
    world.write(released, PINNED, steps={**world.RELEASE["steps"], **champion})
    release(released, "manual__2")
    assert review(released, "scheduled__1") == {}
    before, after = evidence(released, RunKey("pricing-rules.release", "manual__2")), evidence(released, key_of("scheduled__1"))

    assert before["champion"] == after["champion"] and told(released, key_of("scheduled__1"))["equal"] is True


def test_a_review_ends_in_two_approvals_and_a_pack_that_has_the_comparison(released: Bench) -> None:
    assert review(released, "scheduled__1") == {}
    world.approve(released, key_of("scheduled__1"), {"opinion": "validator-1", "attest": "credit-owner"})
    told_digest = EvidencePackOperator(task_id="evidence-pack").execute(world.scheduled("scheduled__1"))
    pack = BlobStore(str(released.root.parent / "evidence")).get(told_digest.split()[-1])
    statement = evidence(released, key_of("scheduled__1"))["difference"].removeprefix("sha256:")

    assert verify(pack)["problems"] == []
    with zipfile.ZipFile(io.BytesIO(pack)) as opened:
        payload = base64.b64decode(json.loads(opened.read("statements/difference.dsse.json"))["payload"])
    assert hashlib.sha256(payload).hexdigest() == statement, "the statement with the whole comparison is in it"
    with released.register.read() as session:
        assert last_approved(session, [world.MODEL])[world.MODEL] >= row_of(released, key_of("scheduled__1")).decided_at


def test_data_that_changed_after_it_was_looked_at_is_an_error_of_the_comparison(released: Bench) -> None:
    """The negative control of the second look: the first one is taken out."""
    from modelops_airflow.steps import profile

    drop_a_row(released)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(profile, "demand_the_same", lambda *_: None)
        raised = review(released, "scheduled__1")
    assert "this pinned review measured other data than the approved run: current sha256:" in raised["difference"]
    assert row_of(released, key_of("scheduled__1")).verdict == "error"
