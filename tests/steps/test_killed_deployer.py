"""kill -9 anywhere in a deployment leaves the old or the new version live, and converging ends it.

The deployer is a process of its own that kills itself at a named point; nothing is cleaned up.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bank import Bank, Candidate, person
from modelops_airflow import durable
from modelops_airflow.governance import promote as promote_module
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.inventory.tables import DeploymentRow
from modelops_airflow.ledger import verify
from modelops_airflow.steps import deploy as deploy_module
from modelops_airflow.targets import Release, folder, strengths
from modelops_airflow.targets.own_folder import OwnFolder

FORK = multiprocessing.get_context("fork")


def _die(*_arguments: Any, **_facts: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _and_die(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **facts: Any) -> None:
        function(*arguments, **facts)
        _die()

    return call


POINTS: dict[str, tuple[Any, str, bool]] = {
    "inside the promotion": (promote_module, "_intend", True),
    "after the promotion": (deploy_module, "promote", True),
    "before publishing is noted": (deploy_module, "publishing", False),
    "after publishing is noted": (deploy_module, "publishing", True),
    "before the artifact is written": (OwnFolder, "write", False),
    "after the artifact is written": (OwnFolder, "write", True),
    "inside a write": (durable.os, "replace", False),
    "after the switch": (folder.Folder, "_publish", True),
    "before it is confirmed": (deploy_module, "confirm_live", False),
    "inside the confirmation": (promote_module, "_touch", True),
    "after it is confirmed": (deploy_module, "confirm_live", True),
}
SWITCHED = {"after the switch", "before it is confirmed", "inside the confirmation", "after it is confirmed"}


def _deploy_and_die(url: str, root: Any, release: Candidate, point: str) -> None:
    owner, name, after = POINTS[point]
    setattr(owner, name, _and_die(getattr(owner, name)) if after else _die)
    Bank(root, url).deploy(release)


def killed(bank: Bank, release: Candidate, point: str) -> None:
    """Deploy in a process that dies at a point."""
    bank.register.engine.dispose()
    process = FORK.Process(target=_deploy_and_die, args=(bank.url, bank.root, release, point))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def stall(bank: Bank) -> None:
    """Half an hour goes by: nobody waits for the deployer any more."""
    bank.sql("UPDATE modelops_deployment SET at = '2001-01-01 00:00:00.000000'")


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_leaves_the_old_or_the_new_version_and_converging_ends_it(bank: Bank, point: str) -> None:
    old = bank.live("1.0.0")
    new = bank.approve(bank.release("1.1.0"))
    killed(bank, new, point)
    assert bank.shown() == (new.artifact if point in SWITCHED else old.artifact)
    stall(bank)
    bank.converge()
    ended = bank.tables()
    assert bank.converge() == []
    assert {name for name, rows in bank.tables().items() if rows != ended[name]} <= {"modelops_deployment", "modelops_scan"}
    lost = point == "inside the promotion"
    assert bank.shown() == (old if lost else new).artifact
    assert bank.state("1.0.0" if lost else "1.1.0") == "in_use"
    assert [state for _, state in bank.deployments()].count("live") == 1
    assert bank.findings() == []
    with bank.register.read() as session:
        assert verify(session) == []


@pytest.mark.parametrize(
    "point", ["after the promotion", "after publishing is noted", "after the switch", "inside the confirmation"]
)
def test_the_task_that_is_started_again_ends_what_was_begun(bank: Bank, point: str) -> None:
    bank.live("1.0.0")
    new = bank.approve(bank.release("1.1.0"))
    killed(bank, new, point)
    bank.deploy(new)
    assert bank.shown() == new.artifact
    assert bank.deployments() == [(1, "superseded"), (2, "live")]
    assert bank.events().count("promotion") == 2


def test_a_deployment_that_just_began_is_left_to_its_deployer(bank: Bank) -> None:
    new = bank.approve(bank.release())
    killed(bank, new, "after publishing is noted")
    assert bank.converge() == []
    assert bank.shown() is None
    assert bank.deployments() == [(1, "publishing")]


def test_a_deployer_whose_place_may_take_long_is_left_alone_for_so_long(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permitted 40 minutes ago: at a place that may take an hour its task is at work still."""
    new = bank.approve(bank.release())
    killed(bank, new, "after publishing is noted")
    with bank.register.write() as session:
        row = session.scalars(select(DeploymentRow)).one()
        row.at -= timedelta(minutes=40)
    with monkeypatch.context() as slow:
        slow.setattr(folder.Folder, "longest", classmethod(lambda cls, options: 3600.0))
        assert bank.converge() == []
        assert (bank.shown(), bank.deployments()) == (None, [(1, "publishing")])
    assert bank.converge() == ["pricing 1.0.0 is live in production"], "the control: a place that waits for nothing"


def test_only_the_deployer_of_a_release_goes_in_the_steps_of_its_place(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconciling waits for no step: neither with what comes back nor with what a killed deployer left."""
    went: list[tuple[str, bool]] = []
    publish = folder.Folder._publish

    def see(place: folder.Folder, release: Release) -> None:
        went.append((release.version, release.at_once))
        publish(place, release)

    monkeypatch.setattr(folder.Folder, "_publish", see)
    bank.live("1.0.0")
    bank.live("1.1.0")
    rollback(bank.register, "pricing", "production", "1.0.0", person("rita"), "worse", strengths=strengths())
    bank.converge()
    killed(bank, bank.approve(bank.release("1.2.0")), "after publishing is noted")
    stall(bank)
    bank.converge()
    assert went == [("1.0.0", False), ("1.1.0", False), ("1.0.0", True), ("1.2.0", True)]


def test_what_lost_its_approval_while_it_was_stalled_is_not_published(bank: Bank) -> None:
    from modelops_airflow.governance.vote import withdraw

    old = bank.live("1.0.0")
    new = bank.approve(bank.release("1.1.0"))
    killed(bank, new, "after publishing is noted")
    withdraw(bank.register, 5, person("rita"))
    stall(bank)
    assert any("may no longer go live" in line for line in bank.converge())
    assert bank.shown() == old.artifact
    assert bank.deployments() == [(1, "live"), (2, "failed")]
    assert bank.converge() == []
