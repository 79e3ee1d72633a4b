"""The artifact of a language model: its description, and the files beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from ...digest import Digest, digest_bytes
from ...errors import ArtifactError
from ..bundle import members_of
from ..formats import format_of
from .llm_description import FILE, Description, parse_description
from .llm_transcripts import Exchange, demand_of, read_transcripts


@dataclass(frozen=True)
class Parcel:
    """A description, and the files beside it."""

    description: Description
    members: Mapping[str, bytes]

    def mistakes(self) -> Iterator[str]:
        """What speaks against the files."""
        for name in sorted(self.members):
            if not (name == FILE or name in self.sealed or self._tool(name) in self.description.tools):
                yield f"{name!r} is no part of an llm artifact; expected {FILE}, transcripts (*.jsonl) and a tools/NAME.json of each tool"
        looks: list[Callable[[], object]] = [self.tools, *(partial(self.transcripts, name) for name in self.sealed)]
        for look in looks:
            try:
                look()
            except ArtifactError as error:
                yield str(error)

    @property
    def sealed(self) -> list[str]:
        """Names of the transcripts."""
        return [name for name in sorted(self.members) if name.endswith(".jsonl")]

    def tools(self) -> list[Any]:
        """Definitions of the tools, which are those that the description names.

        Raises:
            ArtifactError: one is missing, another one, or no JSON object.
        """
        return [self._definition(name, digest) for name, digest in self.description.tools.items()]

    def transcripts(self, name: str) -> dict[Digest, Exchange]:
        """Exchanges of a file.

        Raises:
            ArtifactError: there is none, or it is not of this description.
        """
        if name not in self.sealed:
            raise ArtifactError(f"the artifact has no transcripts {name!r}; expected one of its *.jsonl files: {', '.join(self.sealed) or 'there is none'}")
        found = read_transcripts(self.members[name], name)
        demand_of(found, self.description.model, self.description.prompt_digest, name)
        return found

    def _definition(self, name: str, digest: Digest) -> Any:
        data = self.members.get(f"tools/{name}.json")
        if data is None or digest_bytes(data) != digest:
            raise ArtifactError(f"tool {name}: tools/{name}.json is {'not there' if data is None else digest_bytes(data)}; expected {digest}")
        try:
            found = json.loads(data.decode("utf-8"))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ArtifactError(f"tool {name}: tools/{name}.json is no JSON object")
        return found

    @staticmethod
    def _tool(name: str) -> str:
        path = PurePosixPath(name)
        return path.stem if path.parent == PurePosixPath("tools") and path.suffix == ".json" else ""


def parcel_of(data: bytes) -> Parcel:
    """The artifact, read.

    Raises:
        SpecError: the description has mistakes.
        ArtifactError: there is none.
    """
    members = members_of(data) if format_of(data) == "zip archive" else {FILE: data}
    if FILE not in members:
        raise ArtifactError(f"the folder has no {FILE}")
    try:
        text = members[FILE].decode("utf-8")
    except UnicodeDecodeError:
        raise ArtifactError(f"{FILE} is not UTF-8 text") from None
    return Parcel(parse_description(text), members)
