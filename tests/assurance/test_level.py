"""Each level needs the one before; what is removed or not known lowers it, and the reason is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelops_airflow.assurance.level import Approvals, Level, SetUp, assurance_of, forgers_at
from modelops_airflow.ledger.anchor import GIT_REMOTE, OBJECT_STORE, SAME_HOST

ALL = SetUp("postgresql", worker_role=True, own_processes=True, no_api_secret=True, asymmetric_tokens=True,
            approval_key_pinned=True, no_approval_key=True, no_checkpoint_key=True, anchors=("git remote",))
SIGNED = Approvals(counted=3, server_signed=3, person_signed=3)


def test_everything_in_place_is_the_highest_level() -> None:
    found = assurance_of(ALL, SIGNED)
    assert (found.level, found.lacks) == (Level.L3, ())


@pytest.mark.parametrize(
    ("taken", "level"),
    [
        ({"dialect": "sqlite"}, Level.L0),
        ({"worker_role": False}, Level.L0),
        ({"own_processes": False}, Level.L0),
        ({"no_api_secret": False}, Level.L0),
        ({"approval_key_pinned": False}, Level.L1),
        ({"no_approval_key": False}, Level.L1),
        ({"asymmetric_tokens": False}, Level.L1),
    ],
)
@pytest.mark.parametrize("unknown", [False, True])
def test_each_thing_taken_away_or_not_known_lowers_the_level(taken: dict[str, object], level: Level, unknown: bool) -> None:
    changed = dict.fromkeys(taken) if unknown and "dialect" not in taken else taken  # a dialect is always known
    found = assurance_of(replace(ALL, **changed), SIGNED)  # type: ignore[arg-type]
    assert found.level == level
    assert len(found.lacks) == 1


@pytest.mark.parametrize(
    ("approvals", "level"),
    [
        (replace(SIGNED, server_signed=2), Level.L1),
        (replace(SIGNED, unknown_authors=("dags/models/a.yaml",)), Level.L1),
        (replace(SIGNED, person_signed=2), Level.L2),
        (Approvals(), Level.L2),
        (None, Level.L2),
    ],
)
def test_a_run_is_no_better_than_its_approvals(approvals: Approvals | None, level: Level) -> None:
    assert assurance_of(ALL, approvals).level == level


def test_signatures_of_persons_do_not_lift_a_set_up_where_tasks_can_deploy_anything() -> None:
    assert assurance_of(SetUp("sqlite"), SIGNED).level == Level.L0


READS_KEY = "code in a task, by signing packs and checkpoints with the key it can read"
NO_ANCHOR = "the owner of the register's database, by rewriting a ledger that no anchor holds"


@pytest.mark.parametrize("level", list(Level))
def test_every_level_says_who_could_still_forge(level: Level) -> None:
    told = forgers_at(level, ALL)
    assert ("any code that runs in a task" in told) == (level == Level.L0)
    assert "code in a task, by noting a better level than is true" in told


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("hidden", [None, False, True])
def test_a_task_that_can_read_the_key_of_checkpoints_is_named(level: Level, hidden: bool | None) -> None:
    assert (READS_KEY in forgers_at(level, replace(ALL, no_checkpoint_key=hidden))) == (hidden is not True)


@pytest.mark.parametrize("level", [Level.L1, Level.L2, Level.L3])
@pytest.mark.parametrize(
    ("anchors", "holds"),
    [((), False), ((SAME_HOST.name,), False), (("what nobody knows",), False), ((GIT_REMOTE.name,), True), ((OBJECT_STORE.name, SAME_HOST.name), True)],
)
def test_an_anchor_that_its_operator_can_rewrite_holds_nothing(level: Level, anchors: tuple[str, ...], holds: bool) -> None:
    told = forgers_at(level, replace(ALL, anchors=anchors))
    assert (NO_ANCHOR not in told) == holds
    assert any(one.startswith("who administers the anchors") for one in told) == holds
    assert not any(SAME_HOST.name in one for one in told)
