"""What is proposed as the project's own packs and life cycles is refused where it is none: in force it would stop every plan."""

from __future__ import annotations

from typing import Any

import pytest

from bank import Bank, governance
from modelops_airflow.errors import Refused
from modelops_airflow.governance.activate import propose

PACK = {"pack": "mine", "version": 1, "title": "Mine.", "tiers": {"1": {"steps": ["bias"]}}}
LIFECYCLE = {"lifecycle": "mine", "version": 1, "description": "Mine.", "extends": "standard-release", "on": "version-registered"}
BAD = {
    "a circle": {"own_policies": {"mine": {**PACK, "extends": "mine"}}},
    "a life cycle of nothing": {"own_lifecycles": {"mine": {"bogus": 1}}},
    "a life cycle that extends none": {"own_lifecycles": {"mine": {**LIFECYCLE, "extends": "nothing"}}},
    "a metric that is none": {"own_policies": {"mine": {**PACK, "basis": "own", "tiers": {"1": {"numbers": {"bogus": {"fail": "> 1"}}}}}}},
    "a pack of nothing": {"own_policies": {"mine": {"bogus": 1}}},
    "another name": {"own_policies": {"theirs": PACK}},
    "the package's life cycle": {"own_lifecycles": {"monitor": {**LIFECYCLE, "lifecycle": "monitor"}}},
    "the package's pack": {"own_policies": {"house": {**PACK, "pack": "house"}}},
}


@pytest.mark.parametrize("what", sorted(BAD))
def test_what_is_no_pack_and_no_life_cycle_is_refused(bank: Bank, what: str) -> None:
    with pytest.raises(Refused, match="breaks its own rules") as refused:
        propose(bank.register, governance(**BAD[what]), "sync")
    assert refused.value.code == "invalid"


@pytest.mark.parametrize("sections", [{"own_lifecycles": {"mine": LIFECYCLE}}, {"own_policies": {"mine": PACK}}], ids=["life cycle", "pack"])
def test_a_good_one_waits_for_the_control_side(bank: Bank, sections: dict[str, Any]) -> None:
    assert propose(bank.register, governance(**sections), "sync") == "pending"
