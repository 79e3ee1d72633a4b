"""A folder is one artifact: the same bytes for the same files, and nothing in it that is no plain file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import bundle, read_artifact
from modelops_airflow.kinds.archive import zip_findings
from modelops_airflow.kinds.bundle import members_of


def folder(place: Path, names: list[str]) -> Path:
    for name in names:
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return place


def test_the_same_files_are_the_same_bytes_whenever_and_in_whichever_order_they_were_written(tmp_path: Path) -> None:
    names = ["model.txt", "b/more.txt", "a.txt"]
    first, second = folder(tmp_path / "1" / "model", names), folder(tmp_path / "2" / "model", names[::-1])
    os.utime(second / "a.txt", (0, 0))
    (second / "a.txt").chmod(0o755)

    one, other = read_artifact(first, "one"), read_artifact(second, "other")

    assert one == other
    assert one.name == "model.zip"
    assert members_of(one.bytes) == {name: name.encode() for name in names}
    assert zip_findings(one.bytes) == (True, [])


def test_one_byte_or_one_name_makes_other_bytes(tmp_path: Path) -> None:
    one = folder(tmp_path / "1" / "m", ["a", "b"])
    whole = read_artifact(one, "m").bytes
    (one / "a").write_bytes(b"c")
    changed = read_artifact(one, "m").bytes
    (one / "a").rename(one / "c")

    assert len({whole, changed, read_artifact(one, "m").bytes}) == 3


def test_a_file_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"\x08x")

    file = read_artifact(tmp_path / "m.onnx", "m")

    assert (file.name, file.bytes) == ("m.onnx", b"\x08x")


def test_links_and_pipes_in_a_folder_are_refused_by_name(tmp_path: Path) -> None:
    linked = folder(tmp_path / "linked", ["a"])
    (linked / "secret").symlink_to("/etc/hostname")
    with pytest.raises(ArtifactError, match="models/linked holds secret, which is no plain file"):
        read_artifact(linked, "models/linked")

    piped = folder(tmp_path / "piped", ["a"])
    os.mkfifo(piped / "pipe")
    with pytest.raises(ArtifactError, match="holds pipe"):
        read_artifact(piped, "piped")


def test_a_folder_without_files_or_with_too_much_is_no_artifact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty" / "more").mkdir(parents=True)
    with pytest.raises(ArtifactError, match="without a file"):
        read_artifact(tmp_path / "empty", "empty")
    with pytest.raises(ArtifactError, match="artifact nothing is not there"):
        read_artifact(tmp_path / "nothing", "nothing")

    big = folder(tmp_path / "big", ["a", "b"])
    monkeypatch.setattr(bundle, "LARGEST", 2)
    assert members_of(read_artifact(big, "big").bytes)
    monkeypatch.setattr(bundle, "LARGEST", 1)
    with pytest.raises(ArtifactError, match="more than"):
        read_artifact(big, "big")


def test_only_an_archive_that_may_be_unpacked_has_members(tmp_path: Path) -> None:
    whole = read_artifact(folder(tmp_path / "m", ["a"]), "m").bytes

    assert members_of(whole) == {"a": b"a"}
    for broken in (b"", b"no zip", whole + b"more", whole.replace(b"a", b"/"), whole[:31] + b"x" + whole[32:]):
        with pytest.raises(ArtifactError, match="cannot be unpacked"):
            members_of(broken)
