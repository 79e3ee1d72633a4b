"""A runtime answers for what the deployer signed, follows it, and never goes back."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from signed_place import Place

from modelops_airflow.errors import ArtifactError
from modelops_airflow.serving import NotAuthorised, Slot
from modelops_airflow.serving import slot as module

ROWS = pa.table({"amount": [10, 40, 90]})


def answers(slot: Slot) -> list[str]:
    return list(slot.score(ROWS).table["prediction"].to_pylist())


def refused(slot: Slot, says: str) -> None:
    assert slot.look() is None
    assert says in slot.why
    with pytest.raises(NotAuthorised, match=re.escape(slot.why)):
        slot.score(ROWS)


def test_what_is_signed_answers_and_what_is_deployed_next_takes_over(place: Place) -> None:
    place.deploy(1, limit=50)
    slot = place.slot()

    assert (slot.look() is not None, slot.why) == (True, "")
    assert answers(slot) == ["standard", "standard", "decline"]

    place.deploy(2, limit=20)
    assert answers(slot) == ["standard", "standard", "decline"]  # until it has looked
    assert slot.look() is not None
    assert answers(slot) == ["standard", "decline", "decline"]
    assert slot.score(ROWS).by.version == "2.0"


def test_nothing_answers_before_anything_is_live(place: Place) -> None:
    refused(place.slot(), "nothing is live for pricing")


@pytest.mark.parametrize(("lie", "says"), [
    ({"signed": False}, "is not signed; set deployment_key"),
    ({"artifact": "sha256:" + "0" * 64}, "is not what was signed for it"),
    ({"epoch": 7}, "is not what was signed for it"),
    ({"model": "other"}, "is of other"),
    ({"environment": "test"}, "of pricing in test"),
    ({"file": "m.zip"}, "did not pass its scan"),
    ({"kind": "onnx"}, "did not pass its scan"),
    ({"kind": "nothing"}, "there is no kind 'nothing'"),
    ({"options": {"speed": 1}}, "has no option 'speed'"),
], ids=lambda one: "" if isinstance(one, str) else "-".join(one))
def test_what_was_not_signed_for_exactly_this_is_not_served(place: Place, lie: dict[str, Any], says: str) -> None:
    signed = {key: value for key, value in lie.items() if key not in ("epoch", "model")}
    place.deploy(3, **signed)
    if signed != lie:  # signed for something else, and put beside this pointer
        whole = json.loads(place.pointer.read_bytes())
        other = Place(place.folder.parent / "other", place.state, place.key, place.stranger)
        other.deploy(lie.get("epoch", 3), model=lie.get("model", "pricing"))
        whole["authorisation"] = json.loads((other.folder / "live" / f"{lie.get('model', 'pricing')}.json").read_bytes())["authorisation"]
        place.pointer.write_text(json.dumps(whole))

    refused(place.slot(), says)


def test_a_strangers_signature_is_none_and_the_deployers_beside_it_counts(place: Place) -> None:
    place.deploy(1, key=place.stranger)
    refused(place.slot(), "not signed by the key that is trusted here")

    place.deploy(2)
    assert place.slot().look() is not None


def test_changed_bytes_are_not_opened(place: Place) -> None:
    place.deploy(1)
    file = next((place.folder / "artifacts").iterdir())
    file.chmod(0o600)
    file.write_bytes(file.read_bytes().replace(b"decline", b"accept!"))

    refused(place.slot(), "has other bytes than were signed")


def test_an_older_deployment_that_somebody_puts_back_is_refused_also_after_a_restart(place: Place) -> None:
    place.deploy(1, limit=50)
    old = place.pointer.read_bytes()
    slot = place.slot()
    slot.look()
    place.deploy(2, limit=20)
    slot.look()
    place.pointer.write_bytes(old)

    refused(slot, "epoch 1 is of an older deployment")
    refused(place.slot(), "epoch 1 is of an older deployment")

    place.deploy(3)
    assert slot.look() is not None
    fresh = Slot("pricing", place.folder, "production", place.public, place.state.parent / "elsewhere")  # the control: without its memory it cannot know
    place.pointer.write_bytes(old)
    assert fresh.look() is not None


def test_what_was_taken_out_of_service_stays_out_until_a_new_deployment(place: Place) -> None:
    place.deploy(1)
    old = place.pointer.read_bytes()
    slot = place.slot()
    slot.look()
    place.target.withdraw("pricing", 1)

    refused(slot, "was taken out of service (epoch 1)")
    place.pointer.write_bytes(old)
    refused(slot, "epoch 1 is of an older deployment")
    place.deploy(2)
    assert slot.look() is not None


def test_a_memory_that_cannot_be_read_stops_the_runtime(place: Place) -> None:
    place.deploy(1)
    slot = place.slot()
    slot.look()
    (place.state / "pricing.json").chmod(0o600)
    (place.state / "pricing.json").write_text("{")

    refused(slot, "which remembers the highest epoch of pricing, cannot be read")


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"artifact": null, "epoch": Infinity}', '{"artifact": null, "epoch": 9007199254740993}', '{"artifact": 1, "epoch": 1}', '{"artifact": "x", "epoch": "y"}', "[" * 100_000])
def test_a_pointer_that_is_none_is_told(place: Place, text: str) -> None:
    place.deploy(1)
    place.pointer.write_text(text)

    refused(place.slot(), "pricing")


def test_rows_that_the_model_cannot_score_are_an_error_and_it_goes_on(place: Place) -> None:
    place.deploy(1)
    slot = place.slot()
    slot.look()

    with pytest.raises(ArtifactError, match="outside its declared values"):
        slot.score(pa.table({"amount": [1000]}))
    assert answers(slot)


def test_two_models_of_one_folder_remember_each_their_own(place: Place, tmp_path: Path) -> None:
    place.deploy(5)
    place.deploy(1, model="simple")

    assert place.slot().look() is not None
    assert place.slot("simple").look() is not None


def test_the_same_bytes_and_epoch_signed_for_something_else_do_not_take_over(place: Place) -> None:
    place.deploy(3)
    slot = place.slot()
    slot.look()
    other = Place(place.folder.parent / "other", place.state, place.key, place.stranger)
    other.deploy(3, version="9.9")
    place.pointer.write_bytes((other.folder / "live/pricing.json").read_bytes())

    refused(slot, "or of another one")


def test_a_memory_that_cannot_be_written_stops_what_is_new_and_what_was_withdrawn(place: Place) -> None:
    place.deploy(1)
    slot = place.slot()
    slot.look()
    (place.state / "pricing.json").unlink()
    place.state.rmdir()
    place.state.write_text("a file where a folder was")

    place.target.withdraw("pricing", 1)
    assert slot.look() is None
    with pytest.raises(NotAuthorised):
        slot.score(ROWS)


def test_a_folder_that_nobody_looks_at_any_more_is_not_answered_from(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.deploy(1)
    slot = place.slot()
    slot.look()
    assert answers(slot)
    monkeypatch.setattr(module, "LEASE", -1.0)

    assert slot.about is None and "was last read" in slot.why
    with pytest.raises(NotAuthorised, match="was last read"):
        slot.score(ROWS)


def test_who_waited_for_a_model_that_was_stopped_meanwhile_is_not_answered(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.deploy(1)
    slot = place.slot()
    slot.look()
    with slot._scoring, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(slot.score, ROWS)
        place.target.withdraw("pricing", 1)
        slot.look()
        slot._scoring.release()
        with pytest.raises(NotAuthorised):
            waiting.result(10)
        slot._scoring.acquire()


@pytest.mark.parametrize("table", [
    pa.table({"prediction": [1.0, float("nan"), 1.0]}), pa.table({"prediction": [1, None, 1]}), pa.table({"other": [1, 1, 1]}),
    pa.table({"prediction": [1, 1]}), pa.table({"prediction": [1, 1, 1], "score": [0.1, float("inf"), 0.2]}),
])
def test_answers_that_are_none_are_the_models_error(place: Place, monkeypatch: pytest.MonkeyPatch, table: pa.Table) -> None:
    place.deploy(1)
    slot = place.slot()
    slot.look()
    assert slot._loaded is not None
    monkeypatch.setattr(slot._loaded.scorer, "score", lambda rows: table)

    with pytest.raises(ArtifactError, match="the model answered"):
        slot.score(ROWS)
