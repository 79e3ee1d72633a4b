"""Scoring in batches: only with what is live, once for each interval, and on record before anybody can read it."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from score_world import DAY, FILE, PLACE, batch_bank, made, parquet, records, score_plan, score_run, scored, write
from sqlalchemy import select

from bank import Bank, governance, person
from modelops_airflow.digest import digest_file
from modelops_airflow.errors import Refused
from modelops_airflow.governance.score import may_score, record_scored
from modelops_airflow.governance.stop import retire, suspend
from modelops_airflow.ledger import EventRow
from modelops_airflow.steps import score as module
from modelops_airflow.steps.run import Interval, StepStatus
from modelops_airflow.targets.partition import Partition


@pytest.fixture
def place(bank: Bank) -> Bank:
    return batch_bank(bank)


def test_each_row_is_answered_by_the_live_version_and_the_register_says_by_which(place: Bank) -> None:
    release = place.live()
    result = scored(score_run(place))
    assert (result.status, result.message) == (StepStatus.DONE, f"version 1.0.0 (epoch 1) scored 3 rows: {FILE}")
    table = parquet(place)
    assert table.column_names == ["application", "prediction", "version", "artifact", "epoch"]
    assert table["prediction"].to_pylist() == ["standard", "decline", "standard"]
    assert {*table["version"].to_pylist(), *table["artifact"].to_pylist(), *table["epoch"].to_pylist()} == {"1.0.0", release.artifact, 1}
    [row] = records(place)
    assert (row.version, row.artifact, row.epoch, row.rows, row.file) == ("1.0.0", release.artifact, 1, 3, FILE)
    assert (row.begins_at, row.ends_at) == (DAY.start, DAY.end)
    assert row.output == digest_file(place.root / "live" / FILE) and row.input == digest_file(place.root / "today.parquet")
    assert made(place) == [FILE]


def test_the_ledger_has_one_event_with_the_same_facts(place: Bank) -> None:
    place.live()
    scored(score_run(place))
    [row] = records(place)
    with place.register.read() as session:
        [event] = session.scalars(select(EventRow).where(EventRow.kind == "scored"))
        facts = json.loads(event.body)["facts"]
    assert {name: facts[name] for name in ("version", "artifact", "epoch", "rows", "input", "output", "file")} == {
        name: getattr(row, name) for name in ("version", "artifact", "epoch", "rows", "input", "output", "file")}
    assert (facts["run"], facts["begins"], facts["environment"]) == ("scheduled__1", "2026-03-02T00:00:00+00:00", "production")


def test_inputs_are_written_where_they_are_asked_for(place: Bank) -> None:
    place.live()
    assert scored(score_run(place, plan=score_plan(place, inputs=True))).status is StepStatus.DONE
    assert parquet(place).column_names[:2] == ["application", "amount"]


# Only what is live


def test_nothing_is_pinned_where_nothing_is_live(place: Bank) -> None:
    from modelops_airflow.governance.start import RunKey, pin_in_use

    assert pin_in_use(place.register, RunKey("pricing.score", "x"), score_plan(place).to_json(), "schedule", "production") is None
    place.live()
    assert pin_in_use(place.register, RunKey("pricing.score", "x"), score_plan(place).to_json(), "schedule", "elsewhere") is None


@pytest.mark.parametrize("stop", [
    lambda bank: suspend(bank.register, "pricing", "production", person("rita"), "wrong prices"),
    lambda bank: retire(bank.register, "pricing", person("rita"), "over"),
], ids=["suspended", "retired"])
def test_a_stop_between_pin_and_score_stops_the_run(place: Bank, stop) -> None:
    place.live()
    run = score_run(place)
    stop(place)
    result = scored(run)
    assert (result.status, result.message) == (StepStatus.ERROR, "nothing of pricing is live in production; nothing is scored")
    assert records(place) == [] and made(place) == []


def test_a_stop_while_the_model_is_asked_throws_the_answers_away(place: Bank) -> None:
    place.live()
    run = score_run(place)
    with before_the_record(lambda: suspend(place.register, "pricing", "production", person("rita"), "wrong prices")):
        result = scored(run)
    assert result.status is StepStatus.ERROR and "nothing of pricing is live" in result.message
    assert records(place) == [] and made(place) == []
    assert place.events("denied") == ["scored"]


def test_another_version_went_live_since_the_run_was_pinned(place: Bank) -> None:
    place.live()
    run = score_run(place)
    place.live("2.0.0")
    result = scored(run)
    assert result.status is StepStatus.ERROR and "pinned to another version of pricing than 2.0.0" in result.message
    assert scored(score_run(place, "scheduled__2")).status is StepStatus.DONE
    assert [row.version for row in records(place)] == ["2.0.0"]


@pytest.mark.parametrize("change", [{"epoch": 0}, {"epoch": 2}, {"artifact": None}, {"artifact": "sha256:" + "1" * 64}], ids=str)
def test_a_pointer_that_is_not_what_the_register_has_live_scores_nothing(place: Bank, change) -> None:
    place.live()
    pointer = place.root / "live/live/pricing.json"
    pointer.write_text(json.dumps({**json.loads(pointer.read_text()), **change}))
    result = scored(score_run(place))
    assert result.status is StepStatus.ERROR and "nothing is scored until they are the same" in result.message
    assert made(place) == []


def test_an_older_deployment_that_somebody_put_back_scores_nothing(place: Bank) -> None:
    place.live()
    pointer = place.root / "live/live/pricing.json"
    old = pointer.read_bytes()
    place.live("2.0.0")
    pointer.write_bytes(old)
    assert scored(score_run(place)).status is StepStatus.ERROR
    assert made(place) == []


def test_a_changed_byte_of_the_live_artifact_scores_nothing(place: Bank) -> None:
    release = place.live()
    file = place.root / "live/artifacts" / release.artifact.removeprefix("sha256:")
    file.write_bytes(file.read_bytes() + b"#")
    result = scored(score_run(place))
    assert result.status is StepStatus.ERROR and "has other bytes than are live" in result.message
    assert made(place) == []


def test_a_register_that_was_edited_scores_nothing(place: Bank) -> None:
    """The row of the deployment names other bytes than the ledger: a pointer that agrees with the row is not believed."""
    place.live()
    run = score_run(place)
    forged = "sha256:" + "1" * 64
    place.without("modelops_deployment", "modelops_deployment_fixed")
    place.forge("UPDATE modelops_deployment SET artifact = :one", one=forged)
    result = scored(run)
    assert result.status is StepStatus.ERROR and "another artifact in the register than in the ledger" in result.message


def test_an_artifact_that_does_not_pass_its_scan_is_not_opened(place: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelops_airflow.measurement import Measurement

    place.live()
    run = score_run(place)
    monkeypatch.setattr("modelops_airflow.steps.score.scan", lambda *_args, **_named: Measurement.error("scan-artifact", "not today"))
    monkeypatch.setattr("modelops_airflow.steps.score.open_model", lambda *_args, **_named: pytest.fail("it was opened"))
    result = scored(run)
    assert result.status is StepStatus.ERROR and "did not pass its scan" in result.message


def test_a_model_that_is_live_elsewhere_is_not_scored_with(bank: Bank) -> None:
    """Governance moved production to a batch target; what was deployed to the folder before stays there until its next release."""
    bank.live()
    write(bank, [1])
    bank.govern(governance(environments={"production": {"target": "batch", "with": {"path": "elsewhere"}}}))
    result = scored(score_run(bank))
    assert result.status is StepStatus.ERROR and "which nobody scores with" in result.message


# Once for each interval


def test_the_same_task_again_answers_with_the_first_result_and_asks_nobody(place: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    place.live()
    run = score_run(place)
    scored(run)
    write(place, [1, 2])
    monkeypatch.setattr("modelops_airflow.steps.score.open_model", lambda *_args, **_named: pytest.fail("it was asked"))
    assert scored(run).message == f"version 1.0.0 (epoch 1) scored 3 rows: {FILE}"
    assert len(records(place)) == 1 and place.events().count("scored") == 1


def test_another_run_of_the_interval_gives_the_same_bytes_or_is_refused(place: Bank) -> None:
    place.live()
    scored(score_run(place))
    before = (place.root / "live" / FILE).read_bytes()
    assert scored(score_run(place, "manual__2")).message.endswith(f"again, with the same bytes: {FILE}")
    write(place, [1, 2, 3])
    result = scored(score_run(place, "manual__3"))
    assert result.status is StepStatus.ERROR and "what was made stays as it is" in result.message
    assert (place.root / "live" / FILE).read_bytes() == before and len(records(place)) == 1 and made(place) == [FILE]


def test_a_lost_file_is_made_again_with_the_recorded_bytes_alone(place: Bank) -> None:
    place.live()
    scored(score_run(place))
    file = place.root / "live" / FILE
    before = file.read_bytes()
    file.unlink()
    write(place, [1, 2, 3])
    assert scored(score_run(place, "manual__2")).status is StepStatus.ERROR and not file.exists()
    write(place, [100, 13000, 7])
    assert scored(score_run(place, "manual__3")).status is StepStatus.DONE
    assert file.read_bytes() == before


def test_a_file_that_somebody_else_wrote_is_never_written_over(place: Bank) -> None:
    place.live()
    file = place.root / "live" / FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(b"a stranger's")
    result = scored(score_run(place))
    assert result.status is StepStatus.ERROR and "nothing was written over it" in result.message
    assert file.read_bytes() == b"a stranger's"
    file.unlink()
    assert scored(score_run(place)).status is StepStatus.DONE
    assert digest_file(file) == records(place)[0].output


def test_a_kill_anywhere_leaves_a_record_with_its_file_or_neither_after_the_next_try(place: Bank) -> None:
    """Also where the model would answer otherwise the second time: what was recorded takes its place."""
    place.live()

    class Killed(BaseException):
        pass

    def die(*_args, **_named):
        raise Killed

    for number, (where, name) in enumerate([(Partition, "make_ready"), (module, "record_scored"), (Partition, "take_place")]):
        interval = Interval(datetime(2026, 4, 1 + number, tzinfo=UTC), datetime(2026, 4, 2 + number, tzinfo=UTC))
        run = score_run(place, f"killed__{number}", interval)
        write(place, [100])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(where, name, die)
            with pytest.raises(Killed):
                scored(run)
        assert not [one for one in made(place) if f"2026-04-0{1 + number}" in one]
        write(place, [13000, 13000])
        assert scored(run).status is StepStatus.DONE
        row = records(place)[-1]
        assert row.output == digest_file(place.root / "live" / row.file)
        assert row.rows == (1 if name == "take_place" else 2)


def test_the_same_task_twice_at_once_makes_one_record_and_its_file(place: Bank) -> None:
    place.live()
    run = score_run(place)
    twin = threading.Thread(target=lambda: scored(run))
    with before_the_record(lambda: (write(place, [13000]), twin.start(), twin.join(30))):
        result = scored(run)
    [row] = records(place)
    assert row.output == digest_file(place.root / "live" / row.file) and row.rows == 1
    assert result.status is StepStatus.ERROR and "what was made stays" in result.message
    assert scored(run).status is StepStatus.DONE
    assert place.events().count("scored") == 1


def test_without_the_record_of_the_interval_the_twin_would_have_lied(place: Bank) -> None:
    """The control: the database itself refuses a second record of an interval."""
    place.live()
    run = score_run(place)
    scored(run)
    with pytest.raises(Exception, match=r"there already|unique|duplicate"):
        place.sql("INSERT INTO modelops_scored (slot, deployment, run, version, artifact, epoch, begins_at, ends_at, rows, input, output, file) "
                  "SELECT slot, deployment, run, version, artifact, epoch, begins_at, ends_at, 1, input, 'sha256:1', file FROM modelops_scored")


@pytest.mark.parametrize("statement", ["UPDATE modelops_scored SET rows = 9", "DELETE FROM modelops_scored",
                                       "UPDATE modelops_scored SET version = '9'"])
def test_what_was_scored_stays_on_record(place: Bank, statement: str) -> None:
    place.live()
    scored(score_run(place))
    with pytest.raises(Exception, match="the database refuses"):
        place.sql(statement)


# What is scored


def test_a_run_by_hand_is_about_the_last_whole_interval_of_the_schedule(place: Bank) -> None:
    place.live()
    by_hand = Interval(datetime(2026, 3, 2, 9, 31, 7, tzinfo=UTC), datetime(2026, 3, 3, 9, 31, 7, tzinfo=UTC))
    assert scored(score_run(place, "manual__1", by_hand)).message.endswith(FILE)
    assert scored(score_run(place)).message.endswith(f"again, with the same bytes: {FILE}")


def test_no_rows_are_no_file(place: Bank) -> None:
    place.live()
    write(place, [])
    result = scored(score_run(place))
    assert result.status is StepStatus.ERROR and made(place) == [] and records(place) == []


def test_the_rows_of_the_window_alone_are_scored(place: Bank) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    place.live()
    times = pa.array([datetime(2026, 3, 1, 23, tzinfo=UTC), datetime(2026, 3, 2, 1, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"application": [1, 2, 3], "amount": [1, 13000, 1], "at": times}), place.root / "today.parquet")
    plan = score_plan(place)
    plan = replace(plan, data={**plan.data, "window": {"last": "P1D"}, "columns": {"key": ["application"], "time": "at"}})
    assert scored(score_run(place, plan=plan)).status is StepStatus.DONE
    assert parquet(place)["application"].to_pylist() == [2]


def test_other_files_may_be_named_for_the_scoring(place: Bank) -> None:
    place.live()
    write(place, [1, 2, 3, 4], "tomorrow.parquet")
    scored(score_run(place, plan=score_plan(place, input="tomorrow.parquet")))
    assert records(place)[0].rows == 4


@pytest.mark.parametrize("path", ["../secret.parquet", "/etc/passwd"])
def test_a_path_out_of_the_project_is_not_read(place: Bank, path: str) -> None:
    place.live()
    assert scored(score_run(place, plan=score_plan(place, input=path))).status is StepStatus.ERROR


def test_a_column_that_would_pass_for_an_answer_is_refused(place: Bank) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    place.live()
    pq.write_table(pa.table({"application": [1], "amount": [1], "epoch": [9]}), place.root / "today.parquet")
    result = scored(score_run(place, plan=score_plan(place, inputs=True)))
    assert result.status is StepStatus.ERROR and "'epoch'" in result.message


def test_a_local_run_scores_nothing(place: Bank) -> None:
    from modelops_airflow.steps.folder_journal import FolderJournal

    place.live()
    run = score_run(place)
    local = replace(run, journal=FolderJournal(place.root / "run", run.plan, run.artifact))
    with pytest.raises(Refused, match="in Airflow"):
        scored(local)


def test_what_was_permitted_and_is_no_more_is_not_recorded(place: Bank) -> None:
    release = place.live()
    run = score_run(place)
    permission = may_score(place.register, run.journal.key, "production")
    suspend(place.register, "pricing", "production", person("rita"), "stop")
    with pytest.raises(Refused):
        record_scored(place.register, run.journal.key, permission, DAY.start, DAY.end, rows=1, read=release.artifact, made=release.artifact, file="x")
    assert records(place) == []
    assert PLACE["production"]["target"] == "batch"


@contextmanager
def before_the_record(act):
    """Something happens between the last answer and its record, once."""
    real, done = module.record_scored, []

    def between(*args, **named):
        if not done:
            done.append(True)
            act()
        return real(*args, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "record_scored", between)
        yield
