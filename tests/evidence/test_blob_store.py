"""The content-addressed store: write-once, hashed on every read, whole or not there."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import EvidenceError
from modelops_airflow.evidence.store import BlobStore

FORK = get_context("fork")


@pytest.fixture(params=["folder", "file URL", "memory"])
def store(request, tmp_path):
    return BlobStore({"folder": str(tmp_path / "s"), "file URL": f"file://{tmp_path}/s", "memory": f"memory://{uuid4().hex}"}[request.param])


def test_bytes_come_back_under_their_digest(store):
    assert store.put(b"evidence") == digest_bytes(b"evidence")
    assert store.get(digest_bytes(b"evidence")) == b"evidence"
    assert store.has(digest_bytes(b"evidence"))
    assert not store.has(digest_bytes(b"other"))
    assert BlobStore(store.url).get(digest_bytes(b"evidence")) == b"evidence"
    assert store.get(store.put(b"")) == b""


def test_json_is_stored_canonically(store):
    assert store.put_json({"b": 1, "a": [1.0, "é"]}) == store.put_json({"a": [1, "é"], "b": 1})
    for bad in (float("nan"), {1: 2}, 2**60):
        with pytest.raises(ValueError):  # noqa: PT011 - each of the canonical form's own errors
            store.put_json(bad)


def test_a_file_is_stored_under_the_digest_of_its_bytes(store, tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(os.urandom(3_000_000))
    digest = store.put_file(path)
    assert digest == digest_bytes(path.read_bytes())
    path.write_bytes(b"changed later")
    assert len(store.get(digest)) == 3_000_000


def test_what_is_not_there_is_an_error_that_says_so(store):
    with pytest.raises(EvidenceError, match="is not in the store"):
        store.get(digest_bytes(b"absent"))
    for text in ("", "sha256:1", "../../etc/passwd", "sha256:" + "A" * 64, "md5:" + "0" * 64):
        with pytest.raises(ValueError, match="not a digest"):
            store.get(text)


def _flip(store, digest, place):
    name = digest.removeprefix("sha256:")
    if store.url.startswith("memory://"):
        import fsspec

        system, root = fsspec.core.url_to_fs(store.url)
        path = f"{root}/{name[:2]}/{name}"
        data = bytearray(system.cat_file(path))
        data[place] ^= 1
        system.pipe_file(path, bytes(data))
        return
    path = store._path(digest)
    os.chmod(path, 0o644)
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("place", range(8))
def test_every_flipped_byte_is_an_error_on_read(store, place):
    digest = store.put(b"evidence")
    _flip(store, digest, place)
    with pytest.raises(EvidenceError, match="have changed"):
        store.get(digest)
    if store.url.startswith("memory://"):
        with pytest.raises(EvidenceError, match="not written over"):
            store.put(b"evidence")
        return
    assert store.put(b"evidence") == digest
    assert store.get(digest) == b"evidence", "putting the right bytes again mends a folder"


def test_a_remote_object_is_created_and_never_written_over(monkeypatch):
    from fsspec.implementations.memory import MemoryFileSystem

    made = []
    plain = MemoryFileSystem.pipe_file

    def told(self, path, value, mode="overwrite", **more):
        made.append((path, mode))
        return plain(self, path, value, mode=mode, **more)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", told)
    store = BlobStore(f"memory://{uuid4().hex}")
    for _ in range(3):
        store.put(b"evidence")
    assert [mode for _, mode in made] == ["create"]
    monkeypatch.setattr(MemoryFileSystem, "exists", lambda *_: False)  # the other writer was there between looking and writing
    assert store.put(b"evidence") == digest_bytes(b"evidence")


def test_a_remote_object_that_did_not_arrive_whole_is_an_error(monkeypatch):
    from fsspec.implementations.memory import MemoryFileSystem

    plain = MemoryFileSystem.pipe_file
    monkeypatch.setattr(MemoryFileSystem, "pipe_file", lambda self, path, value, mode="overwrite": plain(self, path, value[:3], mode))
    with pytest.raises(EvidenceError, match="other bytes than its name"):
        BlobStore(f"memory://{uuid4().hex}").put(b"evidence")


def test_a_cut_blob_is_an_error_on_read(tmp_path):
    store = BlobStore(str(tmp_path))
    path = store._path(store.put(b"evidence"))
    os.chmod(path, 0o644)
    path.write_bytes(b"evid")
    with pytest.raises(EvidenceError, match="have changed"):
        store.get(digest_bytes(b"evidence"))


def test_blobs_are_write_once(tmp_path):
    store = BlobStore(str(tmp_path))
    path = store._path(store.put(b"evidence"))
    before = path.stat()
    assert before.st_mode & 0o777 == 0o444
    store.put(b"evidence")
    after = path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("moment", ["fsync", "replace", "fchmod"])
def test_a_failure_while_writing_leaves_nothing(tmp_path, monkeypatch, moment):
    store = BlobStore(str(tmp_path / "s"))
    source = tmp_path / "source"
    source.write_bytes(b"file")

    def broken(*_args):
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(f"modelops_airflow.durable.os.{moment}", broken)
    for action in (lambda: store.put(b"evidence"), lambda: store.put_file(source)):
        with pytest.raises(OSError, match="no space"):
            action()
    monkeypatch.undo()
    assert not [path for path in (tmp_path / "s").rglob("*") if path.is_file()]
    assert not store.has(digest_bytes(b"evidence"))


def _put_for_ever(folder, ready):
    store, number = BlobStore(str(folder)), 0
    ready.send(None)
    while True:
        number += 1
        store.put(number.to_bytes(8, "big") * 20_000)


def test_a_kill_while_writing_leaves_nothing_half(tmp_path):
    for number in range(15):
        here, there = FORK.Pipe(duplex=False)
        child = FORK.Process(target=_put_for_ever, args=(tmp_path / str(number), there), daemon=True)
        child.start()
        assert here.poll(30)
        time.sleep(0.003 + 0.002 * number)
        child.kill()
        child.join()
    blobs = [path for path in tmp_path.rglob("*") if path.is_file() and not path.name.startswith(".partial-")]
    assert blobs
    assert all(digest_bytes(path.read_bytes()) == f"sha256:{path.name}" for path in blobs)


def test_many_writers_of_the_same_and_of_other_bytes_do_not_meet(store, tmp_path):
    source = tmp_path / "same"
    source.write_bytes(b"same" * 10_000)

    def write(number):
        return store.put_file(source) if number % 3 == 0 else store.put(b"same" * 10_000 if number % 3 == 1 else str(number).encode())

    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(write, range(120)))
    assert len(set(digests)) == 41
    for digest in set(digests):
        assert digest_bytes(store.get(digest)) == digest
    if (tmp_path / "s").exists():
        assert not list((tmp_path / "s").rglob(".partial-*"))


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=2000))
def test_any_bytes_round_trip(data):
    store = BlobStore("memory://round-trip")
    assert store.get(store.put(data)) == data
