"""What a program is made of: the example's bills as they are built, and what is said of a bill that is broken, too large or of another form."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from built_programs import folder

from modelops_airflow.digest import digest_bytes
from modelops_airflow.kinds import read_artifact, scan
from modelops_airflow.kinds.programs.bill_of_materials import MOST_BYTES, SHOWN
from modelops_airflow.kinds.programs.elf import read_elf
from modelops_airflow.measurement import Measurement

SCRIPT = b"#!/bin/sh\ncat\n"
ONE = {"type": "library", "name": "zlib", "version": "1.3.1"}


def bill(*components: Any, **more: Any) -> bytes:
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": list(components), **more}).encode()


def scanned(bom: bytes, name: str = "bom.json", **more: bytes) -> Measurement:
    return scan("executable", folder({"start": SCRIPT, name: bom, **more}), file="m.zip")


def findings(told: Measurement) -> float:
    return next(float(one.value or 0) for one in told.metrics if one.name == "artifact_findings")


def test_the_scorecard_in_cpp_is_built_with_a_bill_of_its_compiler_and_what_it_is_linked_to(built: Path) -> None:
    artifact = read_artifact(built / "scorecard", "scorecard")
    told = scan("executable", artifact.bytes, file=artifact.name)
    needed = read_elf((built / "scorecard/scorecard").read_bytes()).needed
    parts = [note.partition(": ")[2].split() for note in told.notes if note.startswith("component ")]

    assert f"bill of materials bom.json: {digest_bytes((built / 'scorecard/bom.json').read_bytes())}, CycloneDX 1.5, {len(needed) + 1} components" in told.notes
    assert [name for name, _ in parts] == ["g++", *needed] and all(version[0].isdigit() for _, version in parts)
    assert "build sbom: bom.json" in told.notes and findings(told) == 0


def test_the_scorecard_in_java_has_its_bill_in_the_jar(built: Path) -> None:
    artifact = read_artifact(built / "scorecard-java.jar", "jar")
    told = scan("executable", artifact.bytes, file=artifact.name)
    with zipfile.ZipFile(built / "scorecard-java.jar") as jar:
        digest = digest_bytes(jar.read("META-INF/sbom/bom.json"))
    place = "program.jar!META-INF/sbom/bom.json"

    assert f"bill of materials {place}: {digest}, CycloneDX 1.5, 2 components" in told.notes and findings(told) == 0
    assert [any(note.startswith(f"component {number} of {place}: {name} ") for note in told.notes) for number, name in ((1, "javac"), (2, "java.base"))] == [True, True]


def test_components_are_named_up_to_a_limit_and_counted_beyond_it() -> None:
    parts = [{"type": "library", "name": f"part-{number}", "version": f"{number}.0"} for number in range(SHOWN + 5)]
    notes = scanned(bill(*parts)).notes
    assert any(note.endswith(f"CycloneDX 1.5, {SHOWN + 5} components") for note in notes)
    assert [note for note in notes if note.startswith("component ")] == [f"component {number + 1} of bom.json: part-{number} {number}.0" for number in range(SHOWN)]
    assert "further components of bom.json: 5, which the bill has" in notes


def test_parts_of_a_part_count_and_a_part_may_have_no_version() -> None:
    notes = scanned(bill({**ONE, "components": [{"type": "file", "name": "crc32.c"}]}, {"type": "library", "name": "m"})).notes
    assert [note.partition(": ")[2] for note in notes if note.startswith("component ")] == ["zlib 1.3.1", "m", "crc32.c"]
    assert any(note.endswith("CycloneDX 1.5, 0 components") for note in scanned(b'{"bomFormat": "CycloneDX", "specVersion": "1.6"}'.replace(b"1.6", b"1.5")).notes)


BROKEN = {
    "no JSON": (b'{"bomFormat": "CycloneDX",\n "components": [}', "bom.json line 2, column 17: "),
    "a key twice": (b'{"bomFormat": "CycloneDX", "bomFormat": "x"}', "a key stands twice in one object"),
    "no number": (b'{"version": NaN}', "NaN is no number of JSON"),
    "deep": (b"[" * 100_000, "bom.json is no JSON that everyone reads the same"),
    "no text": (b"\xff\xfe\x00", "bom.json"),
    "a list": (b"[]", "bom.json: the whole: expected an object, found a list"),
    "another form": (b"{}", "bom.json is no bill of materials in CycloneDX"),
    "components": (bill(components={}), "bom.json: components: expected a list, found an object"),
    "a component": (bill(ONE, 7), "bom.json: components[1]: expected an object, found a number"),
    "a name": (bill(ONE, {"type": "library"}), "bom.json: components[1].name: expected a text, found nothing"),
    "a version": (bill({**ONE, "version": [1]}), "bom.json: components[0].version: expected a text, found a list"),
    "a part of a part": (bill({**ONE, "components": [ONE, {"name": True}]}), "bom.json: components[0].components[1].name: expected a text, found a truth value"),
    "size": (b" " * (MOST_BYTES + 1), "a bill of materials is read up to 4 MiB"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_bill_is_a_finding_with_its_place_and_hides_nothing(what: str) -> None:
    data, words = BROKEN[what]
    told = scanned(data, **{"build.json": b'{"compiler": "cc 1", "sbom": "bom.json"}'})

    assert findings(told) == 1 and any(note.startswith("bill of materials bom.json: broken: ") and words in note for note in told.notes), told.notes
    assert "build compiler: cc 1" in told.notes, "what the program says of itself is still there"
    assert findings(scanned(bill(ONE), **{"build.json": b'{"sbom": "bom.json"}'})) == 0, "the control"


def test_a_bill_that_the_build_file_names_is_read_whatever_it_is_called() -> None:
    assert "component 1 of parts.json: zlib 1.3.1" in scanned(bill(ONE), "parts.json", **{"build.json": b'{"sbom": "parts.json"}'}).notes
    assert not any("parts.json" in note for note in scanned(bill(ONE), "parts.json").notes), "else it is any file"


@pytest.mark.parametrize("name", ["bom.xml", "parts.spdx", "parts.spdx.json"])
def test_of_a_bill_of_another_form_the_digest_is_evidence(name: str) -> None:
    told = scanned(b"<bom/>", name)
    assert f"bill of materials {name}: {digest_bytes(b'<bom/>')}, not read: only CycloneDX JSON is" in told.notes and findings(told) == 0


def test_what_a_bill_says_cannot_write_lines_of_its_own_into_the_evidence() -> None:
    notes = scanned(bill({"name": "a\nb\u001b[31m" + "x" * 500, "version": "1\r2"})).notes
    assert [note for note in notes if note.startswith("component ")] == ["component 1 of bom.json: a?b?[31m" + "x" * 92 + " 1?2"]


def test_a_jar_that_cannot_be_unpacked_here_is_no_broken_bill() -> None:
    jar = folder({"META-INF/sbom/bom.json": b"{}"})
    assert [findings(scanned(bill(ONE), **{"lib.jar": data})) for data in (jar, jar[:60] + b"?" + jar[61:] + b"more")] == [1, 0]
