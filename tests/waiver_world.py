"""A release that fails by one control of a policy pack alone, and the waiver of that control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bank import TABLE, Bank, Candidate, governance, person
from modelops_airflow.database import database_time
from modelops_airflow.governance import obstacles, waive, waiver_watch
from modelops_airflow.governance.control_waivers import control_waivers as waivers_on_record
from modelops_airflow.governance.start import RunKey, pin
from modelops_airflow.plan.types import Plan, Requirement
from modelops_airflow.policy.library import controls_of
from modelops_airflow.policy.merge import Said
from modelops_airflow.policy.waiver import ControlWaiver
from modelops_airflow.steps import register_journal

PACK, CONTROL = "four-fifths", "FF-RATIO"
WORDS = f"{PACK} {CONTROL}"
POLICIES = governance(policies=[PACK, "nyc-ll144"])
CLOCKS = (waive, obstacles, register_journal, waiver_watch)
"""Modules that ask the database what time it is, for waivers."""


def day(days: int = 30) -> date:
    """A day from now on, UTC."""
    return (datetime.now(UTC) + timedelta(days=days)).date()


def ask(bank: Bank, who: str = "olaf", **changes: Any) -> int:
    """Somebody asks for the waiver."""
    asked = waive.Asked(**{"pack": PACK, "control": CONTROL, "reason": "The sample of one branch is small.", "compensating": ["A person looks at each decline."],
                           "until": day(), **changes})
    return waive.ask_waiver(bank.desk, "pricing", person(who), asked)


def accept(bank: Bank, number: int, *who: str) -> str:
    """People of the control side accept it; answers where it stands."""
    return [waive.accept(bank.desk, "pricing", number, person(name), "It is looked at by hand.") for name in who or ("rita",)][-1].stored


def waiver(bank: Bank, number: int) -> ControlWaiver:
    """What the ledger has of it."""
    with bank.register.read() as session:
        return waivers_on_record(session, ["pricing"])[number]


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Some days pass for everybody who asks whether a waiver counts."""
    for module in CLOCKS:
        monkeypatch.setattr(module, "database_time", lambda session: database_time(session) + timedelta(days=days))


def plan(bank: Bank, version: str = "1.0.0", others: Sequence[Said] = (), **model: Any) -> Plan:
    """The plan of a release whose bias the pack asks to be at least 0.80; `others` say something of it too."""
    told = bank.plan(version, **model)
    rule = Requirement("impact_ratio", None, "< 0.80", {}, WORDS, among=(*others, Said(WORDS, None, "< 0.80")))
    steps = tuple(replace(step, requirements=(rule,), required_by=(WORDS,)) if step.id == "bias" else step for step in told.steps)
    asked = next(one for one in controls_of(PACK) if one.id == CONTROL)
    control = {"applies": True, "why": "", "class": asked.class_, "ref": asked.ref, "text": asked.text, "how": "automated", "at": list(asked.at), "steps": ["bias"],
               "numbers": {"impact_ratio": {"warn": asked.numbers["impact_ratio"].warn, "fail": None, "basis": "industry"}}}
    return replace(told, steps=steps, packs={PACK: {"title": "Four fifths", "digest": "sha256:" + "4" * 64, "version": 1, "standing": "applies", "why": "", "draft": False, "named_by": "governance.yaml",
                                                    "controls": {CONTROL: control}}})


def begin(bank: Bank, version: str = "1.0.0", ratio: float = 0.75, run: str | None = None, **facts: Any) -> RunKey:
    """A version whose bias is measured."""
    planned = plan(bank, version, **facts)
    path = bank.root / planned.model["artifact"]
    path.write_text(TABLE.format(version=version))
    key = RunKey("pricing.release", run or f"manual__{version}")
    pin(bank.register, key, planned.to_json(), bank.store.put_file(path), path.name, "dana")
    bank.measure(key, ratio)
    return key


def waived_release(bank: Bank, version: str = "1.0.0", **facts: Any) -> tuple[Candidate, int]:
    """A version that passes by a waiver alone, at its gates; and the waiver's number."""
    bank.govern(POLICIES)
    key = begin(bank, version, **facts)
    number = ask(bank)
    assert accept(bank, number) == "active"
    assert bank.decide(key) == "pass"
    return bank.gates(key), number


__all__ = ["CONTROL", "PACK", "POLICIES", "WORDS", "accept", "ask", "begin", "day", "later", "plan", "waived_release", "waiver"]
