"""Scanning: only clean bytes of the right format become an artifact that anything can open."""

from __future__ import annotations

import copy
import dataclasses
import io
import pickle
import zipfile

import pytest
from artifacts import GOOD, clean
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import KINDS, VerifiedArtifact, scan, verify
from modelops_airflow.kinds.archive import zip_findings
from modelops_airflow.measurement import Measurement, Metric, Status
from modelops_airflow.registry import UnknownName


@pytest.mark.parametrize("kind", GOOD)
def test_the_examples_pass_and_are_verified(kind):
    data = GOOD[kind].read_bytes()
    report = scan(kind, data, file=GOOD[kind].name)
    assert clean(report), report.notes
    assert report.inputs == {"artifact": digest_bytes(data)}
    artifact = verify(kind, data, digest_bytes(data), report)
    assert (artifact.bytes, artifact.digest, artifact.kind) == (data, digest_bytes(data), kind)
    assert Measurement.from_json(report.to_json()) == report


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("name", ["model.pkl", "model", "model.onnx.exe", "model.joblib", ".skops"])
def test_another_file_name_is_refused(kind, name):
    assert not clean(scan(kind, GOOD[kind].read_bytes(), file=name))


class _Evil:
    def __reduce__(self):
        return (print, ("opened",))


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_is_refused_and_not_opened(kind, protocol, capsys):
    data = pickle.dumps(_Evil(), protocol=protocol)
    suffix = KINDS[kind].suffixes[0]
    report = scan(kind, data, file=f"model{suffix}")
    assert not clean(report)
    with pytest.raises(ArtifactError):
        verify(kind, data, digest_bytes(data), report)
    assert "opened" not in capsys.readouterr().out


@pytest.mark.parametrize("kind", GOOD)
def test_an_empty_or_cut_or_foreign_artifact_is_refused(kind):
    data, file = GOOD[kind].read_bytes(), GOOD[kind].name
    assert scan(kind, b"", file=file).status is Status.ERROR
    assert not clean(scan(kind, data[: len(data) // 2], file=file))
    for other in GOOD.keys() - {kind}:
        assert not clean(scan(kind, GOOD[other].read_bytes(), file=file))


@pytest.mark.parametrize("kind", GOOD)
def test_an_artifact_cannot_be_made_without_verify(kind):
    data = GOOD[kind].read_bytes()
    digest = digest_bytes(data)
    for key in ({}, {"key": object()}, {"key": None}):
        with pytest.raises(TypeError, match="verify"):
            VerifiedArtifact(data, digest, kind, **key)
    artifact = verify(kind, data, digest, scan(kind, data, file=GOOD[kind].name))
    with pytest.raises(TypeError, match="verify"):
        dataclasses.replace(artifact, bytes=b"evil", digest=digest_bytes(b"evil"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        artifact.bytes = b"evil"
    assert copy.copy(artifact).bytes == data


def _report(**changes):
    data = GOOD["rules"].read_bytes()
    return dataclasses.replace(scan("rules", data, file="m.yaml"), **changes), data


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.ERROR}, {"status": Status.NOT_APPLICABLE}, {"metrics": ()}, {"check": "drift"}, {"inputs": {}},
        {"inputs": {"artifact": digest_bytes(b"other")}}, {"parameters": {}}, {"parameters": {"kind": "onnx"}},
        {"metrics": (Metric("format_allowed", 1.0), Metric("untrusted_types", 1.0), Metric("artifact_findings", 0.0))},
        {"metrics": (Metric("format_allowed", 0.0), Metric("untrusted_types", 0.0), Metric("artifact_findings", 0.0))},
        {"metrics": (Metric("format_allowed", 1.0), Metric("untrusted_types", 0.0), Metric("artifact_findings", None, reason="?"))},
    ],
    ids=str,
)
def test_a_report_that_did_not_pass_or_is_of_something_else_verifies_nothing(changes):
    report, data = _report(**changes)
    with pytest.raises(ArtifactError):
        verify("rules", data, digest_bytes(data), report)


def test_a_flipped_byte_after_the_scan_is_refused():
    report, data = _report()
    flipped = data[:-1] + bytes([data[-1] ^ 1])
    for digest in (digest_bytes(data), digest_bytes(flipped)):
        with pytest.raises(ArtifactError, match="not those that were scanned"):
            verify("rules", flipped, digest, report)


def test_an_unknown_kind_is_named():
    with pytest.raises(UnknownName):
        scan("torch", b"x", file="m.pt")


def _zip(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, data in members:
            archive.writestr(info, data)
    return out.getvalue()


def _link():
    info = zipfile.ZipInfo("link")
    info.create_system = 3
    info.external_attr = 0o120777 << 16
    return info


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ([("../evil", b"x")], "leaves"), ([("a/../../evil", b"x")], "leaves"), ([("/etc/passwd", b"x")], "leaves"),
        ([("..\\evil", b"x")], "leaves"), ([("C:/evil", b"x")], "leaves"), ([(_link(), b"/etc/passwd")], "link"),
        ([("bomb", bytes(50_000_000))], "grows"),
    ],
    ids=["parent", "inner parent", "absolute", "backslash", "drive", "link", "bomb"],
)
def test_an_archive_that_leaves_links_or_bursts_is_refused(members, word):
    data = _zip(("schema.json", b"{}"), *members)
    readable, found = zip_findings(data)
    assert readable
    assert any(word in one for one in found)
    report = scan("skops", data, file="m.skops")
    assert not clean(report)
    assert any(word in note for note in report.notes)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused():
    assert zip_findings(_zip(("a", b"1"), ("a", b"2")))[1] == ["two members of the archive have the same name"]
    assert zip_findings(_zip(("a", b"1"), ("b", b"2"))) == (True, [])


@settings(max_examples=60, deadline=None)
@given(data=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode()),
                      st.binary(max_size=80).map(lambda tail: b"PK\x03\x04" + tail), st.binary(max_size=80).map(lambda tail: b"\x08\x07" + tail)))
def test_any_bytes_are_told_and_never_raise(data):
    for kind in KINDS:
        report = scan(kind, data, file=f"m{KINDS[kind].suffixes[0]}")
        assert not clean(report)


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(sorted(GOOD)), place=st.floats(0, 0.999), change=st.integers(1, 255))
def test_a_changed_byte_of_a_good_artifact_never_raises(kind, place, change):
    data = bytearray(GOOD[kind].read_bytes())
    data[int(place * len(data))] ^= change
    report = scan(kind, bytes(data), file=GOOD[kind].name)
    assert report.status in (Status.MEASURED, Status.ERROR)
    with pytest.raises(ArtifactError):
        verify(kind, bytes(data), digest_bytes(GOOD[kind].read_bytes()), report)
