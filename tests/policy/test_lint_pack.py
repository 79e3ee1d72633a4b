"""Mistakes of a policy pack: each is told with its place and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelops_airflow.errors import PolicyError
from modelops_airflow.policy.codes import CODES
from modelops_airflow.policy.library import Packs, controls_of, packs
from modelops_airflow.policy.lint_pack import lint_pack
from modelops_airflow.spec.policy import Policy
from modelops_airflow.spec.problem import Problem, SpecError
from modelops_airflow.spec.read import Source, read_policy

GOOD = """pack: own
version: 1
title: A pack of a test.
force: house
status: in-force
effective: {from: "2026-01-01", to: "2026-12-31", basis: project default}
applies_when: "facts.domain == 'credit' and tier <= 2"
controls:
  - id: OWN-1
    ref: a test
    text: Groups are looked at.
    class: compliance
    steps: [bias]
    numbers: {impact_ratio: {warn: "< 0.80", basis: industry}}
"""


def read(folder: Path, text: str, name: str = "own") -> Source[Policy]:
    (folder / f"{name}.yaml").write_text(text)
    return read_policy(folder / f"{name}.yaml", name=f"{name}.yaml")


def problems(folder: Path, text: str) -> list[Problem]:
    return lint_pack(read(folder, text))


def test_every_shipped_pack_is_without_mistakes() -> None:
    assert [problem for name in packs() for problem in lint_pack(packs()[name])] == []


def test_a_good_pack_has_no_mistakes(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == []


@pytest.mark.parametrize(("old", "new", "code", "place", "told"), [
    ("'credit'", "'kredit'", "PACK003", (7, 15), "facts.domain is never 'kredit' (did you mean 'credit'?)"),
    ("facts.domain", "facts.domein", "PACK003", (7, 15), "column 1: there is no fact 'facts.domein' (did you mean 'facts.domain'?)"),
    ("tier <= 2", "tier <= ", "PACK003", (7, 15), "ends too early"),
    ('to: "2026-12-31"', 'to: "2025-12-31"', "PACK002", (6, 37), "before it begins"),
    ('to: "2026-12-31"', 'to: "2026-13-31"', "PACK002", (6, 37), "no day of the calendar"),
    ("basis: project default}\nappl", 'basis: project default, later: [{when: "tier == 3", from: "2025-01-01"}]}\nappl', "PACK002", (6, 109), "not later than"),
    ("steps: [bias]", "steps: [bais]", "PACK005", (13, 13), "did you mean 'bias'"),
    ("steps: [bias]", "steps: [approval]", "PACK005", (13, 13), "cannot require a step of kind 'approval'"),
    ("steps: [bias]", "steps: [drift]", "PACK004", (14, 29), "requires no step that measures 'impact_ratio'"),
    ("    steps: [bias]\n", "", "PACK004", (13, 29), "requires no step that measures it"),
    ("impact_ratio:", "four_fifths:", "PACK004", (14, 28), "here it is called 'impact_ratio'"),
    ("impact_ratio:", "impact_rato:", "PACK004", (14, 28), "did you mean 'impact_ratio'"),
    ('"< 0.80"', '"> 0.80"', "PACK004", (14, 36), "wrong side"),
    ('"< 0.80"', '"< nan"', "PACK004", (14, 36), "not finite"),
    ('warn: "< 0.80", ', "", "PACK006", (14, 29), "neither warns nor fails"),
    ("status: in-force", "status: superseded", "PACK007", (5, 9), "go together"),
    ("status: in-force", "extends: nobody", "PACK001", (5, 10), "there is no policy pack 'nobody'"),
    ("status: in-force", "extends: own", "PACK001", (5, 10), "circle: own -> own"),
    ("status: in-force", "remove: [OWN-9]", "PACK006", (5, 10), "no extended pack has a control OWN-9"),
    ("status: in-force", "read: false", "PACK007", (5, 7), "none is named"),
    ("pack: own", "pack: other", "PACK007", (1, 7), "its file 'own'"),
    ("    steps: [bias]\n    numbers: {impact_ratio: {warn: \"< 0.80\", basis: industry}}\n", "", "PACK006", (9, 5), "asks for nothing"),
    ("class: compliance", 'class: compliance\n    every: {basis: law}', "PACK007", (13, 12), "every what"),
    ("class: compliance", "class: compliance\n    keep: {drift: [method]}", "PACK005", (13, 19), "does not require"),
    ("class: compliance", "class: compliance\n    approvals: {roles: {risk: 1}, basis: law}\n    at: [release, review]", "PACK007", (13, 16), "asked once for each"),
    ("class: compliance", 'class: compliance\n    applies_when: "tier"', "PACK003", (13, 19), "neither true nor false"),
])
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, code: str, place: tuple[int, int], told: str) -> None:
    assert old in GOOD
    found = problems(tmp_path, GOOD.replace(old, new, 1))

    assert [(one.code, (one.line, one.column)) for one in found] == [(code, place)], "\n".join(map(str, found))
    assert told in str(found[0]) and code in CODES


def test_a_key_that_no_pack_has_and_a_number_without_a_basis_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="did you mean 'applies_when'"):
        read(tmp_path, GOOD.replace("applies_when:", "applys_when:", 1))
    with pytest.raises(SpecError, match="lacks the key 'basis'"):
        read(tmp_path, GOOD.replace(', basis: industry', "", 1))


def test_packs_that_extend_each_other_in_a_circle_are_told(tmp_path: Path) -> None:
    one = read(tmp_path, GOOD.replace("status: in-force", "extends: two"))
    two = read(tmp_path, GOOD.replace("pack: own", "pack: two").replace("status: in-force", "extends: own"), "two")

    assert [problem.code for problem in lint_pack(one, {"two": two})] == ["PACK001"]
    with pytest.raises(PolicyError, match="own -> two -> own"):
        controls_of("own", {"own": one, "two": two})


def test_a_pack_takes_over_controls_without_those_that_it_removes_and_replaces_those_of_the_same_id() -> None:
    old, new = {one.id: one for one in controls_of("sr-11-7")}, {one.id: one for one in controls_of("sr-26-2")}

    assert "SR117-REV-1" in old and "SR117-REV-1" not in new
    assert set(old) - {"SR117-REV-1"} < set(new) and "SR262-MAT-1" in new
    assert new["SR117-VAL-1"] != old["SR117-VAL-1"] and new["SR117-MON-1"] == old["SR117-MON-1"]


def test_a_pack_of_another_package_is_added_once_and_takes_no_name(tmp_path: Path) -> None:
    library = Packs(tmp_path / "none")
    read(tmp_path, GOOD)
    (tmp_path / "more").mkdir()
    read(tmp_path / "more", GOOD)

    assert library.add(tmp_path / "own.yaml").spec.pack == "own" and list(library) == ["own"]
    assert library.add(tmp_path / "own.yaml").spec.pack == "own"
    read(tmp_path, GOOD.replace("pack: own", "pack: wrong").replace("'credit'", "'kredit'"), "wrong")
    with pytest.raises(SpecError, match="PACK003"):
        library.add(tmp_path / "wrong.yaml")
    assert list(library) == ["own"]
    with pytest.raises(PolicyError, match="there is a policy pack 'own' already"):
        library.add(tmp_path / "more" / "own.yaml")
