"""A kill at any point of an erasure loses nothing: the next round goes on, and a hold that came between wins or is told."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
from score_world import FILE, batch_bank, made, records, score_run, scored

from bank import Bank, person
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.governance import erase as erasing
from modelops_airflow.governance import retention
from modelops_airflow.governance.erasures import erasures, tombstones
from modelops_airflow.governance.holds import lift, place
from modelops_airflow.ledger import verify
from modelops_airflow.steps import erase as step
from retention_world import apply, approved, over, packs, promising, statement, years_later


def die(*_arguments: object, **_named: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(bank: Bank, where: str) -> None:
    """A round in a process of its own, which is killed there."""
    child = os.fork()
    if child == 0:
        try:
            with pytest.MonkeyPatch.context() as dying:
                kill(dying, where)
                apply(bank)
        finally:
            os._exit(0)  # it should not come so far
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def kill(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Whoever comes there is killed."""
    if where == "before it begins":
        monkeypatch.setattr(step, "begin", die)
    elif where == "after it began":
        monkeypatch.setattr(step, "finish", die)
    elif where == "before the removal":
        monkeypatch.setattr(BlobStore, "remove", die)
    elif where == "in the removal":
        remove = BlobStore.remove
        monkeypatch.setattr(BlobStore, "remove", lambda self, digest: (remove(self, digest), die()))
    elif where == "before the tombstone":
        monkeypatch.setattr(erasing, "_entomb", die)


POINTS = ("after it began", "before it begins", "before the removal", "before the tombstone", "in the removal")


@pytest.fixture
def waiting(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """An erasure that two people decided; answers the digest."""

    def decided() -> str:
        promising(monkeypatch, packs(own=("P4Y", "record", "project default")))
        over(bank)
        years_later(monkeypatch, 5)
        approved(bank, statement(bank))
        return statement(bank)

    return decided


@pytest.mark.parametrize("where", POINTS)
def test_the_round_after_a_kill_finishes_it(bank: Bank, waiting: Callable[[], str], where: str) -> None:
    digest = waiting()
    killed(bank, where)
    with bank.register.read() as session:
        assert digest not in tombstones(session)
        assert [one.state for one in erasures(session)] == ["approved" if where == "before it begins" else "begun"]
    assert bank.store.has(digest) is (where not in ("in the removal", "before the tombstone"))
    assert [one.split(",")[0] for one in apply(bank)] == [f"{digest} is erased"]
    assert not bank.store.has(digest) and apply(bank) == []
    assert (bank.events().count("erasure-begun"), bank.events().count("erased")) == (1, 1)
    with bank.register.read() as session:
        assert verify(session) == []


@pytest.mark.parametrize("where", POINTS)
def test_a_hold_that_comes_after_a_kill_keeps_what_is_there_and_is_told_of_what_is_gone(
        bank: Bank, waiting: Callable[[], str], where: str) -> None:
    digest = waiting()
    killed(bank, where)
    held, there = place(bank.desk, "pricing", person("rita"), "a claim"), bank.store.has(digest)
    (told,) = apply(bank)
    assert f"hold {held}" in told and bank.store.has(digest) is there
    if there:
        assert apply(bank) == [told]
        lift(bank.desk, "pricing", held, person("rolf"), "settled")
        assert "is erased" in apply(bank)[0]
    else:
        assert "it was gone when hold" in told and bank.events()[-1] == "erased"


def test_without_the_look_at_holds_the_same_removal_goes_through(bank: Bank, waiting: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    digest = waiting()
    place(bank.desk, "pricing", person("rita"), "a claim")
    apply(bank)
    assert bank.store.has(digest)
    monkeypatch.setattr(retention, "holds", lambda session: [])
    apply(bank)
    assert not bank.store.has(digest)


def test_bytes_that_are_missing_without_a_tombstone_are_not_taken_for_erased(bank: Bank, waiting: Callable[[], str]) -> None:
    digest = waiting()
    bank.store.remove(digest)
    assert "no tombstone says why" in apply(bank)[0]
    assert "erased" not in bank.events()


def test_bytes_that_changed_are_not_erased_before_somebody_looked(bank: Bank, waiting: Callable[[], str]) -> None:
    digest = waiting()
    hexadecimal = digest.removeprefix("sha256:")
    path = bank.root / "evidence" / hexadecimal[:2] / hexadecimal
    path.chmod(0o600)
    path.write_bytes(b"other")
    assert "have changed" in apply(bank)[0] and path.exists()


def test_the_store_removes_what_a_kill_left_of_writing_the_same_bytes(bank: Bank) -> None:
    digest = bank.store.put(b"words of somebody")
    left = bank.root / "evidence" / ".partial-abc"
    left.write_bytes(b"words of somebody")
    other = left.with_name(".partial-def")
    other.write_bytes(b"words of somebody else")
    bank.store.remove(digest)
    bank.store.remove(digest)
    assert (bank.store.has(digest), left.exists(), other.exists()) == (False, False, True)


def test_an_object_store_removes_too() -> None:
    store = BlobStore("memory://erasing")
    digest = store.put(b"words")
    store.remove(digest)
    store.remove(digest)
    assert not store.has(digest)


def test_scored_rows_are_erased_at_their_place_for_the_person_they_are_about(bank: Bank) -> None:
    place = batch_bank(bank)
    place.live()
    scored(score_run(place))
    [row] = records(place)
    approved(place, row.output, "data-subject")
    assert made(place) == [FILE]
    assert "is erased" in apply(place)[0] and made(place) == []
    with place.register.read() as session:
        assert tombstones(session)[row.output].media_type == "application/octet-stream"
