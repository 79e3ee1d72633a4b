"""A deployer that is killed leaves the old release or the new one; of racing deployers the last fence wins."""

from __future__ import annotations

import json
import shutil
import time
from multiprocessing import get_context

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import TargetError
from modelops_airflow.targets import Release
from modelops_airflow.targets.folder import Folder
from modelops_airflow.targets.own_folder import OwnFolder

FORK = get_context("fork")
SIZE = 300_000
ROUNDS = 25


def _in_place(own, name, data, **_):
    """How not to write: the file is there before it is whole."""
    path = own.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    step = max(1, len(data) // 40)
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(data), step):
            file.write(data[start : start + step])


def _deploy_for_ever(path, how, size, keep, ready):
    if how == "in place":
        OwnFolder.write = _in_place
    target = Folder(path=path)
    epoch = target.observed("m").epoch
    ready.send(None)
    while True:
        epoch += 1
        data = (b"a" if epoch % 2 else b"b") * size
        if not keep:
            (path / "artifacts" / digest_bytes(data).removeprefix("sha256:")).unlink(missing_ok=True)
        target.deploy(_release(data, epoch))


def _release(data, epoch):
    return Release("m", "production", "1", digest_bytes(data), epoch, digest_bytes(b"s"), lambda: data)


def _child(path, how="durably", size=SIZE, *, keep=False):
    here, there = FORK.Pipe(duplex=False)
    child = FORK.Process(target=_deploy_for_ever, args=(path, how, size, keep, there), daemon=True)
    child.start()
    assert here.poll(30)
    return child


def _kill_in_the_middle(path, how, rounds):
    """Rounds in which the pointer, or an artifact under its digest's name, was half written."""
    half = 0
    for number in range(rounds):
        child = _child(path, how)
        time.sleep(0.004 + 0.0017 * number)
        child.kill()
        child.join()
        if _torn(path):
            half += 1
            shutil.rmtree(path / "live", ignore_errors=True)
            shutil.rmtree(path / "artifacts", ignore_errors=True)
    return half


def _torn(path):
    pointer = path / "live" / "m.json"
    if pointer.exists():
        try:
            told = json.loads(pointer.read_bytes())
        except ValueError:
            return True
        if set(told) != {"artifact", "epoch", "file", "model", "subject", "version"}:
            return True
    return any(digest_bytes(file.read_bytes()) != f"sha256:{file.name}"
               for file in (path / "artifacts").glob("*") if not file.name.startswith("."))


def test_a_kill_leaves_old_or_new_and_never_half(tmp_path):
    assert _kill_in_the_middle(tmp_path, "durably", ROUNDS) == 0
    Folder(path=tmp_path).deploy(_release(b"a" * SIZE, 10**9))


def test_the_same_kill_shows_half_files_when_written_in_place(tmp_path):
    """The control: the test above would notice."""
    assert _kill_in_the_middle(tmp_path, "in place", ROUNDS) > 0


def _race(path, number, start, rounds, out):
    data = bytes([number]) * 10_000
    target = Folder(path=path)
    start.wait()
    won = []
    for turn in range(rounds):
        epoch = 1 + turn * 8 + number
        try:
            target.deploy(_release(data, epoch))
            won.append(epoch)
        except TargetError as error:
            assert "stale" in str(error) or "nothing is marked live" in str(error), error
    out.put((number, won))


def test_of_eight_racing_deployers_the_highest_fence_is_live(tmp_path):
    start, out, rounds = FORK.Event(), FORK.Queue(), 6
    children = [FORK.Process(target=_race, args=(tmp_path, number, start, rounds, out)) for number in range(8)]
    for child in children:
        child.start()
    start.set()
    told = dict(out.get(timeout=60) for _ in children)
    for child in children:
        child.join(30)
        assert child.exitcode == 0
    highest = rounds * 8
    assert highest in told[7]
    seen = Folder(path=tmp_path).observed("m")
    assert (seen.artifact, seen.epoch) == (digest_bytes(bytes([7]) * 10_000), highest)
    assert not _torn(tmp_path)


def test_a_reader_beside_a_deployer_never_sees_half(tmp_path):
    target, child = Folder(path=tmp_path), _child(tmp_path, size=2000, keep=True)
    try:
        known = {None, digest_bytes(b"a" * 2000), digest_bytes(b"b" * 2000)}
        epochs = []
        until = time.monotonic() + 1
        while time.monotonic() < until:
            seen = target.observed("m")
            assert seen.artifact in known
            epochs.append(seen.epoch)
        assert epochs == sorted(epochs)
        assert epochs[-1] > epochs[0]
    finally:
        child.kill()
        child.join()
