"""Asking a time-stamping authority over HTTP (RFC 3161, 3.4). What it answers is not believed here."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from ..errors import LedgerError
from .stamp import LARGEST

if TYPE_CHECKING:
    from httpx import URL

SECONDS = 10.0
"""For everything together: the name's look-up, the connection, and the answer, however slowly it drips."""

_OK = 200


def ask(url: str, query: bytes) -> bytes:
    """The authority's answer to a query.

    Raises:
        LedgerError: the address is none, it cannot be reached in time, or it answers something else than a few bytes.
    """
    address = _address(url)
    answers: SimpleQueue[bytes | Exception] = SimpleQueue()
    Thread(target=_post, args=(address, query, answers), daemon=True).start()  # a look-up of a name takes no time-out
    try:
        answer = answers.get(timeout=SECONDS)
    except Empty:
        raise LedgerError(f"{address.host} did not answer within {SECONDS:g} seconds") from None
    if isinstance(answer, LedgerError):
        raise answer
    if isinstance(answer, Exception):
        raise LedgerError(f"{address.host} cannot be asked: {(str(answer) or type(answer).__name__).splitlines()[0]}")
    return answer


def _address(url: str) -> URL:
    """The address; a password in it is never told."""
    import httpx

    try:
        found = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise LedgerError(f"timestamp_authority is no address: {error}") from None
    if found.scheme not in ("http", "https") or not found.host:
        raise LedgerError(f"timestamp_authority is no address that can be asked: expected http:// or https:// and a host, found {found.scheme or 'neither'}")
    return found


def _post(address: URL, query: bytes, answers: SimpleQueue[bytes | Exception]) -> None:
    try:
        answers.put(_answer(address, query))
    except Exception as error:  # whatever it is, somebody waits for it
        answers.put(error)


def _answer(address: URL, query: bytes) -> bytes:
    import httpx

    login = (address.username, address.password) if address.userinfo else None
    asked = address.copy_with(username=None, password=None)  # httpx logs addresses as they are
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply", "Accept-Encoding": "identity"}
    with httpx.stream("POST", asked, content=query, headers=headers, auth=login, timeout=SECONDS, follow_redirects=False) as response:
        if response.is_redirect:
            raise LedgerError(f"{address.host} answers {response.status_code}: redirects are not followed, name the address itself")
        if response.status_code != _OK:
            raise LedgerError(f"{address.host} answers {response.status_code}")
        body = b""
        for part in response.iter_raw():
            body += part
            if len(body) > LARGEST:
                raise LedgerError(f"{address.host} answers more than {LARGEST >> 10} KiB")
        return body
