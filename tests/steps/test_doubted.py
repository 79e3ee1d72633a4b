"""After a change of rules exactly the models whose verdict does not stand are queued, once, whatever happens to the round."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import func, select

from bank import Bank
from fleet_world import Fleet, psi_on_record
from guards import guards_down
from modelops_airflow.governance import campaign
from modelops_airflow.governance.documents import fetch
from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.tables import CampaignRow, Document, RecertificationRow, RunRow
from modelops_airflow.ledger import EventRow
from modelops_airflow.plan.replay import FRESH, replay
from modelops_airflow.steps import doubted
from modelops_airflow.steps.local import plan_from_files
from modelops_airflow.steps.replayed import runs_in_register

VARIANTS = (0, 1, 2, 3)


@pytest.fixture
def fleet(tmp_path: Path, register_url: str) -> Iterator[Fleet]:
    """Four models in use, whose data drift by 0.04, 0.04, 0.09 and 0.24; 0.30 fails."""
    one = Fleet(tmp_path / "fleet", Register(register_url))
    written(one, "0.30")
    one.release({f"model-{number}": number for number in VARIANTS})
    assert one.sync() == []
    yield one
    one.register.engine.dispose()


def written(fleet: Fleet, psi: str, **facts: object) -> None:
    for number in VARIANTS:
        fleet.write(f"model-{number}", psi, variant=number, **facts)  # type: ignore[arg-type]


def rows(fleet: Fleet) -> list[RecertificationRow]:
    with fleet.register.read() as session:
        return list(session.scalars(select(RecertificationRow).order_by(RecertificationRow.id)))


def queue(fleet: Fleet) -> list[tuple[str, str]]:
    return [(row.model_id, row.state) for row in rows(fleet)]


def told(fleet: Fleet, kind: str = campaign.KIND) -> int:
    with fleet.register.read() as session:
        return session.scalar(select(func.count()).where(EventRow.kind == kind)) or 0


def test_a_threshold_queues_the_models_whose_evidence_is_beyond_it_and_no_other(fleet: Fleet) -> None:
    written(fleet, "0.15")
    assert fleet.sync() == ["re-certification: 1 of 4 models in use are put on the queue, 0 taken off"]
    beyond = [f"model-{number}" for number in VARIANTS if max(psi_on_record(fleet, fleet.measured(f"model-{number}", number))) >= 0.15]
    assert [row.model_id for row in rows(fleet)] == beyond == ["model-3"]
    (row,) = rows(fleet)
    assert (row.state, row.verdict_before, row.expected, row.dag_id, row.tier, row.attempt) == ("waiting", "pass", "fail", "model-3.review", 3, 1)
    assert any("fail >= 0.30 -> warn >= 0.10, fail >= 0.15" in line for line in row.changes)
    assert row.before != row.after


def test_what_plan_foretells_is_what_is_queued(fleet: Fleet) -> None:
    old = {f"model-{number}": plan_from_files(fleet.project, f"model-{number}", "release")[0] for number in VARIANTS}
    written(fleet, "0.12")
    runs = runs_in_register(fleet.register, fleet.store, {plan.digest for plan in old.values()})
    foretold = {name: replay(plan, plan_from_files(fleet.project, name, "release")[0], runs[plan.digest][0]) for name, plan in old.items()}
    fleet.sync()
    assert {row.model_id: row.expected for row in rows(fleet)} == {name: one.after for name, one in foretold.items() if one.after != one.before}


def test_a_repeated_round_makes_no_second_row_and_no_second_event(fleet: Fleet) -> None:
    written(fleet, "0.15")
    fleet.sync()
    for _ in range(3):
        assert fleet.sync() == []
    fleet.govern(channels={"ops": "https://example.test/hook"})  # other inputs, the same answer
    assert fleet.sync() == []
    assert queue(fleet) == [("model-3", "waiting")]
    assert told(fleet) == 1
    with fleet.register.read() as session:
        assert session.scalar(select(func.count(CampaignRow.id))) == 3, "the first look, the change, and the change of governance"


def test_while_nothing_changes_no_file_is_planned(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_arguments: object, **_options: object) -> None:
        raise AssertionError("planned though nothing changed")

    monkeypatch.setattr(doubted, "make_plan", never)
    assert fleet.sync() == []
    written(fleet, "0.15")
    with pytest.raises(AssertionError, match="planned though"):
        fleet.sync()


def test_a_round_that_dies_before_it_is_written_leaves_nothing_and_the_next_makes_it_whole(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    written(fleet, "0.15")
    with monkeypatch.context() as broken:
        broken.setattr(campaign, "append", lambda *_a, **_k: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            fleet.sync()
    assert queue(fleet) == []
    fleet.sync()
    assert queue(fleet) == [("model-3", "waiting")]


def test_a_change_that_is_taken_back_takes_its_models_off_and_brings_the_same_row_back(fleet: Fleet) -> None:
    written(fleet, "0.15")
    fleet.sync()
    written(fleet, "0.30")
    assert fleet.sync() == ["re-certification: 0 of 4 models in use are put on the queue, 1 taken off"]
    assert queue(fleet) == [("model-3", "not_needed")]
    written(fleet, "0.15")
    fleet.sync()
    assert [(row.state, row.attempt) for row in rows(fleet)] == [("waiting", 2)], "another attempt, so another run of Airflow's"


def test_a_second_change_replaces_what_waits_for_the_first(fleet: Fleet) -> None:
    written(fleet, "0.15")
    fleet.sync()
    written(fleet, "0.20")
    fleet.sync()
    assert queue(fleet) == [("model-3", "not_needed"), ("model-3", "waiting")]


def test_the_next_version_in_the_file_is_no_change_for_the_one_in_use(fleet: Fleet) -> None:
    written(fleet, "0.30", version="2.0.0")
    assert fleet.sync() == []
    assert queue(fleet) == []


def test_a_metric_that_was_never_measured_needs_a_fresh_run(fleet: Fleet) -> None:
    text = (fleet.root / "dags" / "models" / "model-0.yaml").read_text(encoding="utf-8")
    (fleet.root / "dags" / "models" / "model-0.yaml").write_text(text.replace('{psi: {fail: ">= 0.30"}}', '{psi: {fail: ">= 0.30"}, wasserstein: {fail: ">= 9"}}'), encoding="utf-8")
    fleet.sync()
    assert [(row.model_id, row.expected) for row in rows(fleet)] == [("model-0", FRESH)]


def test_a_review_on_record_stands_instead_of_the_release(fleet: Fleet) -> None:
    written(fleet, "0.15")
    fleet.sync()
    assert fleet.finish("model-3", "recertify__1_1", 3) == "fail"
    written(fleet, "0.29")
    fleet.sync()
    second = rows(fleet)[1]
    with fleet.register.read() as session:
        assert session.get_one(RunRow, second.standing).lifecycle == "review"
    assert (second.verdict_before, second.expected) == ("fail", "pass")


def test_a_model_without_a_life_cycle_that_looks_again_is_told_so_and_waits_once_it_has_one(fleet: Fleet) -> None:
    written(fleet, "0.15", review=False)
    fleet.sync()
    (row,) = rows(fleet)
    assert (row.state, row.dag_id, row.reason) == ("failed", None, campaign.NO_WAY)
    written(fleet, "0.15")
    fleet.sync()
    assert [(row.state, row.dag_id) for row in rows(fleet)] == [("waiting", "model-3.review")]


def test_a_broken_file_says_nothing_and_what_waits_for_it_stays(fleet: Fleet) -> None:
    written(fleet, "0.15")
    fleet.sync()
    (fleet.root / "dags" / "models" / "model-3.yaml").write_text("modelops: 1\nmodel: {", encoding="utf-8")
    assert fleet.sync() == []
    assert queue(fleet) == [("model-3", "waiting")]
    with fleet.register.read() as session:
        assert session.scalars(select(CampaignRow.unreadable).order_by(CampaignRow.id.desc())).first() == 1


def unreadable(fleet: Fleet) -> int | None:
    with fleet.register.read() as session:
        return session.scalars(select(CampaignRow.unreadable).order_by(CampaignRow.id.desc())).first()


def test_a_file_that_is_gone_says_nothing_and_what_waits_for_its_model_stays(fleet: Fleet) -> None:
    written(fleet, "0.15")
    fleet.sync()
    (fleet.root / "dags" / "models" / "model-3.yaml").unlink()
    assert fleet.sync() == []
    assert (queue(fleet), unreadable(fleet)) == ([("model-3", "waiting")], 1)


def test_a_damaged_plan_of_one_model_is_counted_and_holds_up_no_other(fleet: Fleet) -> None:
    with fleet.register.write() as session, guards_down(session.connection()):
        run = session.scalars(select(RunRow).where(RunRow.model_id == "model-0")).one()
        session.get_one(Document, run.plan).body = b"{}"
        session.flush()
    written(fleet, "0.15")
    assert fleet.sync() == ["re-certification: 1 of 3 models in use are put on the queue, 0 taken off"]
    assert (queue(fleet), unreadable(fleet)) == ([("model-3", "waiting")], 1)


def test_a_life_cycle_that_a_pack_of_the_project_gives_by_default_is_not_gone(fleet: Fleet) -> None:
    (fleet.root / "dags" / "policies").mkdir()
    (fleet.root / "dags" / "policies" / "own.yaml").write_text(
        "pack: own\nversion: 1\ntitle: Own.\ntiers:\n  3: {lifecycles: {ship: {uses: standard-release}, look: {uses: periodic-review}}}\n", encoding="utf-8")
    path = fleet.root / "dags" / "models" / "model-0.yaml"
    body = yaml.safe_load(path.read_text(encoding="utf-8"))
    del body["lifecycles"]
    path.write_text(yaml.safe_dump({**body, "policies": ["house", "own"]}), encoding="utf-8")
    with fleet.register.write() as session, guards_down(session.connection()):
        session.scalars(select(RunRow).where(RunRow.model_id == "model-0")).one().lifecycle = "ship"
        session.flush()
    fleet.govern()
    fleet.sync()
    assert [line for row in rows(fleet) for line in row.changes if "is gone" in line] == []


def test_a_pack_that_begins_on_a_day_queues_on_that_day(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    real = doubted.make_plan
    monkeypatch.setattr(doubted, "make_plan", lambda *a, **k: looked.append(k["on"]) or real(*a, **k))
    assert fleet.sync() == []
    monkeypatch.setattr(doubted, "database_time", lambda _session: datetime.now(UTC) + timedelta(days=1))
    fleet.sync()
    assert set(looked) == {(datetime.now(UTC) + timedelta(days=1)).date()}, "a new day is a new look, for that day"


def test_the_ledger_and_its_list_are_enough_to_rebuild_the_queue(fleet: Fleet) -> None:
    written(fleet, "0.15")
    fleet.sync()
    with fleet.register.read() as session:
        row = session.scalars(select(CampaignRow).order_by(CampaignRow.id.desc())).first()
        event = session.scalars(select(EventRow).where(EventRow.kind == campaign.KIND)).one()
        assert row is not None and row.list is not None and row.list.encode() in event.body
        assert [(one["model"], one["cause"], one["state"]) for one in fetch(session, row.list)] == [
            (one.model_id, one.cause, one.state) for one in rows(fleet)]


@pytest.mark.parametrize("statement", [
    "DELETE FROM modelops_recertification", "UPDATE modelops_recertification SET expected = 'pass'",
    "UPDATE modelops_campaign SET inputs = 'sha256:0'", "DELETE FROM modelops_campaign"])
def test_what_the_queue_says_of_a_cause_is_fixed(bank: Bank, statement: str) -> None:
    with bank.register.write() as session:
        made = CampaignRow(inputs="sha256:1", looked_at=1, affected=1, unreadable=0)
        session.add(made)
    bank.release()
    with bank.register.write() as session:
        session.add(RecertificationRow(campaign=1, model_id="pricing", cause="sha256:1", standing=1, before="a", after="b", verdict_before="pass",
                                       expected="fail", tier=1))
    with pytest.raises(Exception, match="the database refuses"):
        bank.sql(statement)


def test_nothing_is_looked_for_before_governance_is_in_force(tmp_path: Path, register_url: str) -> None:
    fleet = Fleet(tmp_path / "fleet", Register(register_url), founders=())
    assert doubted.recertified(fleet.register, fleet.store, fleet.project) == []
    fleet.register.engine.dispose()
