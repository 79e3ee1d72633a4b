"""The facts of a fleet at one moment, as the board report reads them: every value comes with where it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..digest import digest_bytes
from ..errors import EvidenceError
from .fleet_counts import fleet_counts
from .parts import Cited, Source
from .sources import KEY, pointer_of

FORM = "fleet/v1"
MEMBER = "fleet.json"


class Fleet:
    """Facts of a fleet, whose counts follow from their rows."""

    def __init__(self, data: bytes) -> None:
        """Read facts.

        Raises:
            EvidenceError: they are none, of another form, or a count is not what the rows come to.
        """
        try:
            self.facts: Mapping[str, Any] = json.loads(data)
            form = self.facts["form"]
            counted = fleet_counts(self.facts) if form == FORM else None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EvidenceError(f"these are no facts of a fleet: {error!r:.150}; take those that modelops document board-report --facts wrote") from None
        if form != FORM:
            raise EvidenceError(f"facts of a fleet are of the form {FORM}, and these are {form!r}; take them anew from the register")
        if counted != self.facts.get("counts"):
            raise EvidenceError("the counts of these facts are not what their rows come to, so no document is written of them; take them anew from the register")
        self.digest = digest_bytes(data)

    def cite(self, *path: str | int) -> Cited:
        """The value at a path."""
        body: Any = self.facts
        for one in path:
            body = body[one]
        if isinstance(body, (dict, list)):
            raise TypeError(f"the facts have no single value at {path}")
        return Cited(body, Source(self.digest, MEMBER, pointer_of(path)))

    def key(self, *path: str | int) -> Cited:
        """The name of a member of an object, as the last of a path."""
        return Cited(path[-1], Source(self.digest, MEMBER, pointer_of(path), KEY))
