"""A re-certification is done by a run that was pinned after its start, by the rules as they are now, over the version that stood; by no other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from bank import Bank
from modelops_airflow.digest import digest_of
from modelops_airflow.governance.campaign import Affected, Campaign, record_campaign
from modelops_airflow.governance.claim import claim
from modelops_airflow.governance.settle import settle
from modelops_airflow.governance.start import RunKey, pin
from modelops_airflow.inventory.tables import RecertificationRow, RunRow
from modelops_airflow.plan.types import Plan

NOW = digest_of("the plan under the new rules")


def reviewed(bank: Bank, run: str, version: str = "1.0.0", fail: str = ">= 0.20", **facts: Any) -> RunKey:
    """A review that came to a verdict."""
    plan = bank.plan().to_json()
    steps = [step for step in plan["steps"] if step["phase"] in ("prepare", "check", "decide")]
    path = bank.root / f"models/pricing-{version}.yaml"
    key = RunKey("pricing.review", run)
    body = {**plan, "model": {**plan["model"], "version": version}, "lifecycle": "review", "on": "schedule", "steps": steps, **facts}
    pin(bank.register, key, body, bank.store.put_file(path), path.name, "dana")
    bank.measure(key)
    assert bank.decide(key) == "pass"
    return key


def queued(bank: Bank, **replaced: Any) -> None:
    """The model on the queue after a change of rules; the release stands."""
    with bank.register.read() as session:
        run = session.scalars(select(RunRow).order_by(RunRow.id)).first()
    assert run is not None
    one = {"after": NOW, "before": run.approved_plan, **replaced}
    found = Affected("pricing", 2, run.id, one["before"], one["after"], "pass", "fail", ("limit is stricter",), "pricing.review")
    assert record_campaign(bank.register, Campaign(digest_of(1), "", 1, (found,)), "sync")


def settled(bank: Bank) -> tuple[str, str | None, str]:
    settle(bank.register, lambda _dag, _run: "success")
    with bank.register.read() as session:
        row = session.scalars(select(RecertificationRow)).one()
        return row.state, row.verdict, row.reason


def test_a_run_that_was_pinned_after_the_start_over_the_version_that_stood_counts(bank: Bank) -> None:
    bank.live()
    queued(bank)
    (one,) = claim(bank.register, "round")
    reviewed(bank, one.run_id)
    assert settled(bank) == ("done", "pass", "")


def test_the_name_of_a_run_cannot_be_known_before_it_is_claimed(bank: Bank) -> None:
    bank.live()
    queued(bank)
    (one,) = claim(bank.register, "round")
    assert re.fullmatch(r"recertify__1_1_[0-9a-f]{16}", one.run_id)


def test_a_run_that_was_there_before_the_start_does_not_count_whatever_its_name(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelops_airflow.governance.claim.token_hex", lambda _bytes: "guessed")
    bank.live()
    reviewed(bank, "recertify__1_1_guessed")
    queued(bank)
    claim(bank.register, "round")
    assert settled(bank) == ("failed", None, "its run was not pinned after it was started; it says nothing of the rules as they are now")


@pytest.mark.parametrize("why", ["by the plan that stood before", "by the policies of 2020-01-31", "over version 2.0.0"])
def test_a_run_by_other_rules_or_over_another_version_does_not_count(bank: Bank, why: str) -> None:
    bank.live()
    before = bank.plan().to_json()
    steps = [step for step in before["steps"] if step["phase"] in ("prepare", "check", "decide")]
    ways: dict[str, Callable[[], dict[str, Any]]] = {
        "by the plan that stood before": lambda: {},
        "by the policies of 2020-01-31": lambda: {"as_of": "2020-01-31"},
        "over version 2.0.0": lambda: {"version": "2.0.0"},
    }
    stood = Plan.from_json({**before, "lifecycle": "review", "on": "schedule", "steps": steps}).digest
    queued(bank, **({"before": stood} if why == "by the plan that stood before" else {}))
    (one,) = claim(bank.register, "round")
    if "2.0.0" in why:
        (bank.root / "models/pricing-2.0.0.yaml").write_bytes((bank.root / "models/pricing-1.0.0.yaml").read_bytes() + b"# two\n")
    reviewed(bank, one.run_id, **ways[why]())
    state, verdict, reason = settled(bank)
    assert (state, verdict) == ("failed", None) and why in reason


def test_a_plan_of_an_earlier_day_counts_where_it_is_the_one_that_was_foretold(bank: Bank) -> None:
    bank.live()
    plan = bank.plan().to_json()
    steps = [step for step in plan["steps"] if step["phase"] in ("prepare", "check", "decide")]
    queued(bank, after=Plan.from_json({**plan, "lifecycle": "review", "on": "schedule", "steps": steps, "as_of": "2020-01-31"}).digest)
    (one,) = claim(bank.register, "round")
    reviewed(bank, one.run_id, as_of="2020-01-31")
    assert settled(bank) == ("done", "pass", "")
