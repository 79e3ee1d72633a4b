"""What is done to a bank while something fails: six actions, each from where it starts.

Each may be done again after it was done: what was decided, promoted or taken back stays so.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bank import Bank, person
from modelops_airflow.errors import Refused
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.steps.deploy import publish
from modelops_airflow.steps.evidence_pack import evidence_pack
from modelops_airflow.targets import strengths


@dataclass(frozen=True)
class Action:
    """Something that is done to a bank.

    Attributes:
        before: brings a founded bank to where the action starts; answers what the action needs.
        do: the action.
    """

    before: Callable[[Bank], Any]
    do: Callable[[Bank, Any], None]


def _approve(bank: Bank, release: Any) -> None:
    with suppress(Refused):  # done again after it was done: decided already
        bank.vote(release, "approve-risk", "rolf")


def _to_vote(bank: Bank) -> Any:
    release = bank.release("1.0.0")
    bank.vote(release, "approve-validation", "vera")
    bank.vote(release, "approve-risk", "rita")
    return release


def _to_deploy(bank: Bank) -> Any:
    bank.live("1.0.0")
    return bank.approve(bank.release("1.1.0"))


def _to_go_back(bank: Bank) -> None:
    bank.live("1.0.0")
    bank.live("1.1.0")


def _go_back(bank: Bank, _: Any) -> None:
    with suppress(Refused):  # done again after it was done: 1.0.0 is live already
        back = rollback(bank.register, "pricing", "production", "1.0.0", person("olaf"), "worse", strengths=strengths())
        publish(bank.register, back, bank.store, bank.project)


def _pack(bank: Bank, release: Any) -> None:
    run = bank.run(release.key)
    evidence_pack(run, run.plan.step("evidence-pack"))


ACTIONS = {
    "register": Action(lambda bank: bank.live("1.0.0") and None, lambda bank, _: bank.pin("1.1.0") and None),
    "approve": Action(_to_vote, _approve),
    "promote": Action(_to_deploy, lambda bank, release: bank.promote(release) and None),
    "deploy": Action(_to_deploy, lambda bank, release: bank.deploy(release) and None),
    "roll back": Action(_to_go_back, _go_back),
    "pack": Action(lambda bank: bank.live("1.0.0"), _pack),
}
