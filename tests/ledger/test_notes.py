"""Notes and checkpoints are those of the specification, byte by byte."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.errors import LedgerError
from modelops_airflow.inventory.register import Register
from modelops_airflow.ledger import append, tip
from modelops_airflow.ledger.checkpoint import (
    Checkpoint,
    checkpoint_of,
    open_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
)
from modelops_airflow.ledger.note import key_hash, open_note, sign_note
from modelops_airflow.signing.ed25519 import raw_public

# The known answer of Go's package golang.org/x/mod/sumdb/note.
NAME = "PeterNeumann"
PRIVATE = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
PUBLIC = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = f"{TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
KEY = Ed25519PrivateKey.from_private_bytes(PRIVATE)
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(32))

ROOT = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
CHECKPOINT = Checkpoint("example.com/behind-the-sofa", 20852163, ROOT)


def test_the_known_note_is_made_and_opened() -> None:
    assert raw_public(KEY) == PUBLIC
    assert key_hash(NAME, PUBLIC).hex() == "c74f20a3"
    assert sign_note(TEXT, NAME, KEY) == NOTE
    assert open_note(NOTE, NAME, PUBLIC) == TEXT


def test_no_changed_character_of_a_note_is_accepted() -> None:
    for index, char in enumerate(NOTE):
        for other in {chr(ord(char) ^ 1), "x" if char != "x" else "y", ""}:
            with pytest.raises(LedgerError):
                open_note(NOTE[:index] + other + NOTE[index + 1 :], NAME, PUBLIC)


def test_signatures_of_others_say_nothing_and_do_no_harm() -> None:
    line = sign_note(TEXT, "witness.example", WITNESS).rpartition("\n\n")[2]
    for note in (NOTE + line, f"{TEXT}\n{line}{NOTE.rpartition(chr(10) * 2)[2]}"):
        assert open_note(note, NAME, PUBLIC) == TEXT
        assert open_note(note, "witness.example", raw_public(WITNESS)) == TEXT
    assert open_note(NOTE + line * 20, NAME, PUBLIC) == TEXT
    with pytest.raises(LedgerError, match="no signature of PeterNeumann"):
        open_note(f"{TEXT}\n{line}", NAME, PUBLIC)


def test_a_signature_in_the_name_of_the_key_that_does_not_hold_refuses_the_note() -> None:
    other = NOTE.replace("problem is", "problem was").rpartition("\n\n")[2]
    forged = sign_note("other\n", NAME, KEY).rpartition("\n\n")[2]
    assert open_note(NOTE + other, NAME, PUBLIC) == TEXT
    with pytest.raises(LedgerError, match="does not hold"):
        open_note(NOTE + forged, NAME, PUBLIC)


def test_the_same_key_under_another_name_is_another_key() -> None:
    with pytest.raises(LedgerError, match="no signature"):
        open_note(NOTE, "OtherNeumann", PUBLIC)
    with pytest.raises(LedgerError, match="no signature"):
        open_note(NOTE, NAME, raw_public(WITNESS))


@pytest.mark.parametrize(
    "note",
    ["", "\n\n", TEXT, f"{TEXT}\n", NOTE[:-1], NOTE + "\n", NOTE.replace("—", "-"), NOTE.replace("\n", "\r\n"), "\0" + NOTE,
     NOTE + "x" * 1_000_001],
)  # fmt: skip
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(LedgerError):
        open_note(note, NAME, PUBLIC)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb", "a\u00a0b"])
def test_a_name_that_cannot_stand_in_a_note_signs_nothing(name: str) -> None:
    with pytest.raises(LedgerError, match="option origin"):
        sign_note(TEXT, name, KEY)


@pytest.mark.parametrize("text", ["", "text", "a\tb\n", "a\r\n"])
def test_a_text_that_cannot_stand_in_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(LedgerError, match="ends in a newline"):
        sign_note(text, NAME, KEY)


def test_a_checkpoint_is_spelt_as_in_the_specification() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    assert CHECKPOINT.text == text
    assert parse_checkpoint(text) == CHECKPOINT
    assert parse_checkpoint(text + "extension\n") == CHECKPOINT


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**53), st.binary(min_size=32, max_size=32))
def test_any_checkpoint_comes_back_from_its_note(size: int, root: bytes) -> None:
    told = Checkpoint("bank.example/models", size, root)
    assert open_checkpoint(sign_checkpoint(told, KEY), "bank.example/models", PUBLIC) == told


@pytest.mark.parametrize(
    "text",
    ["", "\n", "o\n1\n", "o\n1\nx\n", f"o\n01\n{base64.b64encode(ROOT).decode()}\n", f"o\n+1\n{base64.b64encode(ROOT).decode()}\n",
     f"o\n-1\n{base64.b64encode(ROOT).decode()}\n", f"o\n१\n{base64.b64encode(ROOT).decode()}\n",
     f"o\n{'9' * 5000}\n{base64.b64encode(ROOT).decode()}\n", f"o\n1\n{base64.b64encode(ROOT[:31]).decode()}\n",
     f"o\n1\n{base64.b64encode(ROOT).decode()[:-2]}J=\n", f"\n1\n{base64.b64encode(ROOT).decode()}\n",
     f"o\n1\n{base64.b64encode(ROOT).decode()}", f"o\n1\n{base64.b64encode(ROOT).decode()}\n\nx\n"],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(LedgerError, match="no checkpoint"):
        parse_checkpoint(text)


def test_a_checkpoint_of_another_ledger_is_refused() -> None:
    note = sign_note(CHECKPOINT.text, "bank.example/models", KEY)
    with pytest.raises(LedgerError, match=r"of the ledger example\.com/behind-the-sofa"):
        open_checkpoint(note, "bank.example/models", PUBLIC)


def test_a_checkpoint_says_the_size_and_root_of_the_ledger(register_url: str, tmp_path: Path) -> None:
    register = Register(register_url)
    with register.read() as session:
        assert checkpoint_of(session, "bank") is None
    for size in range(1, 6):
        with register.write() as session:
            append(session, "told", {"number": size})
        with register.read() as session:
            told, last = checkpoint_of(session, "bank"), tip(session)
        assert told is not None and last is not None
        assert told == Checkpoint("bank", size, bytes.fromhex(last.root))
    register.engine.dispose()
