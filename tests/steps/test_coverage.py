"""Coverage says what can be seen of each target, and nothing better than that."""

from __future__ import annotations

import json

from bank import GOVERNANCE, Bank, governance, person
from modelops_airflow.digest import digest_of
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.steps.coverage import Coverage, coverage


def only(bank: Bank) -> Coverage:
    [found] = coverage(bank.register, bank.project)
    return found


def test_what_is_live_is_shown_and_was_compared_when_the_register_looked(bank: Bank) -> None:
    assert (only(bank).shown, only(bank).live, only(bank).compared_at) == (None, 0, None), "there is no folder yet, or it is not mounted"
    bank.live()
    first = only(bank)
    bank.converge()

    found = only(bank)
    assert (found.environment, found.place, found.strength) == ("production", "folder (path live)", "gated")
    assert (found.shown, found.live, found.strays, found.trouble) == (1, 1, 0, "")
    assert first.compared_at is not None and found.compared_at is not None and found.compared_at >= first.compared_at


def test_a_stray_counts_from_the_scan_on_that_found_it(bank: Bank) -> None:
    bank.live()
    (bank.root / "live/live/shadow.json").write_text(json.dumps({"artifact": "sha256:" + "1" * 64, "epoch": 1}))

    assert (only(bank).shown, only(bank).strays) == (2, 0)
    bank.converge()
    assert (only(bank).shown, only(bank).strays) == (2, 1)


def test_a_target_that_cannot_be_asked_is_no_empty_one(bank: Bank) -> None:
    body = governance(environments={**GOVERNANCE["environments"], "production": {"target": "moon", "with": {}}})
    propose(bank.register, body, "sync")
    activate(bank.register, digest_of(body), person("vera"))

    found = only(bank)
    assert (found.shown, found.strength) == (None, "unknown")
    assert "there is no target 'moon'" in found.trouble
