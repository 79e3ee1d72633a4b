"""The front: holds the port and opens no model, so that no model can take it down.

It speaks the Open Inference Protocol v2 and asks the runtime. Where the runtime may not or cannot answer, is gone, or is lost in the middle of a
request, it asks the fallback the same, visibly. Where nothing answers it says why.
"""

from __future__ import annotations

import hmac
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from .figures import Figures
from .inference import LARGEST
from .outage import Outages
from .reply import Desk, Gone, Reply, said

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield


class Front:
    """The ASGI application of one model.

    Args:
        runtime: answers for the model; fallback: where that does not.
        token: what callers must send as bearer; empty for none.
        life: what lasts as long as the server runs.
    """

    def __init__(
        self, model: str, runtime: Desk, fallback: Desk | None, outages: Outages, *, token: str = "",
        life: Callable[[], AbstractAsyncContextManager[None]] = _nothing,
    ) -> None:
        self._model, self._runtime, self._fallback, self._outages, self._token, self._life = model, runtime, fallback, outages, token, life
        self._desks: dict[str, Desk] = {"runtime": runtime} | ({"fallback": fallback} if fallback is not None else {})
        self._figures = Figures(model, self._desks, outages)
        self._infer = f"/v2/models/{model}/infer"
        self._told: dict[str, Callable[[], tuple[int, bytes, str]]] = {
            "/v2/health/live": lambda: _json(200, {"live": True}), "/v2/health/ready": self._ready, f"/v2/models/{model}/ready": self._ready,
            f"/v2/models/{model}": self._about, "/metrics": lambda: (200, self._figures.text(), "text/plain; version=0.0.4")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of the server."""
        if scope["type"] == "lifespan":
            await receive()
            async with self._life():
                await send({"type": "lifespan.startup.complete"})
                await receive()
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["path"] == self._infer and scope["method"] == "POST":
            reply = await self._answer(scope, receive)
            await _send(send, reply.status, reply.body, "application/json", {f"modelops-{name}": text for name, text in reply.by.items()})
        elif scope["path"] in self._told and scope["method"] in ("GET", "HEAD"):
            await _send(send, *self._told[scope["path"]]())
        else:
            known = scope["path"] in (self._infer, *self._told)
            await _send(send, *(_json(405, {"error": "this address has no such method"}) if known else _json(404, {"error": "there is no such address"})))

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        sent = dict(scope["headers"]).get(b"authorization", b"")
        if self._token and not hmac.compare_digest(sent, f"Bearer {self._token}".encode()):
            return said(401, "a bearer token is needed")
        body = await _body(receive)
        if body is None:
            return said(413, f"a request has at most {LARGEST:,} bytes")
        started = time.perf_counter()
        reply = await self._asked(body)
        if reply.by:
            self._figures.answered(reply.by["version"], reply.rows, role=reply.by["role"], seconds=time.perf_counter() - started)
        else:
            self._figures.refused(reply.status)
        return reply

    async def _asked(self, body: bytes) -> Reply:
        """The runtime's reply or, where it has none, the fallback's to the same request: scoring changes nothing, so it may be asked twice."""
        try:
            reply = await self._runtime.ask(body)
            if not reply.refusal or self._fallback is None:
                return reply
            return await self._fall_back(body, self._fallback, reply.refusal, reply.status)
        except Gone as gone:
            reply = said(503, str(gone)) if self._fallback is None else await self._fall_back(body, self._fallback, str(gone), 503)
            self._missed("runtime", gone, reply)
            return reply

    async def _fall_back(self, body: bytes, fallback: Desk, why: str, status: int) -> Reply:
        """The fallback's reply; where it has none either, both reasons."""
        try:
            reply = await fallback.ask(body, why[:300])
        except Gone as gone:
            reply = said(status, f"{why}; {gone}")
            self._missed("fallback", gone, reply)
            return reply
        return said(reply.status, f"{why}; the fallback: {reply.refusal}") if reply.refusal else reply

    def _missed(self, process: str, gone: Gone, reply: Reply) -> None:
        answered = reply.status == 200
        self._figures.missed(process, answered=answered)
        self._outages.missed(gone.outage, answered=answered)

    def _ready(self) -> tuple[int, bytes, str]:
        states = {name: (desk.state, desk.why) for name, desk in self._desks.items()}
        ready = any(state is not None and state.about is not None for state, _ in states.values())
        state, why = states["runtime"]
        return _json(200 if ready else 503, {"ready": ready} | ({} if ready else {"why": why if state is None else state.why}) | {
            "processes": {name: {"up": one is not None, "answers": one is not None and one.about is not None, "why": why if one is None else one.why}
                          for name, (one, why) in states.items()},
            "outages": {"now_or_last": [one.told() for one in self._outages.last.values()], "count": dict(self._outages.count)}})

    def _about(self) -> tuple[int, bytes, str]:
        state = self._runtime.state
        if state is None or state.about is None:
            return _json(503, {"error": self._runtime.why if state is None else state.why})
        return _json(200, state.about)


def _json(status: int, told: Mapping[str, Any]) -> tuple[int, bytes, str]:
    return status, json.dumps(told).encode(), "application/json"


async def _body(receive: Receive) -> bytes | None:
    """All of it; None where it is too large."""
    found, more = bytearray(), True
    while more:
        part = await receive()
        if part["type"] == "http.disconnect":
            return b""  # nobody waits any more, and half a request is none
        found += part.get("body", b"")
        more = part.get("more_body", False)
        if len(found) > LARGEST:
            return None
    return bytes(found)


async def _send(send: Send, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
    told = {"content-type": kind, "content-length": str(len(body)), **(headers or {})}
    await send({"type": "http.response.start", "status": status,
                "headers": [(name.encode(), re.sub(r"[^ -~]", "?", text).encode()) for name, text in told.items()]})
    await send({"type": "http.response.body", "body": body})
