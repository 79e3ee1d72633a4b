"""Answering: asks a model, and writes down what it said. It runs in a process of its own, which a library may take down."""

from __future__ import annotations

import json
from typing import Any

from ..errors import ArtifactError, DataError, ModelOpsError
from .canary import Canary
from .inference import read_request, written
from .log import Noted, PredictionLog
from .reply import Reply, State, said
from .shadow import Shadow
from .slot import Answer, Slot


class Answering:
    """One model, or the fallback of one.

    Args:
        model: that callers ask.
        slot: what answers for it.
        role: `stable`, or `fallback` for what answers where the model does not.
        canary: gets a share of the requests.
        shadow: is asked what was answered, for the log alone.
    """

    def __init__(
        self, model: str, slot: Slot, *, role: str = "stable", canary: Canary | None = None, shadow: Shadow | None = None,
        log: PredictionLog | None = None,
    ) -> None:
        self._model, self._slot, self._role, self._canary, self._shadow, self._log = model, slot, role, canary, shadow, log

    def answer(self, body: bytes, why: str = "") -> tuple[Reply, Noted | None]:
        """The reply to a request, and what is to be written once the caller has it; `why` is the reason for asking a fallback."""
        try:
            request, rows = read_request(body)
        except DataError as error:
            return said(400, str(error)), None
        try:
            found, role = self._canary.score(rows) if self._canary is not None else (self._slot.score(rows), self._role)
        except ArtifactError as error:
            return said(422, str(error), refusal=True), None
        except ModelOpsError as error:
            return said(503, str(error), refusal=True), None
        except Exception as error:
            return _unforeseen(error), None
        return self._told(request, rows, found, role, why)

    def _told(self, request: str, rows: Any, found: Answer, role: str, why: str) -> tuple[Reply, Noted | None]:
        facts = found.by.told()
        try:
            told = written(found.table, model=self._model, version=found.by.version, request=request,
                           facts=facts | {"role": role} | ({"why": why} if why else {}))
            body = json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
            noted = self._log.add(self._model, rows, found.table, facts | {"request": request, "role": role}) if self._log is not None else None
        except OSError as error:  # what is not written down is not answered
            return said(503, f"the log of predictions cannot be written: {error.strerror}"), None
        except Exception as error:
            return _unforeseen(error), None
        if self._shadow is not None:
            self._shadow.offer(request, rows)
        return Reply(200, body, {"version": found.by.version, "served-by": found.by.model, "role": role}, rows.num_rows), noted

    def state(self) -> State:
        """What it may answer for now."""
        found, shadow = self._slot.about, self._shadow
        about = None if found is None else {
            "name": found.model, "versions": [found.version], "platform": f"modelops_{found.kind}",
            "parameters": {"artifact": found.artifact, "epoch": found.epoch, "subject": found.subject}}
        return State(about, self._slot.why if about is None else "", (shadow.asked, shadow.failed, shadow.dropped) if shadow is not None else (),
                     self._log.waiting if self._log is not None else 0)

    def stop(self) -> None:
        """Write everything down, before and after the shadow is asked what waits for it: it may hang.

        Raises:
            OSError: the log cannot be written.
        """
        if self._log is not None:
            self._log.flush()
        if self._shadow is not None and self._log is not None:
            self._shadow.stop()
            self._log.flush()


def _unforeseen(error: Exception) -> Reply:
    """Whatever it is, it is counted, and no trace of it goes to a caller."""
    return said(500, f"the request cannot be answered ({type(error).__name__})")
