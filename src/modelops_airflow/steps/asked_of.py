"""What is asked of each model of a project, as its definition takes it to the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..digest import digest_of
from ..governance.asks import Asks
from ..plan import Plan
from ..plan.named_packs import named
from ..policy.control_status import stage_of
from ..policy.in_force import library_of
from ..policy.resolve import bases
from ..spec.read import Source
from ..spec.types import Governance, ModelFile


class AskedOf:
    """What is asked under a governance; each pack is written out and hashed once for all models."""

    def __init__(self, governance: Governance, digest: str) -> None:
        self._governance, self._digest, self._there = governance, digest, library_of(governance).packs
        self._packs: dict[str, tuple[str, Mapping[str, Any]]] = {}

    def model(self, source: Source[ModelFile], plans: Sequence[Plan]) -> Asks:
        """What is asked of a model by every pack that its file or governance.yaml names, in force or not yet."""
        names = sorted({each for name in named(source, self._governance) if name in self._there for each in (name, *bases(name, self._there))})
        found = {name: self._pack(name) for name in names}
        return Asks(self._digest, {name: digest for name, (digest, _) in found.items()}, {name: body for name, (_, body) in found.items()},
                    {plan.lifecycle: stage_of(plan.to_json()) for plan in plans})

    def _pack(self, name: str) -> tuple[str, Mapping[str, Any]]:
        if name not in self._packs:
            body = self._there[name].canonical
            self._packs[name] = digest_of(body), body
        return self._packs[name]
