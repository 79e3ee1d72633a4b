"""Packs that earlier releases made still verify, and their changed bytes are still found."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from modelops_airflow.digest import canonical
from modelops_airflow.evidence.read_pack import verify_pack
from modelops_airflow.evidence.verify import unzipped, zipped

OLD = sorted((Path(__file__).parent / "old").glob("*.zip"))


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_an_old_pack_verifies_for_ever(path: Path) -> None:
    answer = verify_pack(path.read_bytes())
    assert answer["problems"] == []
    assert answer["origin"] is None
    assert any("self-attested" in gap for gap in answer["gaps"])


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_every_flipped_byte_of_an_old_pack_is_found(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(len(data)):
        data[place] ^= 1
        assert verify_pack(bytes(data))["problems"], place
        data[place] ^= 1
    assert verify_pack(bytes(data))["problems"] == [], "the control: untouched"


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_a_flipped_byte_of_any_member_is_found_though_the_zip_is_made_anew(path: Path) -> None:
    members = unzipped(path.read_bytes())
    for name in members.keys() - {"manifest.json"}:  # which nobody signed: the first form does not vouch for itself
        for place in range(0, len(members[name]), 7):
            body = members[name]
            changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
            assert verify_pack(zipped({**members, name: changed}))["problems"], (name, place)


def test_an_old_pack_is_of_no_trusted_origin() -> None:
    assert "signed by nobody" in verify_pack(OLD[0].read_bytes(), ["sha256:" + "0" * 64])["problems"][0]


def test_the_canonical_zip_is_what_python_writes() -> None:
    members = {"b/c.json": canonical({"a": 1}), "a.txt": b"x" * 1000, "empty": b""}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr, info.create_system = 0o644 << 16, 3
            archive.writestr(info, members[name])
    assert zipped(members) == out.getvalue()
    assert unzipped(out.getvalue()) == members


def test_a_pack_that_is_nested_too_deep_is_no_pack() -> None:
    deep = zipped({"manifest.json": b"[" * 200_000 + b"]" * 200_000})
    told, = verify_pack(deep)["problems"]
    assert told.startswith("the pack cannot be read as one: RecursionError")
