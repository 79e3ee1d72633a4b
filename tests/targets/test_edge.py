"""The edge target: signed orders and bundles, devices that verify them, rings, long absences, and what a device says of itself."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from contract import LATER, NEW, OLD, Contract, Place, at_write, release, shows

from modelops_airflow.digest import canonical, digest_bytes
from modelops_airflow.errors import SigningError, TargetError
from modelops_airflow.signing.ed25519 import generate, load_private, raw_public, write_public
from modelops_airflow.targets import Observation, device, edge, target_of, wrong_target
from modelops_airflow.targets.device import pull
from modelops_airflow.targets.edge import Edge
from modelops_airflow.targets.edge_order import bundle_of, opened, read_order, signed
from modelops_airflow.targets.edge_store import Store
from modelops_airflow.targets.fleet import fleet
from modelops_airflow.targets.own_folder import OwnFolder

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
FORK = get_context("fork")


class Clock:
    """A time that a test sets."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def later(self, **what: float) -> None:
        self.now += timedelta(**what)


@pytest.fixture
def clock(monkeypatch):
    one = Clock()
    monkeypatch.setattr(edge, "_now", one)
    return one


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "keys" / "edge.pem"
    generate(path)
    return path


class World:
    """A place, its key and devices."""

    def __init__(self, root: Path, key: Path, clock: Clock) -> None:
        self.path, self.root, self.key, self.clock = root / "edge", root, key, clock
        self.public = raw_public(load_private(key))

    def target(self, **options):
        return Edge(**{"path": self.path, "key": "edge-key", "rings": {"pilot": "0", "shops": "24"}, "connections": lambda _: f"file://{self.key}", **options})

    def pull(self, name="till-1", ring="pilot", public=None):
        return pull(Store(str(self.path)), ring=ring, public=public or self.public, into=self.root / name, device=name, now=self.clock)

    def has(self, name="till-1", model="credit"):
        """The bytes that a runtime on the device finds by its order."""
        order = self.root / name / model / "order.json"
        if not order.exists():
            return None
        artifact = read_order(order.read_bytes(), self.public, model).artifact
        return None if artifact is None else (order.parent / artifact.removeprefix("sha256:")).read_bytes()

    def fleet(self, hours=48):
        return {one.device: one for one in fleet(Store(str(self.path)), public=self.public, hours=hours, now=self.clock.now)}

    def bundle(self, epoch=1, model="credit"):
        return self.path / "bundles" / model / f"{epoch}.zip"

    def order(self, model="credit"):
        return self.path / "live" / f"{model}.json"


@pytest.fixture
def world(tmp_path, key, clock):
    return World(tmp_path, key, clock)


class TestEdge(Contract):
    @pytest.fixture
    def place(self, world) -> Place:
        def change(model):
            file = world.bundle(1, model)
            order, artifact = opened(file.read_bytes())
            file.write_bytes(bundle_of(order, artifact + b"!"))

        return Place(make=world.target, seams=[(OwnFolder, "write")], spoil=lambda model: world.order(model).write_text("{"), change=change)


def test_the_order_and_the_bundle_are_signed_and_say_what_was_approved(world):
    world.target().deploy(release())
    order = read_order(world.order().read_bytes(), world.public, "credit")
    assert (order.artifact, order.version, order.subject, order.epoch, order.size) == (digest_bytes(OLD), "1.0", digest_bytes(b"subject"), 1, len(OLD))
    assert order.rings == {"pilot": "2026-03-02T08:00:00+00:00", "shops": "2026-03-03T08:00:00+00:00"} and order.expires == "2026-04-01T08:00:00+00:00"
    assert opened(world.bundle().read_bytes()) == (world.order().read_bytes(), OLD)


def test_the_same_release_later_on_changes_nothing(world):
    world.target().deploy(release())
    before = {file: file.read_bytes() for file in world.path.rglob("*") if file.is_file()}
    world.clock.later(hours=5)
    world.target().deploy(release())
    assert {file: file.read_bytes() for file in world.path.rglob("*") if file.is_file()} == before
    world.clock.later(days=31)
    assert world.target().deploy(release()) == shows(OLD, 1), "an order that has expired is given anew"
    assert world.pull().changed == {"credit": "version 1.0, epoch 1"}


@pytest.mark.parametrize("place", range(0, 520, 13))
def test_a_flipped_byte_of_the_order_is_seen_by_the_target_and_by_every_device(world, place):
    world.target().deploy(release())
    data = bytearray(world.order().read_bytes())
    data[place % len(data)] ^= 1
    world.order().write_bytes(data)
    with pytest.raises(TargetError, match="somebody else wrote it"):
        world.target().observed("credit")
    assert world.pull().trouble and world.has() is None


def test_another_key_signs_for_nobody(world, tmp_path):
    world.target().deploy(release())
    generate(tmp_path / "other.pem")
    other = load_private(tmp_path / "other.pem")
    order = read_order(world.order().read_bytes(), world.public, "credit")
    world.order().write_bytes(signed(order, other))
    assert "not signed with this key" in world.pull().trouble[0]
    world.order().write_bytes(signed(order, load_private(world.key)))
    assert world.pull().changed, "the control"


def test_an_order_for_another_model_is_none_for_this_one(world):
    world.target().deploy(release(model="fraud"))
    shutil.copy(world.order("fraud"), world.order("credit"))
    done = world.pull()
    assert list(done.changed) == ["fraud"] and done.trouble[0].startswith("credit: the order of credit is not signed")


def test_every_byte_of_the_bundle_counts_for_a_device(world):
    world.target().deploy(release())
    whole = world.bundle().read_bytes()
    for place in range(0, len(whole), 17):
        changed = bytearray(whole)
        changed[place] ^= 1
        world.bundle().write_bytes(changed)
        assert "nothing was installed" in world.pull().trouble[0]
        assert world.target().observed("credit") == Observation(None, 1, dangling=True)
    world.bundle().write_bytes(whole + bytes(1 << 20))
    assert "is larger than" in world.pull().trouble[0] and world.has() is None
    world.bundle().write_bytes(whole)
    assert world.pull().trouble == [] and world.has() == OLD


def test_rings_install_when_it_is_their_time(world):
    world.target().deploy(release())
    assert world.pull("till-1", "pilot").changed and world.pull("till-2", "shops").waiting == ["credit"]
    assert (world.has("till-1"), world.has("till-2")) == (OLD, None)
    world.clock.later(hours=24)
    assert world.pull("till-2", "shops").changed and world.has("till-2") == OLD
    assert "no ring 'shop'" in world.pull("till-3", "shop").trouble[0]


def test_a_halt_reaches_the_pilots_and_the_later_ring_never_had_it(world):
    target = world.target()
    target.deploy(release(OLD, 1))
    world.clock.later(hours=25)
    for one in (("till-1", "pilot"), ("till-2", "shops")):
        world.pull(*one)
    target.deploy(release(NEW, 2))
    world.pull("till-1", "pilot")
    assert (world.has("till-1"), world.has("till-2")) == (NEW, OLD)
    target.deploy(release(OLD, 3))  # the rollback
    world.clock.later(hours=25)
    for one in (("till-1", "pilot"), ("till-2", "shops")):
        assert world.pull(*one).changed == {"credit": "version 3.0, epoch 3"}
    assert (world.has("till-1"), world.has("till-2")) == (OLD, OLD)
    target.withdraw("credit", 4)
    for one in (("till-1", "pilot"), ("till-2", "shops")):
        assert world.pull(*one).changed == {"credit": "taken out of service"}
        assert world.has(one[0]) is None and [file.name for file in (world.root / one[0] / "credit").iterdir()] == ["order.json"]


def test_a_device_never_goes_back_though_the_old_order_is_signed(world):
    world.target().deploy(release(OLD, 1))
    kept = world.order().read_bytes()
    world.target().deploy(release(NEW, 2))
    world.pull()
    world.order().write_bytes(kept)
    assert "goes back from epoch 2 to 1" in world.pull().trouble[0] and world.has() == NEW
    world.order().unlink()
    assert "names it no longer" in world.pull().trouble[0] and world.has() == NEW


def test_two_artifacts_of_one_epoch_are_refused(world):
    world.target().deploy(release(OLD, 2))
    world.pull()
    shutil.rmtree(world.path)
    world.target().deploy(release(NEW, 2))
    assert "another artifact than before" in world.pull().trouble[0] and world.has() == OLD


def test_an_expired_order_is_not_installed_also_with_a_clock_that_was_set_back(world):
    world.target(valid=2).deploy(release())
    world.clock.later(hours=49)
    assert "expired" in world.pull().trouble[0]
    world.clock.later(hours=-48)
    assert "expired" in world.pull().trouble[0] and world.has() is None
    assert world.pull("till-2").changed, "the control: a device that never saw the later time"


def test_48_hours_without_a_connection_and_then_it_catches_up(world):
    world.target().deploy(release(OLD, 1))
    world.pull()
    assert world.fleet()["till-1"].wrong == () and world.fleet()["till-1"].models == ("credit 1",)
    away = world.path.rename(world.root / "unreachable")
    for _ in range(8):
        world.clock.later(hours=6)
        with pytest.raises(TargetError, match="cannot be listed"):
            world.pull()
        assert world.has() == OLD, "what it has goes on"
    away.rename(world.path)
    world.target().deploy(release(NEW, 2))
    world.target().deploy(release(LATER, 3))
    world.clock.later(minutes=1)
    assert world.fleet()["till-1"].wrong == ("stale: not seen for 48 hours", "behind: credit at epoch 1, ordered 3")
    assert world.pull().changed == {"credit": "version 3.0, epoch 3"}
    assert world.has() == LATER and world.fleet()["till-1"].wrong == ()


def test_a_changed_or_lost_artifact_on_a_device_is_seen_and_mended(world):
    world.target().deploy(release())
    world.pull()
    file = world.root / "till-1" / "credit" / digest_bytes(OLD).removeprefix("sha256:")
    for spoil in (lambda: (file.chmod(0o600), file.write_bytes(b"x")), file.unlink):
        spoil()
        assert world.pull().changed == {"credit": "version 1.0, epoch 1"} and world.has() == OLD
    assert world.pull().changed == {}


def test_what_a_device_says_is_compared_with_what_was_ordered(world):
    world.target().deploy(release())
    world.pull()
    told = json.loads((world.path / "seen" / "till-1.json").read_bytes())
    told["models"]["credit"]["artifact"] = digest_bytes(b"x")
    (world.path / "seen" / "till-1.json").write_bytes(canonical(told))
    (world.path / "seen" / "till-9.json").write_text("[]")
    found = world.fleet()
    assert found["till-1"].wrong[0].startswith("credit at epoch 1 with sha256:") and found["till-9"].wrong == ("its report is not readable",)


def test_a_place_that_takes_no_report_is_said_so(world, monkeypatch):
    world.target().deploy(release())
    monkeypatch.setattr(Store, "write", lambda *_: False)
    assert world.pull().reported is False and world.has() == OLD


def test_a_device_that_is_killed_has_the_old_model_or_the_new_one(world):
    reached = 0
    for number in range(1, 6):
        name = f"till-{number}"
        shutil.rmtree(world.path, ignore_errors=True)
        world.target().deploy(release(OLD, 1))
        world.pull(name)
        world.target().deploy(release(NEW, 2))
        place = Place(make=world.target, seams=[(device, "write_durably")], spoil=lambda _: None)

        def die_there(number=number, name=name, place=place):
            with at_write(place, number, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                world.pull(name)

        child = FORK.Process(target=die_there)
        child.start()
        child.join(30)
        reached += child.exitcode == -signal.SIGKILL
        assert world.has(name) in (OLD, NEW)
        world.pull(name)
        assert world.has(name) == NEW
    assert reached == 3, "artifact, order, state"


@pytest.mark.parametrize(("url", "told"), [("/etc/key.pem", "says no file"), ("https://host/key", "says no file"), ("file://host/key", "says no file"), ("", "says no file")])
def test_the_key_is_a_file_that_a_connection_names(world, url, told):
    with pytest.raises(TargetError, match=told):
        world.target(connections=lambda _: url).deploy(release())
    assert not world.order().exists()


def test_a_key_that_strangers_may_read_is_not_used(world):
    world.key.chmod(0o644)
    with pytest.raises(SigningError, match="strangers may open it"):
        world.target().deploy(release())


@pytest.mark.parametrize("rings", [{}, {"a": "soon"}, {"a": "-1"}, {"a": "nan"}, {"a": "9999"}])
def test_rings_that_cannot_be_are_refused(world, rings):
    with pytest.raises(TargetError, match="option 'rings'"):
        world.target(rings=rings)


def test_the_options_are_known(world):
    target = target_of("edge", {"path": "e", "key": "edge-key", "rings": {"pilot": "0"}}, resolve=lambda text: world.root / text,
                       connections=lambda _: f"file://{world.key}")
    assert target.deploy(release()) == shows(OLD, 1)
    assert "a mapping of texts" in wrong_target("edge", {"path": "e", "key": "k", "rings": ["pilot"]})[0]


def test_the_commands_pull_and_tell(world, tmp_path, monkeypatch, capsys):
    from modelops_airflow.cli import main

    monkeypatch.setattr(edge, "_now", lambda: datetime.now(UTC))
    write_public(tmp_path / "edge.pub", world.public)
    world.target().deploy(release())

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["modelops", "edge", *words, "--from", str(world.path), "--public-key", str(tmp_path / "edge.pub")])
        try:
            main()
        except SystemExit as end:
            return end.code or 0, capsys.readouterr()
        return 0, capsys.readouterr()

    here = ("--ring", "pilot", "--into", str(tmp_path / "here"), "--device", "till-1")
    code, told = run("pull", *here)
    assert (code, told.out) == (0, "credit: version 1.0, epoch 1\n")
    assert run("pull", *here)[1].out == "nothing new\n"
    code, told = run("status", "--json")
    assert code == 0 and json.loads(told.out)[0]["device"] == "till-1"
    world.order().write_text("{}")
    code, told = run("pull", *here)
    assert code == 1 and "somebody else wrote it" in told.err
    code, told = run("status")
    assert code == 2 and "somebody else wrote it" in told.err


def test_a_device_that_is_silent_is_told_of_its_model_and_of_no_other(world, clock):
    for epoch, model in ((1, "credit"), (1, "pricing")):
        world.target().deploy(release(b"one", epoch, model=model))
    world.pull("till-1")
    assert world.target().wrong("credit") == ()

    clock.later(hours=49)
    assert world.target().wrong("credit") == ("device till-1: stale: not seen for 49 hours",)
    assert world.target(silent=100).wrong("credit") == ()
    assert world.target().wrong("unknown") == ()
    world.pull("till-1")
    assert world.target().wrong("credit") == ()


def test_the_models_of_a_place_are_those_with_an_order_that_is_no_stop(world):
    for model in ("credit", "pricing"):
        world.target().deploy(release(b"one", 1, model=model))
    world.target().withdraw("pricing", 2)

    assert world.target().models() == ["credit"]
    (world.path / "live" / "shadow.json").write_text("{")
    assert world.target().models() == ["credit", "shadow"]
