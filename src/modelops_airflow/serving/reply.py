"""Reply: what a process says to one request, and what it says of itself meanwhile."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from ..errors import ModelOpsError
from .outage import Outage


@dataclass(frozen=True)
class Reply:
    """What a caller gets.

    Attributes:
        body: JSON.
        by: `version`, `served-by` and `role` of what answered; empty where nothing did.
        rows: answered.
        refusal: why the model may not or cannot answer, so that a fallback may; empty where another would say the same.
    """

    status: int
    body: bytes
    by: Mapping[str, str] = field(default_factory=dict)
    rows: int = 0
    refusal: str = ""

    def head(self) -> dict[str, Any]:
        """All but the body, for a frame."""
        return {"status": self.status, "by": dict(self.by), "rows": self.rows, "refusal": self.refusal}


def said(status: int, message: str, *, refusal: bool = False) -> Reply:
    """A reply that is no answer."""
    return Reply(status, json.dumps({"error": message}).encode(), refusal=message if refusal else "")


@dataclass(frozen=True)
class State:
    """What a process says of itself every second.

    Attributes:
        about: what the protocol tells of the version that may answer; None where none may, and `why` says the reason.
        shadow: requests that the shadow was asked, failed and was spared; empty where there is none.
        waiting: requests that were answered and are not written to the log yet.
    """

    about: Mapping[str, Any] | None
    why: str
    shadow: tuple[int, ...] = ()
    waiting: int = 0

    def head(self) -> dict[str, Any]:
        """For a frame."""
        return asdict(self)


class Gone(ModelOpsError):
    """The process that was asked is not there, ended meanwhile, or hung and was ended."""

    def __init__(self, why: str, outage: Outage | None) -> None:
        self.outage = outage
        super().__init__(why)


class Desk(Protocol):
    """Where the front asks."""

    @property
    def state(self) -> State | None:
        """What it said last; None while it is not there."""

    @property
    def why(self) -> str:
        """Why it is not there."""

    async def ask(self, body: bytes, why: str = "") -> Reply:
        """The reply to a request; `why` is the reason for asking a fallback.

        Raises:
            Gone: there is none. Nothing of the request is written to a log then, so that another may be asked.
        """
