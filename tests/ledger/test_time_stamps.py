"""A checkpoint is stamped by an authority that is asked over HTTP; what does not hold is told, never kept, and stops nothing."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select

from bank import Bank
from modelops_airflow.errors import LedgerError
from modelops_airflow.ledger import append
from modelops_airflow.ledger import authority as asking
from modelops_airflow.ledger.anchor import anchor_of, history
from modelops_airflow.ledger.authority import ask
from modelops_airflow.ledger.stamp import LARGEST, Stamp, query_over, read_stamp, trusted_in
from modelops_airflow.ledger.table import CheckpointRow
from modelops_airflow.settings import Settings, settings_from
from modelops_airflow.signing.ed25519 import generate
from modelops_airflow.steps.checkpoint import make_checkpoint
from time_authority import Answer, Authority, Issuer, openssl

Issuers = tuple[Issuer, Issuer]
NOTE = "bank\n3\nroot\n\n— bank sig\n"


@pytest.fixture
def stamping(bank: Bank, authority: Authority) -> Settings:
    """Settings of the bank with a key, a file anchor and an authority."""
    generate(bank.root / "house.pem")
    return settings_from({"root": str(bank.root), "checkpoint_key": "house.pem", "anchors": f"file://{bank.root}/kept",
                          "timestamp_authority": authority.url, "timestamp_certificates": str(authority.issuer.root)})


def kept(bank: Bank, settings: Settings) -> tuple[str, list[bytes | None]]:
    """The last note of the register, and the tokens over it: of the register, and of each anchor."""
    with bank.register.read() as session:
        row = session.scalars(select(CheckpointRow).order_by(CheckpointRow.size.desc()).limit(1)).one()
    found = [history(url)[-1] for url in settings.anchors]
    assert all(one.note == row.note for one in found), "the checkpoint is published in any case"
    return row.note, [row.stamp, *(one.stamp for one in found)]


def told(bank: Bank) -> None:
    """One more event."""
    with bank.register.write() as session:
        append(session, "told", {})


# Tokens


def test_a_token_says_when_and_by_whom(issuers: Issuers) -> None:
    stamp = read_stamp(issuers[0].stamp(NOTE.encode()), NOTE, trusted_in(issuers[0].root))
    assert abs(stamp.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert stamp.by == "CN=tsa of the trusted,O=Test"


def forged_by_a_web_server(issuer: Issuer) -> bytes:
    """A token signed with another certificate of the same authority, which is not for time stamps."""
    folder = issuer.folder
    issuer.certify("web", "web", "9")
    (folder / "honest.tsr").write_bytes(issuer.stamp(NOTE.encode()))
    openssl(folder, "ts", "-reply", "-in", "honest.tsr", "-token_out", "-out", "honest.token")
    openssl(folder, "cms", "-verify", "-noverify", "-inform", "DER", "-in", "honest.token", "-out", "info")
    signed = openssl(folder, "cms", "-sign", "-binary", "-nodetach", "-econtent_type", "id-smime-ct-TSTInfo", "-in", "info",
                     "-signer", "web.pem", "-inkey", "web.key", "-md", "sha256", "-outform", "DER")
    inside = b"\x30\x03\x02\x01\x00" + signed
    return b"\x30\x82" + len(inside).to_bytes(2, "big") + inside


WRONG: dict[str, tuple[Callable[[Issuers], bytes], str]] = {
    "of another authority": (lambda issuers: issuers[1].stamp(NOTE.encode()), "does not hold: Error while verifying certificates"),
    "over another note": (lambda issuers: issuers[0].stamp(NOTE.replace("3", "4").encode()), "does not hold: Mismatch between messages"),
    "of a web server": (lambda issuers: forged_by_a_web_server(issuers[0]), "does not hold: Error while verifying certificates"),
    "followed by something": (lambda issuers: issuers[0].stamp(NOTE.encode()) + b"x", "does not hold: ASN.1"),
    "a page": (lambda issuers: b"<html>sign in</html>", "does not hold: ASN.1"),
    "nothing": (lambda issuers: b"", "does not hold: ASN.1"),
    "a refusal": (lambda issuers: b"\x30\x0f\x30\x0d\x02\x01\x02\x30\x08\x0c\x06later\x1b", r"the authority refused: 'later\\x1b'"),
    "too large": (lambda issuers: bytes(LARGEST + 1), "more than 64 KiB"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_does_not_hold_is_no_time_stamp(issuers: Issuers, wrong: str) -> None:
    make, why = WRONG[wrong]
    with pytest.raises(LedgerError, match=why) as error:
        read_stamp(make(issuers), NOTE, trusted_in(issuers[0].root))
    assert "\n" not in str(error.value)


def test_a_token_with_one_bit_changed_never_says_another_time_or_name(issuers: Issuers) -> None:
    token, trusted = issuers[0].stamp(NOTE.encode()), trusted_in(issuers[0].root)
    honest, held = read_stamp(token, NOTE, trusted), 0
    for place in range(len(token)):
        try:
            assert read_stamp(token[:place] + bytes([token[place] ^ 1 << place % 8]) + token[place + 1:], NOTE, trusted) == honest, place
            held += 1
        except LedgerError:
            continue
    assert held < 20, "places that nobody signs, as numbers of versions"


def test_a_nonce_that_was_not_asked_for_is_a_replay(issuers: Issuers) -> None:
    query, nonce = query_over(NOTE)
    trusted = trusted_in(issuers[0].root)
    assert read_stamp(issuers[0].answer(query), NOTE, trusted, nonce)
    for replayed in (issuers[0].stamp(NOTE.encode()), issuers[0].stamp(NOTE.encode(), nonce=False)):
        with pytest.raises(LedgerError, match="Nonce mismatch"):
            read_stamp(replayed, NOTE, trusted, nonce)
        assert read_stamp(replayed, NOTE, trusted), "the control: later nobody knows the nonce"


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_file_without_certificates_trusts_nobody(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    with pytest.raises(LedgerError, match="holds no certificates of time-stamping authorities"):
        trusted_in(tmp_path / "ca.pem")
    with pytest.raises(LedgerError, match="set the option timestamp_certificates"):
        trusted_in(None)


# Checkpoints


def test_a_checkpoint_is_stamped_and_openssl_agrees(bank: Bank, stamping: Settings, authority: Authority) -> None:
    said = make_checkpoint(bank.register, stamping)
    note, tokens = kept(bank, stamping)
    stamp = read_stamp(tokens[0] or b"", note, trusted_in(authority.issuer.root))
    assert said == ("checkpoint over 3 events, kept in 1 anchors; "
                    f"time-stamped {stamp.at:%Y-%m-%dT%H:%M:%SZ} by CN=tsa of the trusted,O=Test")
    assert tokens[0] == tokens[1] and tokens[0]
    place, (_, headers, query) = bank.root / "kept", authority.asked[0]
    assert headers["Content-Type"] == "application/timestamp-query"
    verified = ("ts", "-verify", "-in", "checkpoint-000000000003.tsr", "-CAfile", str(authority.issuer.root))
    openssl(place, *verified, "-data", "checkpoint-000000000003.note")
    (bank.root / "query").write_bytes(query)
    openssl(place, *verified, "-queryfile", str(bank.root / "query"))  # nonce and digest are those that were asked for
    (bank.root / "other").write_text(note + "x")
    with pytest.raises(AssertionError, match="message imprint mismatch"):
        openssl(place, *verified, "-data", str(bank.root / "other"))


def test_a_stamp_stays_the_first_one(bank: Bank, stamping: Settings, authority: Authority) -> None:
    make_checkpoint(bank.register, stamping)
    before = kept(bank, stamping)
    assert "time-stamped" in make_checkpoint(bank.register, stamping, if_grown=True)
    assert kept(bank, stamping) == before and len(authority.asked) == 1
    told(bank)
    make_checkpoint(bank.register, stamping, if_grown=True)
    assert len(authority.asked) == 2
    assert [one.stamp is not None for one in history(stamping.anchors[0])] == [True, True]


def answering(status: int, body: bytes = b"", **headers: str) -> Callable[[bytes], Answer]:
    """An authority that answers always the same."""
    return lambda _: (status, headers, body)


def bent(issuers: Issuers, authority: Authority, how: str) -> Callable[[bytes], Answer]:
    """An authority that does what it should not."""
    note = "modelops-airflow/register\n4\n"
    return {
        "another note": answering(200, issuers[0].stamp(note.encode())),
        "another authority": lambda query: (200, {}, issuers[1].answer(query)),
        "another nonce": lambda query: (200, {}, issuers[0].answer(query_over(note)[0])),
        "too large": answering(200, bytes(LARGEST + 1)),
        "compressed": answering(200, b"x", **{"Content-Encoding": "gzip"}),
        "a redirect": answering(302, Location=f"{authority.url}/elsewhere"),
        "an error": answering(503, b"later"),
    }[how]


BENT = {
    "another note": "Nonce mismatch", "another authority": "Error while verifying certificates", "another nonce": "Nonce mismatch",
    "too large": "127.0.0.1 answers more than 64 KiB", "compressed": "ASN.1", "an error": "127.0.0.1 answers 503",
    "a redirect": "127.0.0.1 answers 302: redirects are not followed",
}


@pytest.mark.parametrize("how", BENT)
def test_what_is_no_stamp_of_the_note_is_told_and_not_kept(
    bank: Bank, stamping: Settings, authority: Authority, issuers: Issuers, how: str
) -> None:
    authority.bend = bent(issuers, authority, how)
    said = make_checkpoint(bank.register, stamping)
    assert said.startswith("checkpoint over 3 events, kept in 1 anchors; not time-stamped: ") and BENT[how] in said
    assert kept(bank, stamping)[1] == [None, None]
    assert [path for path, _, _ in authority.asked] == ["/stamp"]
    authority.bend = None
    assert "; time-stamped 2" in make_checkpoint(bank.register, stamping, if_grown=True), "it is made up for the next time"
    assert None not in kept(bank, stamping)[1]


def test_a_nonce_that_fits_does_not_help_a_token_over_another_note(
    bank: Bank, stamping: Settings, authority: Authority, issuers: Issuers
) -> None:
    def over_another(query: bytes) -> Answer:
        digest = sha256(kept(bank, stamping)[0].encode()).digest()
        assert query.count(digest) == 1
        return 200, {}, issuers[0].answer(query.replace(digest, sha256(b"another").digest()))

    authority.bend = over_another
    assert "not time-stamped: the time stamp does not hold: Mismatch between messages" in make_checkpoint(bank.register, stamping)


def test_without_the_verification_a_forged_token_would_be_kept(
    bank: Bank, stamping: Settings, authority: Authority, issuers: Issuers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the tests before."""
    monkeypatch.setattr("modelops_airflow.steps.time_stamp.read_stamp", lambda *_: Stamp(datetime.now(UTC), "anybody"))
    authority.bend = bent(issuers, authority, "another authority")
    assert "by anybody" in make_checkpoint(bank.register, stamping)
    token = kept(bank, stamping)[1][1]
    with pytest.raises(LedgerError):
        read_stamp(token or b"", kept(bank, stamping)[0], trusted_in(issuers[0].root))


def test_a_token_that_a_task_wrote_into_the_row_is_replaced(bank: Bank, stamping: Settings) -> None:
    make_checkpoint(bank.register, replace(stamping, timestamp_authority=""))
    bank.sql("UPDATE modelops_checkpoint SET stamp = :garbage", garbage=b"garbage")
    make_checkpoint(bank.register, stamping)
    assert kept(bank, stamping)[1][0] != b"garbage"


@pytest.mark.parametrize("where", ["file", "git", "memory"])
def test_each_anchor_keeps_the_first_token_beside_its_note(tmp_path: Path, where: str) -> None:
    if where == "git":
        subprocess.run(["git", "init", "--quiet", str(tmp_path / "kept")], check=True)
    anchor = anchor_of({"file": f"file://{tmp_path}/kept", "git": f"git:{tmp_path}/kept", "memory": f"memory://{tmp_path}/kept"}[where])
    token = bytes(range(256))
    for size in (3, 5):
        anchor.publish(size, NOTE.replace("3", str(size)))
    for _ in range(2):
        anchor.keep_stamp(3, token)
    with pytest.raises(LedgerError, match=r"checkpoint-000000000003.tsr.* holds another time stamp, which is left as it is"):
        anchor.keep_stamp(3, b"another")
    assert [one.stamp for one in anchor.newest()] == [None, token]


def test_another_token_in_an_anchor_is_told_and_left(bank: Bank, stamping: Settings) -> None:
    (bank.root / "kept").mkdir()
    (bank.root / "kept" / "checkpoint-000000000003.tsr").write_bytes(b"garbage")
    said = make_checkpoint(bank.register, stamping)
    assert "; time-stamped 2" in said and "checkpoint-000000000003.tsr holds another time stamp" in said
    assert kept(bank, stamping)[1][1] == b"garbage"


def test_a_register_that_does_not_keep_the_token_stops_nothing(bank: Bank, stamping: Settings) -> None:
    guard = ("CREATE TRIGGER none BEFORE UPDATE ON modelops_checkpoint WHEN NEW.stamp IS NOT NULL BEGIN SELECT RAISE(ABORT, 'no'); END",
             "DROP TRIGGER none")
    if not bank.url.startswith("sqlite"):
        guard = ("ALTER TABLE modelops_checkpoint ADD CONSTRAINT none CHECK (stamp IS NULL)", "ALTER TABLE modelops_checkpoint DROP CONSTRAINT none")
    bank.sql(guard[0])
    try:
        assert "kept in 1 anchors; not time-stamped: the register does not keep the stamp" in make_checkpoint(bank.register, stamping)
    finally:
        bank.sql(guard[1])


def test_an_anchor_that_fails_is_told_beside_the_stamp(bank: Bank, stamping: Settings) -> None:
    (bank.root / "kept").write_text("in the way")
    with pytest.raises(LedgerError, match=r"the checkpoint cannot be kept .*; time-stamped 2"):
        make_checkpoint(bank.register, stamping)


def test_without_the_extra_the_pip_line_is_told(bank: Bank, stamping: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    assert make_checkpoint(bank.register, stamping).endswith("pip install 'modelops-airflow[timestamps]'")
    assert "time" not in make_checkpoint(bank.register, replace(stamping, timestamp_authority="")), "who set none is told nothing"


# Asking


def test_an_authority_that_is_down_is_told(bank: Bank, stamping: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        said = make_checkpoint(bank.register, replace(stamping, timestamp_authority=url))
    assert "kept in 1 anchors; not time-stamped: 127.0.0.1 cannot be asked: " in said
    assert kept(bank, stamping)[1] == [None, None]


def test_a_host_that_nobody_knows_is_told() -> None:
    with pytest.raises(LedgerError, match=r"^nosuch.invalid cannot be asked: "):
        ask("https://nosuch.invalid/tsa", b"")


def test_an_answer_that_drips_is_not_waited_for(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte of its head comes in time; all of them do not."""
    monkeypatch.setattr(asking, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        def drip() -> None:
            connection, _ = server.accept()
            try:
                for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100:
                    connection.send(bytes([byte]))
                    time.sleep(0.1)
            except OSError:
                pass

        Thread(target=drip, daemon=True).start()
        start = time.monotonic()
        with pytest.raises(LedgerError, match=r"127.0.0.1 did not answer within 0.5 seconds"):
            ask(f"http://127.0.0.1:{server.getsockname()[1]}", b"")
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("wrong", ["tsa.example", "/tsa", "ftp://tsa.example", "file:///etc/passwd", "http://", "http://x:y", "https://user:secret@"])
def test_only_http_addresses_are_asked(wrong: str) -> None:
    with pytest.raises(LedgerError, match="timestamp_authority is no address") as error:
        ask(wrong, b"")
    assert "secret" not in str(error.value)


def test_a_password_goes_to_the_authority_and_into_no_log(authority: Authority, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    authority.bend = answering(503)
    with pytest.raises(LedgerError) as error:
        ask(authority.url.replace("http://", "http://bank:secret@"), b"query")
    assert authority.asked[0][1]["Authorization"] == "Basic YmFuazpzZWNyZXQ="
    assert "secret" not in caplog.text + str(error.value) and "127.0.0.1" in caplog.text
