"""A pack under attack: whatever is changed, added, swapped, forged or signed by another, is found."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_pack import Made, edited, key_entry, named, resealed

from modelops_airflow.digest import canonical, digest_bytes
from modelops_airflow.evidence import verify as verifier
from modelops_airflow.evidence.pack import VERIFIER
from modelops_airflow.evidence.read_pack import verify_pack
from modelops_airflow.evidence.verify import verify, zipped

SCHEMA = json.loads((VERIFIER.parent / "evidence-pack.schema.json").read_text())


def problems(data: bytes, *trust: str) -> str:
    return "; ".join(verify(data, trust)["problems"])


def test_an_untouched_pack_verifies_and_names_its_origin_only_to_who_trusts_the_key(made: Made) -> None:
    assert problems(made.data) == problems(made.data, made.trusted) == ""
    assert verify(made.data)["origin"] is None
    assert verify(made.data, [made.trusted])["origin"] == made.trusted
    assert "origin not established" in verifier.report(verify(made.data))
    told = verify(made.data)["established"]
    assert "gate approve-risk is approved by rita, signed with their own key, rolf, signed by the server alone" in told


def test_the_command_gives_the_same_verdict(made: Made) -> None:
    assert verify_pack(made.data, [made.trusted]) == verify(made.data, [made.trusted])


def test_every_flipped_byte_is_found(made: Made) -> None:
    data = bytearray(made.data)
    for place in range(len(data)):
        data[place] ^= 1 << place % 8
        assert verify(bytes(data))["problems"], place
        data[place] ^= 1 << place % 8
    assert problems(bytes(data)) == "", "the control: every byte is back"


def test_every_flipped_byte_of_a_member_is_found_though_the_zip_is_made_anew(made: Made) -> None:
    members = made.members
    for name, body in members.items():
        end = len(body) - 300 if name == "manifest.dsse.json" else len(body)  # where its signature is
        for place in {*range(0, len(body), 97), *range(end, len(body))}:
            changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
            assert verify(zipped({**members, name: changed}))["problems"], (name, place)


def test_a_missing_added_or_swapped_member_is_found(made: Made) -> None:
    members = made.members
    for name in members:
        assert problems(zipped({other: body for other, body in members.items() if other != name})), name
    assert "more.json is not in the manifest" in problems(zipped({**members, "more.json": b"{}"}))
    swapped = {**members, "run.json": members["plan.json"], "plan.json": members["run.json"]}
    assert "run.json has changed" in problems(zipped(swapped))


def written(members: list[tuple[str, bytes]], how: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, body in members:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr, info.create_system, info.compress_type = 0o644 << 16, 3, how
            archive.writestr(info, body)
    return out.getvalue()


def test_the_zip_of_the_same_members_in_another_form_is_found(made: Made) -> None:
    members = sorted(made.members.items())
    assert problems(written(members)) == "", "the control: this is how a pack is written"
    assert "canonical form" in problems(written(members[::-1]))
    assert "canonical form" in problems(made.data + b"x")
    assert "canonical form" in problems(made.data[:-1])
    assert problems(b"x" + made.data)
    assert "compressed" in problems(written(members, zipfile.ZIP_DEFLATED))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_duplicated_member_is_found(made: Made) -> None:
    members = sorted(made.members.items())
    assert "there twice" in problems(written([*members[:3], members[2], *members[3:]]))


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a//b", "a/../b", "C:\\x", ".hidden", "a/.b", "a b", "", "a/", "\u00e9", "a\x00b"])
def test_a_name_that_leaves_the_pack_is_refused(made: Made, name: str) -> None:
    body = struct_zip(name.encode(), b"x")
    assert "no safe name" in problems(body)


def struct_zip(name: bytes, body: bytes) -> bytes:
    """One member of any name, as no library would write it."""
    import struct

    return struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, len(body), len(body), len(name), 0) + name + body


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    import time

    bomb = written([("manifest.json", bytes(200_000_000))], zipfile.ZIP_DEFLATED)
    assert len(bomb) < 300_000
    before = time.perf_counter()
    assert "compressed" in problems(bomb)
    assert time.perf_counter() - before < 0.5


def test_more_members_or_bytes_than_any_pack_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "too many members" in problems(zipped({f"m{number:05}": b"" for number in range(5001)}))
    monkeypatch.setattr(verifier, "MOST_BYTES", 1000)
    assert "larger than" in problems(bytes(1001))


def test_a_claimed_size_beyond_the_file_is_refused() -> None:
    data = bytearray(zipped({"a": b"x"}))
    data[22:26] = b"\xff\xff\xff\xff"
    assert problems(bytes(data))


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"PK nonsense", b"[]", bytes(100), zipped({"a": b"b"}), zipped({"manifest.json": b"[]"}),
                                  zipped({"manifest.json": b"{}", "manifest.dsse.json": b"{}", "keyring.json": b"[]"}),
                                  zipped({"manifest.json": b"[" * 100_000, "manifest.dsse.json": b"{}", "keyring.json": b"[]"})])
def test_what_is_no_pack_is_answered_without_a_traceback(data: bytes) -> None:
    assert len(verify(data)["problems"]) == 1


# Whoever rewrites a pack consistently needs the key that the reader knows.


def test_a_pack_sealed_anew_by_another_key_is_consistent_and_of_no_trusted_origin(made: Made) -> None:
    other = Ed25519PrivateKey.generate()
    members = edited(made.members, "keyring.json", lambda keys: keys.append(key_entry(other, "manifest")))
    members = edited(members, "run.json", lambda run: run.update(started_at="2001-01-01T00:00:00Z"))
    forged = resealed(members, other)
    assert problems(forged) == "", "without a key to trust nobody can tell; so it says: origin not established"
    assert "not signed by a trusted key" in problems(forged, made.trusted)
    assert verify(forged, [named(other)])["origin"] == named(other)


def test_a_pack_without_signature_is_of_no_trusted_origin(made: Made) -> None:
    assert "but by nobody" in problems(resealed(made.members, None), made.trusted)


def test_a_rejection_wins(made: Made) -> None:
    rejecting = edited(made.members, "approvals.json", lambda rows: rows[-1].update(decision="reject"))
    assert problems(resealed(rejecting, made.house))


def test_base64_in_another_spelling_is_found(made: Made) -> None:
    envelope = json.loads(made.members["manifest.dsse.json"])
    signature = envelope["signatures"][0]["sig"]
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    envelope["signatures"][0]["sig"] = signature[:-3] + last[last.index(signature[-3]) + 1] + "=="
    assert base64.b64decode(envelope["signatures"][0]["sig"]) == base64.b64decode(signature), "the control: the same bytes"
    assert "one spelling" in problems(zipped({**made.members, "manifest.dsse.json": canonical(envelope)}))


# What is in it


def test_every_manifest_is_as_the_schema_says(made: Made) -> None:
    manifest = json.loads(made.members["manifest.json"])
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(manifest, SCHEMA)
    for wrong in ({**manifest, "more": 1}, {key: value for key, value in manifest.items() if key != "gaps"}, {**manifest, "spec": "evidence-pack/v2"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, SCHEMA)


def test_the_pack_brings_the_verifier_of_the_release(made: Made) -> None:
    assert made.members["verify.py"] == VERIFIER.read_bytes()
    assert len(VERIFIER.read_text().splitlines()) < 390


def test_a_pack_holds_nobodys_private_key_and_no_path_of_the_machine(made: Made, tmp_path: Path) -> None:
    everything = b"".join(made.members.values())
    assert b"PRIVATE KEY" not in everything
    assert str(made.bank.root).encode() not in everything


def test_the_digest_of_a_statement_is_that_of_the_evidence(made: Made) -> None:
    for step, digest in json.loads(made.members["evidence-manifest.json"])["evidence"]:
        payload = base64.b64decode(json.loads(made.members[f"statements/{step}.dsse.json"])["payload"])
        assert digest_bytes(payload) == digest
