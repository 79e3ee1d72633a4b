"""Every guard of verify.py has an attack that it stops; with the guard taken out, that attack passes or meets the next one."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from attacks import ATTACKS, Attack
from signed_pack import Made

from modelops_airflow.evidence.pack import VERIFIER

SOURCE = VERIFIER.read_text()
GUARDS = {number for number, line in enumerate(SOURCE.splitlines(), 1) if re.search(r"\bneed\(", line) and "def need" not in line}
ELSEWHERE = {
    "is not in its one spelling": "test_pack.py::test_base64_in_another_spelling_is_found",
    "the pack is larger than": "test_pack.py::test_more_members_or_bytes_than_any_pack_has_are_refused",
    "has no safe name": "test_pack.py::test_a_name_that_leaves_the_pack_is_refused",
    "there twice": "test_pack.py::test_a_duplicated_member_is_found",
    "too many members": "test_pack.py::test_more_members_or_bytes_than_any_pack_has_are_refused",
    "no zip of stored members": "test_pack.py::test_what_is_no_pack_is_answered_without_a_traceback",
    "no point of the curve": "test_verifier.py::test_bytes_that_are_no_point_or_another_spelling_of_one_are_refused",
    **dict.fromkeys(("no waiver says why", "in other words than were decided", "did not count when the version went ahead", "others accepted waiver",
                     "told otherwise", "asks nothing of step", "says something else than waiver"), "steps/test_pack_of_waivers.py::test_who_edits_a_pack_of_a_waiver_is_found"),
    "longer than the ledger": "test_verifier.py::test_proofs_of_the_ledger_hold_here_and_no_other_does",
}
"""Guards of single functions, which their own tests attack."""


def run(source: str, data: bytes, trust: str) -> tuple[list[str], int]:
    """The problems that a verifier of this text finds, and the line of the guard that spoke."""
    names: dict[str, Any] = {"__name__": "verifier"}
    exec(compile(source, "verify.py", "exec"), names)
    spoke, need = [0], names["need"]

    def watched(holds: Any, why: str) -> None:
        if not holds:
            spoke[0] = sys._getframe(1).f_lineno
        need(holds, why)

    names["need"] = watched
    return list(names["verify"](data, [trust])["problems"]), spoke[0]


@pytest.fixture(scope="module")
def stopped(made: Made) -> dict[str, tuple[list[str], int]]:
    """What each attack meets."""
    return {one.name: run(SOURCE, one.forge(made), made.trusted) for one in ATTACKS}


def test_the_honest_pack_meets_no_guard(made: Made) -> None:
    assert run(SOURCE, made.data, made.trusted) == ([], 0)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.name)
def test_an_attack_is_refused_in_its_own_words(stopped: dict[str, tuple[list[str], int]], attack: Attack) -> None:
    found = stopped[attack.name][0]
    assert len(found) == 1
    assert attack.told in found[0]


def test_every_guard_stops_an_attack(stopped: dict[str, tuple[list[str], int]]) -> None:
    lines = SOURCE.splitlines()
    idle = [lines[number - 1].strip() for number in sorted(GUARDS - {line for _, line in stopped.values()})]
    assert [line for line in idle if not any(words in line for words in ELSEWHERE)] == []


LAST = {
    "bytes outside the members": ("need(zipped(members) == data, ", "need(True, "),
    "sealed by another key": ("need(not self.trust or self.origin,", "need(True,"),
    "another plan": ('need(run["subject"] == digest(canonical(parts)),', "need(True,"),
    "a changed event": ('need(climbed(index, log["tree_size"] - 1, leaf, one["proof"])[1] == log["root"],', "need(True,"),
    "a statement about another artifact": ("(body[\"_type\"], body[\"predicateType\"], about) == (STATEMENT, \"urn:modelops-airflow:\" + kind, [subject[7:]])", "True"),
    "a role lost": ('person in holders(rules, one["role"], model["owner"])', "True"),
    "another governance than was in force": (".get(named[0])", ".get(named[0], self.json[\"governance\"])"),
    "another schedule than was pinned": ('need([(one["plan"], one["artifact"])', 'need(True or [(one["plan"], one["artifact"])'),
    "an author left out": ("need(known <= ", "need(True or known <= "),
    "an author approves": ('known_as(rules, person) & authors', "False"),
    "a run that the ledger has failed": ("need([[one[name] for name in names]", "need(True or [[one[name] for name in names]"),
    "a key that its holder confirmed": ('one["by"] not in ("", person) and', "True and"),
    "another decision than was signed": ("need(said.items() <= stated(payload,", "need(True or said.items() <= stated(payload,"),
    "another time than the server signed": ("need(not recorder or said.items()", "need(True or said.items()"),
    "a log that does not continue the anchored one": ("need(continues(", "need(True or continues("),
    "another artifact at the target": ('one["observed"] in (None, one["artifact"])', "True"),
    "a deployment left out": ("need(went & ", "need(True or went & "),
    "a stronger target": ("need(wanted == [True],", "need(True,"),
    "live after its end": ('need((one["state"] == "live") == stands and', "need(True or"),
    "an emergency that never was": ('need([one["by"] for one in glass]', 'need(True or [one["by"] for one in glass]'),
    "another result": ('need([row["verdict"] for row in', 'need(True or [row["verdict"] for row in'),
    "a key that was revoked before": ('and not self.done("key-revoked", until=at, fingerprint=name)', ""),
    "one signature many times": (' and len(envelope["signatures"]) <= 4', ""),
    "other gates": ('need([one["gate"] for one in self.body["approvals"]] == list(self.gates)', "need(True"),
}
"""Attacks that one guard alone stops."""


@pytest.mark.parametrize("name", LAST)
def test_an_attack_is_stopped_by_its_guard_and_passes_without_it(made: Made, name: str) -> None:
    guard, without = LAST[name]
    forged = next(one for one in ATTACKS if one.name == name).forge(made)
    assert SOURCE.count(guard) == 1
    assert run(SOURCE, forged, made.trusted)[0]
    assert run(SOURCE.replace(guard, without), forged, made.trusted)[0] == []
