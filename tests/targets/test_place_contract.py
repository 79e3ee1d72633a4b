"""The folder, batch and mark-only keep what every target keeps; and the facts notice a target that does not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from contract import OLD, Contract, Place, release

from modelops_airflow.digest import digest_bytes
from modelops_airflow.targets.batch import Batch
from modelops_airflow.targets.folder import Folder, artifact_file
from modelops_airflow.targets.mark_only import MarkOnly
from modelops_airflow.targets.own_folder import OwnFolder


def folder_at(path) -> Place:
    def change(model):
        named = json.loads((path / "live" / f"{model}.json").read_bytes())["file"]
        (path / named).write_bytes(b"changed")

    return Place(make=lambda: Folder(path=path), seams=[(OwnFolder, "write")],
                 spoil=lambda model: (path / "live" / f"{model}.json").write_text("{"), change=change)


class TestFolder(Contract):
    @pytest.fixture
    def place(self, tmp_path) -> Place:
        return folder_at(tmp_path / "live")


class TestMarkOnly(Contract):
    @pytest.fixture
    def place(self, tmp_path) -> Place:
        path = tmp_path / "marks"
        return Place(make=lambda: MarkOnly(path=path), seams=[(OwnFolder, "write")], ships=False,
                     spoil=lambda model: (path / f"{model}.json").write_text("{"))


class TestBatch(Contract):
    @pytest.fixture
    def place(self, tmp_path) -> Place:
        return replace(folder_at(tmp_path / "batch"), make=lambda: Batch(path=tmp_path / "batch"))


class Trusting(Folder):
    """How not to: the fence is looked at before the switch and not at it."""

    def _publish(self, wanted):
        self.own.write(artifact_file(wanted.artifact), wanted.read())
        self._switch(wanted.model, {"artifact": wanted.artifact, "epoch": wanted.epoch, "version": wanted.version,
                                    "subject": wanted.subject, "file": f"artifacts/{wanted.artifact[7:]}"})


class Eager(Folder):
    """How not to: the pointer is there before what it points at."""

    def _publish(self, wanted):
        self._switch(wanted.model, {"artifact": wanted.artifact, "epoch": wanted.epoch, "version": wanted.version,
                                    "subject": wanted.subject, "file": f"artifacts/{wanted.artifact[7:]}"})
        super()._publish(wanted)


class Remembering(Folder):
    """How not to: what was published is believed and not looked at."""

    def observed(self, model):
        seen = super().observed(model)
        pointer = self._pointer(model)
        return seen if pointer is None or pointer["artifact"] is None else type(seen)(pointer["artifact"], seen.epoch)


@pytest.mark.parametrize(("wrong", "fact"), [
    (Trusting, "test_an_epoch_that_gets_stale_after_the_look_is_refused_at_the_switch"),
    (Trusting, "test_an_older_deployer_never_wins_wherever_the_newer_one_comes_between"),
    (Eager, "test_a_kill_between_any_two_writes_leaves_old_or_new"),
    (Remembering, "test_changed_bytes_are_seen_and_a_later_release_mends_them"),
])
def test_the_facts_notice_a_target_that_does_not_keep_them(tmp_path, wrong, fact):
    good = folder_at(tmp_path)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        getattr(Contract(), fact)(Place(make=lambda: wrong(path=tmp_path), seams=good.seams, spoil=good.spoil, change=good.change))


def test_the_controls_differ_in_nothing_else(tmp_path):
    for number, wrong in enumerate((Trusting, Eager, Remembering)):
        assert wrong(path=tmp_path / str(number)).deploy(release()).artifact == digest_bytes(OLD)
