"""Compression comes off to the last byte, in bounds; archives hold their members and nothing else."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib

import pytest
from artifacts import GOOD, clean
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import scan
from modelops_airflow.kinds.archive import zip_findings
from modelops_airflow.kinds.formats import format_of
from modelops_airflow.kinds.pickles.peel import FREE, layer_of, peel

COMPRESS = {"zlib": zlib.compress, "gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress,
            "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE)}
PLAIN = b"\x80\x02N."


@settings(max_examples=60, deadline=None)
@given(layers=st.lists(st.sampled_from(sorted(COMPRESS)), max_size=3), rest=st.binary(max_size=200))
def test_up_to_three_layers_come_off_and_nothing_is_lost(layers: list[str], rest: bytes) -> None:
    data = PLAIN + rest
    for layer in layers:
        data = COMPRESS[layer](data)
    peeled = peel(data)
    assert (peeled.data, peeled.layers) == (PLAIN + rest, tuple(reversed(layers)))


@pytest.mark.parametrize("layer", COMPRESS)
def test_each_compression_is_known_and_refused_when_cut_or_followed_or_bursting(layer: str) -> None:
    data = COMPRESS[layer](PLAIN)
    assert layer_of(data) == layer
    assert format_of(data) == f"{layer} compression"
    for bent, word in ((data[:-2], "cut off|broken"), (data + b"x", "bytes follow|broken"), (COMPRESS[layer](bytes(FREE + (4 << 20))), "grows to more than")):
        with pytest.raises(ArtifactError, match=word):
            peel(bent)


def test_four_layers_are_one_too_many() -> None:
    data = PLAIN
    for _ in range(4):
        data = zlib.compress(data)
    with pytest.raises(ArtifactError, match="more than 3 times"):
        peel(data)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(COMPRESS)), st.floats(0, 0.999), st.integers(1, 255))
def test_a_changed_byte_of_a_compression_is_told_or_harmless(layer: str, place: float, change: int) -> None:
    data = bytearray(COMPRESS[layer](PLAIN * 50))
    data[int(place * len(data))] ^= change
    try:
        peel(bytes(data))
    except ArtifactError as error:
        assert "\n" not in str(error)


def _archive(method: int = zipfile.ZIP_STORED, *, stream: bool = False) -> bytes:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return not stream

        def seek(self, *_where: int) -> int:
            raise OSError("a pipe")

        def tell(self) -> int:
            raise OSError("a pipe")

    out = Pipe() if stream else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("schema.json", b"{}" * 20)
        archive.writestr("1.npy", b"x" * 100)
    return out.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("stream", [False, True])
def test_an_archive_as_python_writes_it_has_no_gap(method: int, stream: bool) -> None:
    assert zip_findings(_archive(method, stream=stream)) == (True, [])


def test_the_examples_archive_is_clean_until_a_byte_is_put_before_or_behind_it() -> None:
    data = GOOD["skops"].read_bytes()
    assert clean(scan("skops", data, file="m.skops"))
    assert not clean(scan("skops", data + b"x", file="m.skops"))
    assert not clean(scan("skops", b"PK\x03\x04" + data, file="m.skops"))
    assert zip_findings(b"#!/bin/sh\n" + data)[1]
    end = len(data) - 22
    assert zip_findings(data[: end + 20] + b"\x04\x00evil")[1]


def test_a_version_of_skops_with_known_holes_scans_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import skops

    data = GOOD["skops"].read_bytes()
    monkeypatch.setattr(skops, "__version__", "0.12.0")
    report = scan("skops", data, file="m.skops")
    assert not clean(report)
    assert "CVE-2025-54412" in report.notes[0]
