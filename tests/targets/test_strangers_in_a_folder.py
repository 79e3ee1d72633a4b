"""Whoever may write in a target's folder leads it nowhere else, and keeps nobody waiting."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from contract import NEW, OLD, release, shows

from modelops_airflow import durable
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import TargetError
from modelops_airflow.targets import Observation
from modelops_airflow.targets.batch import Batch
from modelops_airflow.targets.container import Container
from modelops_airflow.targets.edge_store import Store
from modelops_airflow.targets.folder import Folder
from modelops_airflow.targets.mark_only import MarkOnly
from modelops_airflow.targets.own_folder import OwnFolder
from modelops_airflow.targets.partition import Partition
from modelops_airflow.targets.volume import Volume

START, END = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)

pytestmark = pytest.mark.timeout(30)


@pytest.fixture
def production(tmp_path: Path) -> Folder:
    made = Folder(path=tmp_path / "production")
    made.deploy(release(OLD, 1))
    return made


@pytest.fixture
def canary(tmp_path: Path) -> Folder:
    (tmp_path / "canary").mkdir()
    return Folder(path=tmp_path / "canary", held=True)


def inside(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def artifact(folder: Folder, data: bytes = OLD) -> Path:
    return folder.path / "artifacts" / digest_bytes(data).removeprefix("sha256:")


@pytest.mark.parametrize("links", [("live",), ("artifacts",), ("live", "artifacts")])
@pytest.mark.parametrize("act", [lambda one: one.deploy(release(NEW, 2)), lambda one: one._publish(release(NEW, 2))])
def test_a_link_to_another_environment_is_not_written_through(production: Folder, canary: Folder, links: tuple[str, ...], act: Callable[[Folder], object]) -> None:
    before = inside(production.path)
    for name in links:
        (canary.path / name).symlink_to(f"../production/{name}")
    with pytest.raises(TargetError, match="is a link or no folder, and is not followed"):
        act(canary)
    assert inside(production.path) == before


def test_a_link_to_another_environment_is_not_emptied_or_read(production: Folder, canary: Folder) -> None:
    (canary.path / "live").symlink_to("../production/live")
    for act in (lambda: canary.withdraw("credit", 2), lambda: canary.observed("credit"), canary.models):
        with pytest.raises(TargetError, match="canary/live is a link or no folder"):
            act()
    assert production.observed("credit") == shows(OLD, 1)


def test_the_folder_itself_may_be_behind_a_link(production: Folder, tmp_path: Path) -> None:
    (tmp_path / "mounted").symlink_to("production")
    assert Folder(path=tmp_path / "mounted").deploy(release(NEW, 2)) == shows(NEW, 2)


def test_a_linked_pointer_is_neither_read_nor_written_through(production: Folder, canary: Folder) -> None:
    (canary.path / "live").mkdir()
    (canary.path / "live/credit.json").symlink_to(production.path / "live/credit.json")
    for act in (lambda: canary.observed("credit"), lambda: canary.withdraw("credit", 2), lambda: canary._publish(release(NEW, 2))):
        with pytest.raises(TargetError, match="not followed"):
            act()
    assert canary.models() == ["credit"], "something is there"
    assert production.observed("credit") == shows(OLD, 1)


def pipe(file: Path) -> None:
    file.unlink(missing_ok=True)
    os.mkfifo(file)


def huge(file: Path) -> None:
    file.touch()
    os.truncate(file, 1 << 40)


def link(file: Path) -> None:
    file.unlink(missing_ok=True)
    file.symlink_to("/dev/zero")


@pytest.mark.parametrize("strange", [pipe, huge, link])
def test_a_pointer_that_has_no_end_is_an_error_at_once(production: Folder, strange: Callable[[Path], None]) -> None:
    strange(production.path / "live/zzz.json")
    assert production.models() == ["credit", "zzz"]
    with pytest.raises(TargetError, match=r"zzz\.json (is|has) .*somebody else"):
        production.observed("zzz")


@pytest.mark.parametrize("strange", [pipe, huge, link])
def test_what_the_runtime_wrote_without_an_end_is_an_error_at_once(canary: Folder, strange: Callable[[Path], None]) -> None:
    canary.deploy(release(OLD, 1))
    (canary.path / "held").mkdir()
    strange(canary.path / "held/credit.json")
    with pytest.raises(TargetError, match="what the runtime of credit wrote"):
        canary.observed("credit")


@pytest.mark.parametrize("strange", [pipe, huge, link])
def test_an_artifact_that_has_no_end_shows_at_once_and_can_be_stopped_and_released_again(production: Folder, strange: Callable[[Path], None]) -> None:
    strange(artifact(production))
    assert production.observed("credit") == Observation(None, 1, dangling=True)
    assert production.withdraw("credit", 2) == shows(None, 2)
    assert production.deploy(release(OLD, 3)) == shows(OLD, 3)


@pytest.fixture
def held(production: Folder, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(durable, "PATIENCE", 0.2)
    with (production.path / ".lock").open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.mark.usefixtures("held")
def test_a_lock_that_is_never_given_back_is_an_error(production: Folder) -> None:
    for act in (lambda: production.withdraw("credit", 2), lambda: production.deploy(release(NEW, 2))):
        with pytest.raises(TargetError, match=r"has been held by somebody else for 0\.2 seconds; nothing was written"):
            act()
    assert production.observed("credit") == shows(OLD, 1)


@pytest.mark.parametrize("strange", [pipe, link, lambda file: (file.unlink(), file.mkdir())])
def test_a_lock_that_is_none_is_an_error(production: Folder, strange: Callable[[Path], object]) -> None:
    strange(production.path / ".lock")
    with pytest.raises(TargetError, match=r"the lock .*plain file"):
        production.withdraw("credit", 2)
    assert production.observed("credit") == shows(OLD, 1)


def test_a_place_without_a_trace_of_us_cannot_be_asked_and_one_that_lost_its_pointers_is_in_trouble(production: Folder, tmp_path: Path) -> None:
    assert Folder(path=tmp_path / "never").models() is None
    assert production.models() == ["credit"]
    (production.path / "live").rename(tmp_path / "taken")
    with pytest.raises(TargetError, match=r"no folder 'live', and has the '\.lock' of earlier deployments"):
        production.models()
    production.path.rename(tmp_path / "unmounted")
    assert production.models() is None, "not: it shows nothing"


def test_a_folder_that_may_not_be_read_is_an_error(production: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: int) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refused)  # tests may run as an administrator, whom no mode stops
    with pytest.raises(TargetError, match="live cannot be read or written: Permission denied"):
        production.models()


def test_a_name_that_leads_out_of_the_folder_is_refused(production: Folder) -> None:
    for act in (lambda: production.observed("../../canary/live/credit"), lambda: OwnFolder(production.path).write("../x", b"")):
        with pytest.raises(TargetError, match="not followed"):
            act()


def test_a_file_that_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="would have 3 bytes"):
        OwnFolder(tmp_path).write("x", b"123", most=2)
    assert inside(tmp_path) == {}


def test_answers_go_through_no_link(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "overnight/scored").mkdir(parents=True)
    (tmp_path / "overnight/scored/model=credit").symlink_to(tmp_path / "victim")
    one = Batch(path=tmp_path / "overnight").partition("credit", START, END)
    made = one.make_ready(OLD)
    for act in (lambda: one.take_place(made), one.shown):
        with pytest.raises(TargetError, match="model=credit is a link or no folder"):
            act()
    assert inside(tmp_path / "victim") == {}


def test_what_is_forgotten_is_ours_and_reached_through_no_link(tmp_path: Path) -> None:
    victim, place = tmp_path / "victim", tmp_path / "overnight"
    victim.mkdir()
    (victim / ("a" * 64)).write_bytes(b"theirs")
    (place / "scored/.ready").mkdir(parents=True)
    (place / "scored/.ready/credit").symlink_to(victim)
    os.utime(victim / ("a" * 64), (0, 0))
    one = Partition(place, "credit", START, END)
    with pytest.raises(TargetError, match="credit is a link or no folder"):
        one.make_ready(NEW)
    assert inside(victim) == {"a" * 64: b"theirs"}

    (place / "scored/.ready/credit").unlink()
    ready = place / "scored/.ready/credit"
    ready.mkdir()
    for name in ("b" * 64, ".partial-0a", "notes.txt", "c" * 63):
        (ready / name).write_bytes(b"x")
        os.utime(ready / name, (0, 0))
    (ready / ("d" * 64)).symlink_to(victim / ("a" * 64))
    made = one.make_ready(NEW)
    assert sorted(os.listdir(ready)) == sorted([made.removeprefix("sha256:"), "notes.txt", "c" * 63, "d" * 64])
    assert inside(victim) == {"a" * 64: b"theirs"}


@pytest.mark.parametrize("strange", [pipe, huge, link])
def test_the_other_targets_of_a_folder_wait_for_nothing_either(tmp_path: Path, strange: Callable[[Path], None]) -> None:
    (tmp_path / "seen").mkdir()
    for name in ("seen/till-1.json", "index.json", "credit.json"):
        strange(tmp_path / name)
    for look in (lambda: Store(str(tmp_path)).read("seen/till-1.json", 100), Container(path=tmp_path, command=["x"]).models,
                 MarkOnly(path=tmp_path).models):
        with pytest.raises(TargetError, match=r"\.json (is|has) .*somebody else"):
            look()


@pytest.mark.parametrize("strange", [pipe, huge, link])
def test_a_volume_has_no_artifact_in_what_is_no_plain_file_and_follows_no_link(tmp_path: Path, strange: Callable[[Path], None]) -> None:
    volume = Volume(tmp_path / "volume", "pvc://models", "model.onnx")
    volume.put(OLD)
    file = next((tmp_path / "volume").rglob("model.onnx"))
    file.chmod(0o644)
    strange(file)
    assert volume.artifact(digest_bytes(OLD)) is None
    volume.put(OLD)
    assert volume.artifact(digest_bytes(OLD)) == digest_bytes(OLD)
    (tmp_path / "volume/artifacts").rename(tmp_path / "elsewhere")
    (tmp_path / "volume/artifacts").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TargetError, match="artifacts is a link or no folder"):
        volume.put(NEW)


def test_a_container_and_a_mark_that_are_gone_show_not_nothing(tmp_path: Path) -> None:
    container, marks = Container(path=tmp_path / "images", command=["x"]), MarkOnly(path=tmp_path / "marks")
    assert container.models() is marks.models() is None
    container.deploy(release(OLD, 1))
    marks.deploy(release(OLD, 1))
    assert container.models() == marks.models() == ["credit"]
    (tmp_path / "images/index.json").unlink()
    with pytest.raises(TargetError, match=r"has no index\.json"):
        container.models()
