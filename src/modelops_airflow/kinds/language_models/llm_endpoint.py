"""An endpoint that speaks the OpenAI chat format: bounded in time and size, asked again only where that can help, never redirected."""

from __future__ import annotations

import ipaddress
import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from ...digest import Digest
from ...errors import ArtifactError
from .llm_transcripts import Exchange, tokens

if TYPE_CHECKING:
    import httpx

LARGEST = 1 << 20
"""Bytes of one response."""

_LATER = frozenset({408, 429, 500, 502, 503, 504})
_LONGEST_PAUSE = 10.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Patience:
    """How long an endpoint is waited for.

    Attributes:
        timeout: seconds of one request, from its start to the last byte.
        retries: how often a request is repeated.
        at_once: requests at the same time.
        most: seconds of all requests of a process together.
    """

    timeout: float
    retries: int
    at_once: int
    most: float


class Endpoint:
    """Where a model is asked.

    Args:
        connection: its URL, `https://:KEY@host/v1`; the key is sent as a bearer token and stands in no message.
        name: of the connection, for messages.
    """

    def __init__(self, connection: str, name: str, patience: Patience) -> None:
        self.name, self._patience = name, patience
        self._url, self._key, self._here = _parts(connection, name)
        self._ends: float | None = None

    def ask(self, requests: Mapping[Digest, Mapping[str, Any]], prompt: Digest) -> Iterator[Exchange]:
        """Answers in the order of the requests.

        Args:
            requests: what is sent, by its digest.

        Raises:
            ArtifactError: the endpoint gives none, or one that is none.
        """
        from concurrent.futures import ThreadPoolExecutor

        import httpx

        if self._ends is None:
            self._ends = time.monotonic() + self._patience.most
        headers = {"Accept-Encoding": "identity", **({"Authorization": f"Bearer {self._key}"} if self._key else {})}
        # Nothing on this machine is asked through a proxy; proxies and certificates of the environment hold for all else.
        with httpx.Client(headers=headers, timeout=self._patience.timeout, follow_redirects=False, trust_env=not self._here) as client, \
                ThreadPoolExecutor(self._patience.at_once) as pool:
            asked = [pool.submit(self._exchange, client, digest, body, prompt) for digest, body in requests.items()]
            try:
                for one in asked:
                    yield one.result()
            finally:
                for one in asked:
                    one.cancel()

    def _exchange(self, client: httpx.Client, digest: Digest, body: Mapping[str, Any], prompt: Digest) -> Exchange:
        started = time.monotonic()
        told = self._response(client, body)
        _log.info("%s answered %s in %.3f s", self.name, digest, time.monotonic() - started)
        try:
            return exchange_of(told, digest, prompt)
        except (ValueError, RecursionError) as error:
            raise ArtifactError(f"the answer of connection {self.name!r} is not in the OpenAI chat format: {error or 'it is too deep'}"[:300]) from None

    def _response(self, client: httpx.Client, body: Mapping[str, Any]) -> bytes:
        """The body of a good response, after as many attempts as that may take."""
        import httpx

        why = "there is no time left"
        for attempt in range(self._patience.retries + 1):
            if self._left() <= 0:
                break
            pause = min(0.5 * 2**attempt, _LONGEST_PAUSE)
            try:
                status, asked_to_wait, data = self._once(client, body)
            except (httpx.TransportError, TimeoutError) as error:
                why = type(error).__name__
            else:
                if status == 200:
                    return data
                why = f"status {status}"
                if status not in _LATER:
                    break
                pause = min(max(pause, asked_to_wait), _LONGEST_PAUSE)
            if attempt < self._patience.retries:
                time.sleep(max(0.0, min(pause, self._left())))
        raise ArtifactError(f"connection {self.name!r} gave no answer ({why}); expected status 200 from a chat endpoint within "
                            f"{self._patience.timeout:g} s, {self._patience.most:g} s for all rows: look at the endpoint, or raise timeout, retries or most_seconds")

    def _once(self, client: httpx.Client, body: Mapping[str, Any]) -> tuple[int, float, bytes]:
        """Status, seconds to wait before the next attempt, and the body of a good one."""
        ends = time.monotonic() + min(self._patience.timeout, max(self._left(), 0.01))
        with client.stream("POST", self._url, json=dict(body)) as response:
            if response.status_code != 200:
                wait = response.headers.get("retry-after", "")
                return response.status_code, float(wait) if wait.isdigit() else 0.0, b""
            data = bytearray()
            for part in response.iter_raw():  # nothing is unpacked, so nothing grows
                data += part
                if len(data) > LARGEST:
                    raise ArtifactError(f"a response of connection {self.name!r} has more than {LARGEST} bytes")
                if time.monotonic() > ends:  # one that drips keeps within the time of each read
                    raise TimeoutError
            return 200, 0.0, bytes(data)

    def _left(self) -> float:
        return (self._ends or 0.0) - time.monotonic()


def exchange_of(data: bytes, request: Digest, prompt: Digest) -> Exchange:
    """What a response says.

    Raises:
        ValueError: it is not in the format.
    """
    told = json.loads(data.decode("utf-8"))
    choices = told.get("choices") if isinstance(told, dict) else None
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict) or not isinstance(choices[0].get("message"), dict):
        raise ValueError("expected one choice with a message")
    message, finish, model = choices[0]["message"], choices[0].get("finish_reason"), told.get("model")
    refusal = message.get("refusal")
    answer = refusal or message.get("content") or ""
    if not isinstance(answer, str) or not isinstance(finish, str) or not isinstance(model, str):
        raise ValueError("expected texts as content, finish_reason and model")
    (answer + finish + model).encode("utf-8")  # half of a surrogate pair is no text
    usage = told.get("usage") or {}
    if not isinstance(usage, dict):
        raise ValueError("usage is no object")
    return Exchange(request, prompt, model, "refusal" if refusal else finish, answer, tokens(usage.get("prompt_tokens")), tokens(usage.get("completion_tokens")))


def _parts(connection: str, name: str) -> tuple[str, str, bool]:
    """Address, key, and whether it is this machine.

    Raises:
        ArtifactError: it is no address that may be asked.
    """
    with _told(name):
        url = urlsplit(connection)
        host, port = url.hostname, url.port
        if url.scheme not in ("http", "https") or not host:
            raise ValueError("expected https://:KEY@host/v1")
        here = _is_here(host)
        key = unquote(url.password or "")
        if not here and url.scheme != "https":
            raise ValueError("expected https: what is asked, and the key, would go through the network in the clear")
        if key and not (key.isascii() and key.isprintable()):
            raise ValueError("the key has characters that no header takes")
        base = quote(unquote(url.path)).rstrip("/")  # Airflow writes a path of two parts as one
        base = base if base.endswith("/v1") else f"{base}/v1"
        address = f"[{host}]" if ":" in host else host
        return f"{url.scheme}://{address}{f':{port}' if port else ''}{base}/chat/completions", key, here


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Mistakes of a connection in words that hold nothing of its URL."""
    try:
        yield
    except ValueError as error:
        said = str(error) if str(error).startswith(("expected", "the key")) else "it is no URL"
        raise ArtifactError(f"connection {name!r} cannot be asked: {said}") from None


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
