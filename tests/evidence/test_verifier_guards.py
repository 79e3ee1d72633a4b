"""Every guard of verify.py has an attack that it alone stops: with the guard taken out the attack passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from signed_pack import Made, edited, key_entry, resealed

from modelops_airflow.evidence.pack import VERIFIER

SOURCE = VERIFIER.read_text()


def _rewritten(name: str, change: Callable[[Any], None]) -> Callable[[Made], bytes]:
    return lambda made: resealed(edited(made.members, name, change), made.house)


def _first(person: str, **facts: Any) -> Callable[[Any], None]:
    return lambda rows: next(one for one in rows if one["person"] == person).update(facts)


def _other_origin(made: Made) -> bytes:
    return resealed(edited(made.members, "keyring.json", lambda keys: keys.append(key_entry(made.rita, "manifest"))), made.rita)


ATTACKS: list[tuple[str, Callable[[Made], bytes], str, str]] = [
    ("bytes outside the members", lambda made: made.data + b"x", "need(zipped(members) == data, ", "need(True, "),
    ("sealed by another key", _other_origin, "need(not self.trust or self.origin,", "need(True,"),
    ("another plan", _rewritten("plan.json", lambda plan: plan["policies"].update(house="sha256:" + "2" * 64)),
     'need(run["subject"] == digest(canonical(parts)),', "need(True,"),
    ("a changed event", _rewritten("events.json", lambda rows: rows[5].update(body=rows[5]["body"].replace("pricing", "pricinG"))),
     'need(climbed(index, log["tree_size"] - 1, leaf, one["proof"])[1] == log["root"],', "need(True,"),
    ("an author approves", _rewritten("run.json", lambda run: run["authors"].append(["simple:vera", "started the run"])),
     'known_as(self.json["governance"], person) & authors', "False"),
    ("a role lost", _rewritten("governance.json", lambda body: body["roles"]["risk"]["held_by"].remove("rolf")),
     'person in holders(self.json["governance"], one["role"], model["owner"])', "True"),
    ("another decision than was signed", _rewritten("approvals.json", _first("rita", nth=2)),
     "need(all(told[name] == one[name] for name in", "need(True or all(told[name] == one[name] for name in"),
    ("another time than the server signed", _rewritten("approvals.json", _first("rolf", at="2020-01-01T00:00:00Z")),
     "need(recorder and same,", "need(True,"),
    ("a log that does not continue the anchored one", lambda made: resealed(
        made.members, made.house, lambda body: body["log"]["anchored"][0].update(proof=body["log"]["anchored"][0]["proof"][::-1])),
     "need(continues(", "need(True or continues("),
    ("another artifact deployed", _rewritten("deployments.json", lambda rows: rows[0].update(observed="sha256:" + "3" * 64)),
     'one["observed"] in (None, one["artifact"])', "True"),
]


def problems(source: str, data: bytes, trust: Sequence[str]) -> list[str]:
    """What a verifier of this text says."""
    names: dict[str, Any] = {"__name__": "verifier"}
    exec(compile(source, "verify.py", "exec"), names)
    return list(names["verify"](data, trust)["problems"])


@pytest.mark.parametrize(("attack", "guard", "without"), [one[1:] for one in ATTACKS], ids=[one[0] for one in ATTACKS])
def test_an_attack_is_stopped_by_its_guard_and_passes_without_it(
    made: Made, attack: Callable[[Made], bytes], guard: str, without: str
) -> None:
    assert SOURCE.count(guard) == 1
    assert problems(SOURCE, attack(made), [made.trusted])
    assert problems(SOURCE.replace(guard, without), attack(made), [made.trusted]) == []
