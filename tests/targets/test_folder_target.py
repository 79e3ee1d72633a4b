"""The folder target: what is published is read back, a stale fence is refused, a flipped byte shows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import TargetError
from modelops_airflow.registry import UnknownName
from modelops_airflow.targets import TARGETS, Observation, Release, target_of
from modelops_airflow.targets.folder import Folder

OLD, NEW = b"old model", b"new model"


def release(data=OLD, epoch=1, *, model="credit", read=None):
    return Release(model, "production", f"{epoch}.0", digest_bytes(data), epoch, digest_bytes(b"subject"), read or (lambda: data))


@pytest.fixture
def folder(tmp_path):
    return Folder(path=tmp_path / "live-models")


def _file(folder, data):
    return folder.path / "artifacts" / digest_bytes(data).removeprefix("sha256:")


def test_nothing_is_live_before_the_first_release(folder):
    assert folder.observed("credit") == Observation(None, 0)


def test_what_is_published_is_read_back(folder):
    assert folder.deploy(release()) == Observation(digest_bytes(OLD), 1)
    assert folder.deploy(release(NEW, 2)) == Observation(digest_bytes(NEW), 2)
    assert _file(folder, OLD).read_bytes() == OLD, "the former artifact stays for a rollback"
    assert folder.observed("other") == Observation(None, 0)


def test_the_same_release_twice_changes_nothing(folder):
    folder.deploy(release())
    before = {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}
    folder.deploy(release())
    assert {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("place", range(len(OLD)))
def test_every_flipped_byte_of_the_live_artifact_shows(folder, place):
    folder.deploy(release())
    changed = bytearray(OLD)
    changed[place] ^= 1
    _file(folder, OLD).write_bytes(changed)
    assert folder.observed("credit").artifact == digest_bytes(bytes(changed))
    assert folder.deploy(release(OLD, 2)).artifact == digest_bytes(OLD), "a new release writes the right bytes again"


def test_a_lost_artifact_shows_as_nothing(folder):
    folder.deploy(release())
    _file(folder, OLD).unlink()
    assert folder.observed("credit") == Observation(None, 1, dangling=True)


def test_a_stale_fence_is_refused_and_nothing_changes(folder):
    folder.deploy(release(NEW, 5))
    with pytest.raises(TargetError, match="epoch 4 of credit, the target has seen 5"):
        folder.deploy(release(OLD, 4))
    assert folder.observed("credit") == Observation(digest_bytes(NEW), 5)


def test_a_fence_that_gets_stale_between_look_and_switch_is_refused(folder):
    def slow():
        folder.deploy(release(NEW, 5))
        return OLD

    with pytest.raises(TargetError, match="stale"):
        folder.deploy(release(OLD, 4, read=slow))
    assert folder.observed("credit") == Observation(digest_bytes(NEW), 5)


def test_bytes_that_are_not_the_approved_ones_are_not_published(folder):
    with pytest.raises(TargetError, match="nothing was written"):
        folder.deploy(release(read=lambda: NEW))
    assert folder.observed("credit") == Observation(None, 0)
    assert not (folder.path / "artifacts").exists()


def test_a_target_that_shows_other_bytes_marks_nothing_live(folder, monkeypatch):
    monkeypatch.setattr(Folder, "_publish", lambda self, wanted: None)
    with pytest.raises(TargetError, match="nothing is marked live"):
        folder.deploy(release())


def test_withdrawal_points_at_nothing_and_keeps_the_artifact(folder):
    folder.deploy(release())
    assert folder.withdraw("credit", 2) == Observation(None, 2)
    assert _file(folder, OLD).read_bytes() == OLD
    with pytest.raises(TargetError, match="stale"):
        folder.deploy(release(OLD, 1))
    assert folder.deploy(release(OLD, 3)).artifact == digest_bytes(OLD)
    with pytest.raises(TargetError, match="stale"):
        folder.withdraw("credit", 2)
    assert folder.observed("credit").artifact == digest_bytes(OLD)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "7", "{}", '{"artifact": "x", "epoch": 1}', '{"artifact": null}', '{"artifact": 5, "epoch": 1}',
             '{"artifact": null, "epoch": "soon"}', '{"artifact": "../../etc/passwd", "epoch": 1}'])
def test_a_pointer_that_somebody_else_wrote_is_an_error_and_not_overwritten(folder, text):
    folder.deploy(release())
    pointer = folder.path / "live" / "credit.json"
    pointer.write_text(text)
    for action in (lambda: folder.observed("credit"), lambda: folder.deploy(release(NEW, 9)), lambda: folder.withdraw("credit", 9)):
        with pytest.raises(TargetError, match="somebody else wrote it"):
            action()
    assert pointer.read_text() == text


def test_the_pointer_names_version_subject_and_file(folder):
    folder.deploy(release())
    pointer = json.loads((folder.path / "live" / "credit.json").read_text())
    assert (folder.path / pointer["file"]).read_bytes() == OLD
    assert (pointer["model"], pointer["version"], pointer["epoch"]) == ("credit", "1.0", 1)
    assert pointer["subject"] == digest_bytes(b"subject")


def test_a_full_disk_leaves_the_former_release_live(folder, monkeypatch):
    folder.deploy(release())

    def full(_handle):
        raise OSError(28, "no space left on device")

    monkeypatch.setattr("modelops_airflow.durable.os.fsync", full)
    with pytest.raises(TargetError, match="no space"):
        folder.deploy(release(NEW, 2))
    monkeypatch.undo()
    assert folder.observed("credit") == Observation(digest_bytes(OLD), 1)
    assert not list(folder.path.rglob(".partial-*"))


def test_targets_say_how_strong_their_gate_is():
    assert {name: one.strength for name, one in TARGETS.items()} == {
        "batch": "gated", "container": "gated", "edge": "gated", "folder": "gated", "kserve": "observed", "mark-only": "declared", "mlflow": "observed", "sagemaker": "gated",
        "webhook": "observed"}
    assert all(one.summary.endswith(".") for one in TARGETS.values())


def test_a_target_is_made_with_known_options_only(tmp_path):
    made = target_of("folder", {"path": "x"}, resolve=lambda text: tmp_path / text)
    assert isinstance(made, Folder)
    assert made.path == tmp_path / "x"
    with pytest.raises(TargetError, match="did you mean 'path'"):
        target_of("folder", {"pth": "x"}, resolve=Path)
    with pytest.raises(UnknownName):
        target_of("foldr", {}, resolve=Path)


@pytest.fixture
def mark(tmp_path):
    return TARGETS["mark-only"](path=tmp_path / "marks")


def test_mark_only_keeps_what_was_declared_and_ships_nothing(mark):
    assert mark.observed("credit") == Observation(None, 0)
    unread = replace(release(), read=lambda: pytest.fail("mark-only reads no bytes"))
    assert mark.deploy(unread) == Observation(digest_bytes(OLD), 1)
    assert [path.name for path in mark.path.iterdir() if path.suffix] == ["credit.json"]
    assert OLD not in (mark.path / "credit.json").read_bytes()


def test_mark_only_refuses_a_stale_fence(mark):
    mark.deploy(release(NEW, 5))
    for action in (lambda: mark.deploy(release(OLD, 4)), lambda: mark.withdraw("credit", 4)):
        with pytest.raises(TargetError, match="stale"):
            action()
    assert mark.withdraw("credit", 6) == Observation(None, 6)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"artifact": "x", "epoch": 1}'])
def test_a_mark_that_somebody_else_wrote_is_an_error(mark, text):
    mark.deploy(release())
    (mark.path / "credit.json").write_text(text)
    with pytest.raises(TargetError, match="somebody else wrote it"):
        mark.observed("credit")
