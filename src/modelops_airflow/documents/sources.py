"""A verified pack, as documents read it: every value comes with where it stands."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from ..digest import digest_bytes
from ..errors import EvidenceError
from ..evidence.read_pack import verify_pack
from ..evidence.verify import unzipped
from .parts import Cited, Source

MANIFEST, PLAN, APPROVALS, WAIVERS = "manifest.json", "plan.json", "approvals.json", "waivers.json"
ASKED, KEY = "asked", "name"
FORM = "evidence-pack/v1"


class Sources:
    """The members of a pack that verifies."""

    def __init__(self, members: Mapping[str, bytes], origin: str | None) -> None:
        self.members, self.origin = members, origin
        self._read: dict[str, tuple[str, Any]] = {}
        self.manifest, self.plan = self.read(MANIFEST), self.read(PLAN)

    @classmethod
    def of(cls, data: bytes, trust: Collection[str] = ()) -> Sources:
        """The sources in a pack's bytes.

        Args:
            trust: fingerprints of keys that the reader has from elsewhere, as for `modelops verify`.

        Raises:
            EvidenceError: it does not verify, or is of a form that holds too little to write of.
        """
        answer = verify_pack(data, trust)
        if answer["problems"]:
            raise EvidenceError(f"no document is written of a pack that does not verify: {answer['problems'][0]}; get the pack again from who made it")
        members = unzipped(data)
        form = json.loads(members[MANIFEST])["spec"]
        if form != FORM:
            raise EvidenceError(f"documents are written of packs of the form {FORM}, and this one is {form}; make it anew with modelops pack")
        return cls(members, answer["origin"])

    def read(self, member: str) -> Any:
        """A JSON member; of a statement what is in its envelope."""
        return self._opened(member)[1]

    def cite(self, member: str, *path: str | int, about: str = "") -> Cited:
        """The value at a path of a member; there is no other way to a `Cited`."""
        body = self.read(member)
        for one in path:
            body = body[one]
        if isinstance(body, (dict, list)):
            raise TypeError(f"{member} has no single value at {path}")
        return Cited(body, Source(self._opened(member)[0], member, pointer_of(path), about))

    def key(self, member: str, *path: str | int) -> Cited:
        """The name of a member of an object, as the last of a path; its pointer leads to what it names."""
        body = self.read(member)
        for one in path:
            body = body[one]
        return Cited(path[-1], Source(self._opened(member)[0], member, pointer_of(path), KEY))

    def model(self, name: str) -> Cited:
        """A fact of the model."""
        return self.cite(MANIFEST, "model", name)

    def statements(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """(step, member, measurement) of each, in the plan's order."""
        for step in self.plan["steps"]:
            member = f"statements/{step['id']}.dsse.json"
            if member in self.members:
                yield step["id"], member, self.read(member)["predicate"]["measurement"]

    def metric(self, member: str, index: int, *path: str | int) -> Cited:
        """The value, or another field, of one row of a measurement."""
        predicate = self.read(member)["predicate"]
        row = predicate["measurement"]["metrics"][index]
        place = ", ".join(f"{key} {value}" for key, value in row["where"].items())
        return self.cite(member, "predicate", "measurement", "metrics", index, *(path or ("value",)), about=f"{predicate['step']}: {row['name']}{f' of {place}' if place else ''}")

    def produced(self, member: str) -> Cited:
        """When a statement was measured."""
        index = next(at for at, one in enumerate(self.manifest["items"]) if one["path"] == member)
        return self.cite(MANIFEST, "items", index, "produced_at")

    def _opened(self, member: str) -> tuple[str, Any]:
        """Digest and body, read once."""
        if member not in self._read:
            data = self.members[member]
            payload = base64.b64decode(json.loads(data)["payload"]) if member.startswith("statements/") else data
            self._read[member] = digest_bytes(payload), json.loads(payload)
        return self._read[member]


def day_of(one: Cited) -> date:
    """The day of a moment."""
    return datetime.fromisoformat(str(one.value).replace("Z", "+00:00")).date()


def asked(on: date) -> Cited:
    """The day that whoever wrote the document gave, which is no evidence and says so."""
    return Cited(on.isoformat(), Source("", ASKED, ""))


def pointer_of(path: Iterable[str | int]) -> str:
    """A path as a JSON pointer (RFC 6901)."""
    return "".join(f"/{_escaped(one)}" for one in path)


def _escaped(one: str | int) -> str:
    return str(one).replace("~", "~0").replace("/", "~1")
