"""Which checkpoints go into a pack: the last of each class of anchors, if this house signed it."""

from __future__ import annotations

from pathlib import Path

from bank import Bank
from modelops_airflow.database import database_time
from modelops_airflow.ledger.checkpoint import checkpoint_of, sign_checkpoint
from modelops_airflow.ledger.table import CheckpointRow
from modelops_airflow.signing.ed25519 import generate
from modelops_airflow.steps.pack_ledger import excerpt

HERE, THERE = "same-host file", "git remote"


def test_the_last_checkpoint_of_each_class_is_told_with_a_proof_and_all_times_of_outside_anchors(bank: Bank, tmp_path: Path) -> None:
    house, other = generate(tmp_path / "house.pem"), generate(tmp_path / "other.pem")
    marks = [(house, [THERE], "01"), (house, [THERE], "02"), (house, [HERE], "03"), (other, [THERE], "04"), (house, [], "05")]
    for number, (key, classes, day) in enumerate(marks):
        bank.pin(f"{number}.0.0")
        with bank.register.write() as session:
            told = checkpoint_of(session, "bank/models")
            assert told is not None
            anchors = [{"anchor": "a", "class": one, "at": f"2030-01-{day}T00:00:00Z"} for one in classes]
            session.add(CheckpointRow(size=told.size, root=told.root.hex(), note=sign_checkpoint(told, key), anchors=anchors))
    with bank.register.read() as session:
        _, log = excerpt(session, "pricing", "bank/models", house, database_time(session))
        _, unsigned = excerpt(session, "pricing", "bank/models", None, database_time(session))
    assert [[one["class"] for one in told["anchors"]] for told in log["anchored"]] == [[THERE], [HERE]]
    assert log["anchored"][0]["tree_size"] < log["anchored"][1]["tree_size"] < log["tree_size"]
    assert [at[:10] for at in log["times"] if at.startswith("2030")] == ["2030-01-01", "2030-01-02"]
    assert (unsigned["checkpoint"], unsigned["anchored"]) == ("", [])


def test_an_excerpt_has_no_event_of_another_model(bank: Bank) -> None:
    bank.live()
    with bank.register.read() as session:
        events, log = excerpt(session, "another", "bank/models", None, database_time(session))
    assert 0 < len(events) < log["tree_size"]
    assert not any('"model":"pricing"' in one["body"] for one in events)
