"""A batch target: what it gives to be scored with, and files that are there completely or not at all, and never twice."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from contract import NEW, OLD, release

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import TargetError
from modelops_airflow.targets import parameters_of_target, target_of, wrong_target
from modelops_airflow.targets.batch import Batch
from modelops_airflow.targets.partition import Partition

START, END = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)


def partition(tmp_path, model="credit"):
    return Partition(tmp_path, model, START, END)


def test_it_gives_the_bytes_that_the_register_has_live_and_no_others(tmp_path):
    place = Batch(path=tmp_path)
    place.deploy(release(OLD, 3))
    assert place.artifact("credit", digest_bytes(OLD), 3) == OLD
    for artifact, epoch in ((digest_bytes(NEW), 3), (digest_bytes(OLD), 2), (digest_bytes(OLD), 4)):
        with pytest.raises(TargetError, match="nothing is scored"):
            place.artifact("credit", artifact, epoch)
    place.withdraw("credit", 4)
    with pytest.raises(TargetError, match="nothing is scored"):
        place.artifact("credit", digest_bytes(OLD), 3)
    with pytest.raises(TargetError, match="is nothing"):
        place.artifact("fraud", digest_bytes(OLD), 3)


def test_changed_or_lost_bytes_are_not_given(tmp_path):
    place = Batch(path=tmp_path)
    place.deploy(release(OLD, 1))
    file = tmp_path / "artifacts" / digest_bytes(OLD).removeprefix("sha256:")
    file.write_bytes(b"changed")
    with pytest.raises(TargetError, match="other bytes"):
        place.artifact("credit", digest_bytes(OLD), 1)
    file.unlink()
    with pytest.raises(TargetError, match="cannot be read"):
        place.artifact("credit", digest_bytes(OLD), 1)


def test_what_is_wrong_is_what_the_register_says_with_the_places_own_patience(tmp_path):
    asked = []
    made = target_of("batch", {"path": "x", "late": 7}, resolve=lambda text: tmp_path / text,
                     missed=lambda model, late: asked.append((model, late)) or ("late",))
    assert made.wrong("credit") == ("late",) and asked == [("credit", timedelta(minutes=7))]
    assert Batch(path=tmp_path).wrong("credit") == ("nobody asked the register what was scored",), "unknown is never fine"
    assert list(parameters_of_target("batch")) == ["path", "late"] and "missed" in str(wrong_target("batch", {"path": "x", "missed": 1}))
    assert wrong_target("batch", {"path": "x", "late": 0})


def test_a_partition_has_the_date_of_its_start_in_utc(tmp_path):
    berlin = timezone(timedelta(hours=1))
    one = Partition(tmp_path, "credit", datetime(2026, 3, 2, 0, 30, tzinfo=berlin), datetime(2026, 3, 2, 1, 30, tzinfo=berlin))
    assert one.name == "scored/model=credit/date=2026-03-01/20260301T233000Z_20260302T003000Z.parquet"


def test_what_is_ready_is_not_shown_before_it_takes_its_place(tmp_path):
    one = partition(tmp_path)
    made = one.make_ready(OLD)
    assert one.is_ready(made) and one.shown() is None
    one.take_place(made)
    assert one.shown() == made and not one.is_ready(made)
    one.take_place(made)
    assert [file.name for file in tmp_path.rglob("*.parquet")] == [one.name.rpartition("/")[2]]


def test_other_bytes_are_never_written_over(tmp_path):
    one = partition(tmp_path)
    one.take_place(one.make_ready(OLD))
    with pytest.raises(TargetError, match="nothing was written over it"):
        one.take_place(one.make_ready(NEW))
    assert one.shown() == digest_bytes(OLD)


def test_what_was_never_made_ready_takes_no_place(tmp_path):
    with pytest.raises(TargetError, match="found nothing"):
        partition(tmp_path).take_place(digest_bytes(OLD))


def test_bytes_that_somebody_changed_while_they_waited_are_not_ready(tmp_path):
    one = partition(tmp_path)
    made = one.make_ready(OLD)
    next((tmp_path / "scored/.ready/credit").iterdir()).write_bytes(b"changed")
    assert not one.is_ready(made)
    with pytest.raises(TargetError):
        one.take_place(made)
    assert one.shown() is None


def test_what_a_kill_left_is_forgotten_after_a_day_and_not_before(tmp_path):
    one = partition(tmp_path)
    old, new = one.make_ready(OLD), one.make_ready(NEW)
    file = tmp_path / "scored/.ready/credit" / old.removeprefix("sha256:")
    os.utime(file, (time.time() - 90000,) * 2)
    one.make_ready(b"another")
    assert not one.is_ready(old) and one.is_ready(new)
