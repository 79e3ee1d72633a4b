"""Anchors keep what they were given, and a ledger that was rewritten or cut shows against them."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bank import Bank
from modelops_airflow.errors import LedgerError
from modelops_airflow.ledger import append, verify
from modelops_airflow.ledger.anchor import GIT_REMOTE, OBJECT_STORE, SAME_HOST, anchor_of, history, keeps
from modelops_airflow.ledger.checkpoint import open_checkpoint
from modelops_airflow.ledger.table import CheckpointRow
from modelops_airflow.ledger.unanchored import Unanchored, longest_unanchored
from modelops_airflow.settings import Settings, settings_from
from modelops_airflow.signing.ed25519 import generate, load_private, raw_public
from modelops_airflow.steps.checkpoint import make_checkpoint

NOTES = {3: "bank\n3\nroot\n\n— bank sig\n", 12: "bank\n12\nother\n\n— bank sig\n"}


def git(folder: Path, *arguments: str) -> str:
    """A git command as somebody else gives it."""
    command = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@x", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a bare repository."""
    git(tmp_path, "init", "--quiet", "--bare", "-b", "main", "remote.git")
    git(tmp_path, "clone", "--quiet", "remote.git", "clone")
    git(tmp_path / "clone", "checkout", "--quiet", "-B", "main")
    return tmp_path / "clone"


@pytest.fixture(params=["file", "git", "fsspec"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty anchor of each kind."""
    if request.param == "git":
        return f"git:{request.getfixturevalue('clone')}"
    return f"file://{tmp_path}/kept" if request.param == "file" else f"memory://{tmp_path}/kept"


def test_what_is_published_comes_back_by_size_with_a_time(url: str) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    for size in (12, 3, 12):
        anchor_of(url).publish(size, NOTES[size])
    kept = history(url)
    assert [one.note for one in kept] == [NOTES[3], NOTES[12]]
    assert all(one.at is not None and before <= one.at <= datetime.now(UTC) for one in kept)


def test_another_checkpoint_over_as_many_events_is_refused(url: str) -> None:
    anchor_of(url).publish(3, NOTES[3])
    with pytest.raises(LedgerError, match="another checkpoint over as many events"):
        anchor_of(url).publish(3, NOTES[3].replace("root", "forged"))
    assert [one.note for one in history(url)] == [NOTES[3]]


def test_the_remote_of_a_clone_is_believed_and_not_the_clone(clone: Path) -> None:
    anchor_of(f"git:{clone}").publish(3, NOTES[3])
    git(clone, "rm", "--quiet", "-f", "checkpoint-000000000003.note")
    git(clone, "commit", "--quiet", "-m", "gone")
    assert [one.note for one in history(f"git:{clone}")] == [NOTES[3]]
    git(clone, "push", "--quiet", "origin", "HEAD")
    assert history(f"git:{clone}") == []


@pytest.mark.parametrize("url", ["git@github.com:bank/anchors.git", "ssh://git@audit.example:22/anchors", "https://audit.example/anchors.git"])
def test_a_clone_that_pushes_to_another_host_is_a_git_remote(clone: Path, url: str) -> None:
    git(clone, "remote", "set-url", "origin", url)
    assert anchor_of(f"git:{clone}").kind == GIT_REMOTE and not GIT_REMOTE.rewritable


@pytest.mark.parametrize("url", [
    "{clone}.git", "../remote.git", "file://{clone}.git", "ssh://git@localhost/anchors", "https://127.0.0.1:8000/anchors", "localhost:anchors.git",
    "ssh://[::1]/anchors", "http://127.1/anchors", "ext::sh -c x", "ssh://{host}/anchors", "git@{host}:anchors",
])
def test_a_clone_that_pushes_to_this_machine_is_a_file_of_it(clone: Path, url: str) -> None:
    git(clone, "remote", "set-url", "origin", url.format(clone=clone, host=socket.gethostname()))
    assert anchor_of(f"git:{clone}").kind == SAME_HOST and SAME_HOST.rewritable


def test_every_place_that_a_clone_pushes_to_counts_and_what_its_names_are_short_for(clone: Path) -> None:
    git(clone, "remote", "set-url", "origin", "https://audit.example/anchors.git")
    assert anchor_of(f"git:{clone}").kind == GIT_REMOTE  # the negative control
    git(clone, "remote", "set-url", "--push", "origin", str(clone))
    assert anchor_of(f"git:{clone}").kind == SAME_HOST
    git(clone, "remote", "set-url", "--delete", "--push", "origin", str(clone))
    git(clone, "config", f"url.{clone}/.insteadOf", "https://audit.example/")
    assert anchor_of(f"git:{clone}").kind == SAME_HOST


@pytest.mark.parametrize("url", ["s3://bucket/x", "gs://bucket/x", "az://container/x", "abfss://container/x", "oci://bucket/x"])
def test_an_object_store_is_known_by_its_protocol(url: str) -> None:
    assert anchor_of(url).kind == OBJECT_STORE and not OBJECT_STORE.rewritable


@pytest.mark.parametrize("url", [
    "file:///folder", "memory://x", "simplecache::file:///folder", "simplecache::s3://bucket/x", "dir:///folder", "LOCAL:///folder",
    "File:///folder", "zip://x::file:///a.zip", "sftp://host/folder", "nobody-knows://x",
])
def test_a_place_of_which_nothing_is_known_counts_as_this_machine(url: str) -> None:
    assert anchor_of(url).kind == SAME_HOST


def test_what_an_anchor_keeps_now_is_told_only_of_the_very_note(url: str) -> None:
    anchor_of(url).publish(3, NOTES[3])
    anchor_of(url).publish(12, NOTES[12])
    assert keeps(url, 3, NOTES[3]) == SAME_HOST
    assert keeps(url, 3, NOTES[12]) is None
    assert keeps(url, 4, NOTES[3]) is None
    assert keeps("git:/nowhere/at/all", 3, NOTES[3]) is None


@pytest.mark.parametrize("wrong", ["", "folder", "file://folder", "git:clone", "git://host/x", "/abs"])
def test_what_names_no_anchor_is_refused(wrong: str) -> None:
    with pytest.raises(LedgerError, match="names no anchor"):
        anchor_of(wrong)


@pytest.mark.parametrize("broken", ["git:/nowhere/at/all", "nosuch://x", "file:///proc/nowhere"])
def test_an_anchor_that_cannot_be_written_says_so_in_one_line(broken: str) -> None:
    with pytest.raises(LedgerError) as told:
        anchor_of(broken).publish(3, NOTES[3])
    assert "\n" not in str(told.value)


# Checkpoints of a real ledger


@pytest.fixture
def signing(bank: Bank) -> Settings:
    """Settings of the bank with a key and a file anchor."""
    generate(bank.root / "house.pem")
    return settings_from({"root": str(bank.root), "checkpoint_key": "house.pem", "anchors": f"file://{bank.root}/kept"})


def told(bank: Bank) -> None:
    """One more event."""
    with bank.register.write() as session:
        append(session, "told", {})


def test_a_checkpoint_is_signed_stored_and_anchored(bank: Bank, signing: Settings) -> None:
    assert make_checkpoint(bank.register, signing) == "checkpoint over 3 events, kept in 1 anchors"
    with bank.register.read() as session:
        row = session.scalars(select(CheckpointRow)).one()
    assert [(one["anchor"], one["class"]) for one in row.anchors] == [(signing.anchors[0], "same-host file")]
    key = load_private(bank.root / "house.pem")
    kept = history(signing.anchors[0])
    assert [one.note for one in kept] == [row.note]
    assert open_checkpoint(row.note, signing.origin, raw_public(key)).root.hex() == row.root


def test_only_a_grown_ledger_takes_another_checkpoint(bank: Bank, signing: Settings) -> None:
    for _ in range(3):
        make_checkpoint(bank.register, signing, if_grown=True)
    assert len(history(signing.anchors[0])) == 1
    told(bank)
    make_checkpoint(bank.register, signing, if_grown=True)
    assert len(history(signing.anchors[0])) == 2
    with bank.register.read() as session:
        assert len(session.scalars(select(CheckpointRow)).all()) == 2


def test_an_anchor_that_failed_is_made_up_for_the_next_time(bank: Bank, signing: Settings) -> None:
    (bank.root / "kept").write_text("in the way")
    with pytest.raises(LedgerError, match="cannot be kept"):
        make_checkpoint(bank.register, signing, if_grown=True)
    (bank.root / "kept").unlink()
    make_checkpoint(bank.register, signing, if_grown=True)
    assert len(history(signing.anchors[0])) == 1


def test_a_rewritten_ledger_is_not_signed_and_is_found(bank: Bank, signing: Settings) -> None:
    told(bank)
    make_checkpoint(bank.register, signing)
    if bank.url.startswith("sqlite"):
        bank.sql("DROP TRIGGER modelops_event_no_delete")
    else:
        bank.sql("ALTER TABLE modelops_event DISABLE TRIGGER ALL")
    bank.sql("DELETE FROM modelops_event WHERE idx = 3")
    key = load_private(bank.root / "house.pem")
    pin = open_checkpoint(history(signing.anchors[0])[0].note, signing.origin, raw_public(key))
    with bank.register.read() as session:
        assert verify(session) == []  # the negative control: nothing kept elsewhere, nothing seen
        assert "events 3 to 3 were taken off" in verify(session, pin)[0]
    with pytest.raises(LedgerError, match="does not continue"):
        make_checkpoint(bank.register, signing)
    with bank.register.write() as session:
        append(session, "forged", {})
    with bank.register.read() as session:
        assert verify(session) == []
        assert "something in events 0 to 3 was rewritten" in verify(session, pin)[0]
    with pytest.raises(LedgerError, match="does not continue"):
        make_checkpoint(bank.register, signing)


# Rows of checkpoints that a task wrote


def claimed(bank: Bank, size: int, note: str, anchors: str = "[]") -> None:
    """What the tasks' login may insert."""
    bank.sql("INSERT INTO modelops_checkpoint (size, root, note, anchors, at) "
             f"VALUES ({size}, '{'0' * 64}', :note, '{anchors}', '2026-11-25 22:00:00')", note=note)


def cut(bank: Bank, first: int) -> None:
    """What the owner of the database can do: events taken off the end."""
    bank.forge(f"DELETE FROM modelops_event WHERE idx >= {first}")


FOREIGN = "modelops-airflow/register\n2000000000\n" + "A" * 43 + "=\n\n\u2014 modelops-airflow/register AAAAAAAA\n"


@pytest.mark.parametrize("note", ["nothing", "", FOREIGN, "genuine"])
def test_a_row_that_no_key_of_ours_signed_stops_nothing_and_is_kept_nowhere(bank: Bank, signing: Settings, note: str) -> None:
    make_checkpoint(bank.register, signing, if_grown=True)
    genuine = history(signing.anchors[0])[0].note
    claimed(bank, 2_000_000_000, genuine if note == "genuine" else note)
    told(bank)

    for _ in range(2):
        assert make_checkpoint(bank.register, signing, if_grown=True).startswith(
            "checkpoint over 4 events, kept in 1 anchors; checkpoint 2 of the register, said to be over 2000000000 events, counts for nothing")

    key = load_private(bank.root / "house.pem")
    kept = [open_checkpoint(one.note, signing.origin, raw_public(key)).size for one in history(signing.anchors[0])]
    assert kept == [3, 4]


def test_a_row_that_does_not_open_does_not_make_the_signer_forget_what_it_signed(bank: Bank, signing: Settings) -> None:
    alone = replace(signing, anchors=())
    make_checkpoint(bank.register, alone)
    cut(bank, 2)
    claimed(bank, 1000, "nothing")
    with pytest.raises(LedgerError, match=r"over 3 events \(the register\)"):
        make_checkpoint(bank.register, alone)


def test_where_the_rows_are_gone_too_the_anchors_are_asked(bank: Bank, signing: Settings) -> None:
    make_checkpoint(bank.register, signing)
    anchor_of(signing.anchors[0]).publish(5000, "nothing")
    cut(bank, 2)
    bank.forge("DELETE FROM modelops_checkpoint")
    with pytest.raises(LedgerError, match=r"over 3 events \(.*checkpoint-000000000003.note\)"):
        make_checkpoint(bank.register, signing)
    # the negative control: without anchors nobody knows better
    assert make_checkpoint(bank.register, replace(signing, anchors=())).startswith("checkpoint over 2 events")


@pytest.mark.parametrize("noted", ["claimed", '"x"', "[1]", "[{}]", "{}"])
def test_an_anchor_that_the_register_merely_notes_is_written_all_the_same(bank: Bank, signing: Settings, noted: str) -> None:
    make_checkpoint(bank.register, replace(signing, anchors=()))
    claim = f'[{{"anchor": "{signing.anchors[0]}", "class": "object store", "at": "2026-11-25T22:00:00Z"}}]'
    bank.sql("UPDATE modelops_checkpoint SET anchors = CAST(:noted AS JSON)" if bank.url.startswith("postgres")
             else "UPDATE modelops_checkpoint SET anchors = :noted", noted=claim if noted == "claimed" else noted)

    make_checkpoint(bank.register, signing, if_grown=True)

    assert len(history(signing.anchors[0])) == 1
    with bank.register.read() as session:
        row = session.scalars(select(CheckpointRow)).one()
    assert [one["class"] for one in row.anchors] == ["same-host file"]


def test_without_a_key_nothing_is_signed(bank: Bank) -> None:
    with pytest.raises(LedgerError, match="checkpoint_key"):
        make_checkpoint(bank.register, settings_from({"root": str(bank.root)}))


# The longest time without an anchor

START = datetime(2026, 1, 1, tzinfo=UTC)


def hours(number: float) -> datetime:
    """Some hours after the start."""
    return START + timedelta(hours=number)


def test_the_longest_interval_is_from_an_event_to_the_anchor_that_pins_it() -> None:
    times = {0: hours(0), 3: hours(5), 9: hours(20)}
    anchored = [(9, hours(12)), (3, hours(4))]
    assert longest_unanchored(times, anchored, 9, hours(99)) == Unanchored(3, timedelta(hours=7), True)
    assert longest_unanchored(times, anchored, 10, hours(30)) == Unanchored(9, timedelta(hours=10), False)
    assert longest_unanchored(times, [], 10, hours(30)) == Unanchored(0, timedelta(hours=30), False)
    assert longest_unanchored({}, [], 0, hours(1)) is None


def test_an_anchor_that_came_late_or_beyond_the_end_pins_nothing_earlier() -> None:
    times = {0: hours(0), 3: hours(1), 5: hours(2)}
    assert longest_unanchored(times, [(5, hours(3)), (3, hours(50))], 5, hours(60)) == Unanchored(0, timedelta(hours=3), True)
    assert longest_unanchored(times, [(7, hours(1))], 5, hours(4)) == Unanchored(0, timedelta(hours=4), False)
