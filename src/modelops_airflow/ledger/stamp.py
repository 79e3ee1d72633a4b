"""Time stamps of checkpoints (RFC 3161): a time-stamping authority's signed statement that a note existed at a time of its clock.

Such a token says when a checkpoint was there at the latest; a ledger that is written anew cannot get one of an earlier day.
It makes no anchor: who holds the only copies of note and token can drop both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import LedgerError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

LARGEST = 64 << 10
"""Bytes of a token; no honest one is as large."""

_GRANTED = 0


@dataclass(frozen=True)
class Stamp:
    """What a token that holds says.

    Attributes:
        at: the authority's time.
        by: subject of the authority's certificate.
    """

    at: datetime
    by: str


def query_over(note: str) -> tuple[bytes, int]:
    """What is sent to an authority to have a note stamped, and the nonce that must come back.

    Raises:
        LedgerError: the extra is not installed.
    """
    client = _client()
    query = client.TimestampRequestBuilder(data=note.encode(), hash_algorithm=client.HashAlgorithm.SHA256, nonce=True, cert_req=True).build()
    return query.as_bytes(), query.nonce


def read_stamp(token: bytes, note: str, trusted: Sequence[Certificate], nonce: int | None = None) -> Stamp:
    """What a token says, if it is over the note and its authority is trusted.

    The certificates need not be valid any more, only at the time of the stamp; whether they were revoked is not asked.

    Args:
        token: an authority's whole answer (TimeStampResp), as `openssl ts -verify` takes it.
        nonce: that of the query, where it was asked just now.

    Raises:
        LedgerError: it does not hold, or the extra is not installed.
    """
    client = _client()
    if len(token) > LARGEST:
        raise LedgerError(f"this is no time stamp: it has more than {LARGEST >> 10} KiB")
    try:
        answer = client.decode_timestamp_response(token)
        if answer.status != _GRANTED:
            raise LedgerError(f"the authority refused: {' '.join(answer.status_string)[:200]!r}")
        client.VerifierBuilder(roots=list(trusted), nonce=nonce).build().verify_message(answer, note.encode())
        return Stamp(answer.tst_info.gen_time, _signer_of(answer))
    except LedgerError:
        raise
    except Exception as error:  # the library's own, and those of the certificates in the token
        raise LedgerError(f"the time stamp does not hold: {str(error).partition(': ErrorStack')[0][:200]}") from None


def trusted_in(file: Path | None) -> list[Certificate]:
    """The certificates of a PEM file: roots, and those between them and the authority that tokens do not bring.

    Raises:
        LedgerError: there is no such file, or no certificate in it.
    """
    from cryptography.x509 import load_pem_x509_certificates

    if file is None:
        raise LedgerError("nobody says which time-stamping authorities are trusted; set the option timestamp_certificates to a file of their "
                          "certificates (PEM)")
    try:
        return load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        raise LedgerError(f"{file} holds no certificates of time-stamping authorities: expected PEM, found: {error}") from None


def _signer_of(answer: Any) -> str:
    """Who signed, by the certificate beside the signature; that one is not signed itself, so a second one of its name is refused."""
    from cryptography.x509 import load_der_x509_certificate

    wanted = {(one.issuer, one.serial_number) for one in answer.signed_data.signer_infos}
    found = [one for one in map(load_der_x509_certificate, answer.signed_data.certificates) if (one.issuer, one.serial_number) in wanted]
    if len(found) != 1:
        raise LedgerError(f"the time stamp does not hold: expected one certificate of its signer, found {len(found)}")
    return found[0].subject.rfc4514_string()


def require_client() -> None:
    """Make sure that tokens can be read here.

    Raises:
        LedgerError: the extra is not installed.
    """
    _client()


def _client() -> Any:
    try:
        import rfc3161_client
    except ImportError:
        raise LedgerError("time stamps need the package rfc3161-client: pip install 'modelops-airflow[timestamps]'") from None
    return rfc3161_client
