"""Mark only: the model is deployed elsewhere; we keep the record and say that it is declared."""

from __future__ import annotations

import json
from pathlib import Path

from ..digest import canonical, parse_digest
from ..errors import TargetError
from .own_folder import NOTE, OwnFolder
from .target import Observation, Release, Target, stale, target


@target("mark-only", strength="declared", where=("path",))
class MarkOnly(Target):
    """Governed here, deployed elsewhere: nothing is shipped, what was declared is kept."""

    def __init__(self, *, path: Path) -> None:
        """Make it.

        Args:
            path: a folder of its own, written by this target alone.
        """
        self.path, self.own = path, OwnFolder(path)

    def observed(self, model: str) -> Observation:
        """What was declared last; nobody has looked at the place itself."""
        try:
            mark = json.loads(self.own.read(f"{model}.json"))
            return Observation(parse_digest(mark["artifact"]) if mark["artifact"] else None, int(mark["epoch"]))
        except FileNotFoundError:
            return Observation(None, 0)
        except (ValueError, KeyError, TypeError):
            raise TargetError(f"the mark of {model} is not readable; somebody else wrote it") from None

    def models(self) -> list[str] | None:
        """Every model of which something is declared; None where there is no folder: nothing was declared yet, or it is not mounted."""
        names = self.own.names("")
        return None if names is None else [
            one.removesuffix(".json") for one in names if one.endswith(".json") and self.observed(one.removesuffix(".json")).artifact is not None]

    def withdraw(self, model: str, epoch: int) -> Observation:
        """Declare that nothing is live."""
        with self.own.locked():
            self._mark(model, None, epoch)
        return self.observed(model)

    def _publish(self, release: Release) -> None:
        with self.own.locked():
            seen = self.observed(release.model)
            if seen.epoch > release.epoch:
                raise stale(release, seen.epoch)
            self._mark(release.model, release.artifact, release.epoch)

    def _mark(self, model: str, artifact: str | None, epoch: int) -> None:
        if self.observed(model).epoch > epoch:
            raise TargetError(f"the fence is stale: epoch {epoch} of {model}")
        self.own.write(f"{model}.json", canonical({"artifact": artifact, "epoch": epoch, "model": model}) + b"\n", most=NOTE)
