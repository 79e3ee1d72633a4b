"""Mark only: the model is deployed elsewhere; we keep the record and say that it is declared."""

from __future__ import annotations

import json
from pathlib import Path

from ..digest import canonical, parse_digest
from ..durable import locked, write_durably
from ..errors import TargetError
from .target import Observation, Release, Target, stale, target


@target("mark-only", strength="declared", where=("path",))
class MarkOnly(Target):
    """Governed here, deployed elsewhere: nothing is shipped, what was declared is kept."""

    def __init__(self, *, path: Path) -> None:
        """Make it.

        Args:
            path: a folder of its own, written by this target alone.
        """
        self.path = path

    def observed(self, model: str) -> Observation:
        """What was declared last; nobody has looked at the place itself."""
        try:
            mark = json.loads((self.path / f"{model}.json").read_bytes())
            return Observation(parse_digest(mark["artifact"]) if mark["artifact"] else None, int(mark["epoch"]))
        except FileNotFoundError:
            return Observation(None, 0)
        except (ValueError, KeyError, TypeError):
            raise TargetError(f"the mark of {model} is not readable; somebody else wrote it") from None

    def models(self) -> list[str]:
        """Every model of which something is declared."""
        return [one.stem for one in sorted(self.path.glob("*.json")) if self.observed(one.stem).artifact is not None]

    def withdraw(self, model: str, epoch: int) -> Observation:
        """Declare that nothing is live."""
        with locked(self.path / ".lock"):
            self._mark(model, None, epoch)
        return self.observed(model)

    def _publish(self, release: Release) -> None:
        with locked(self.path / ".lock"):
            seen = self.observed(release.model)
            if seen.epoch > release.epoch:
                raise stale(release, seen.epoch)
            self._mark(release.model, release.artifact, release.epoch)

    def _mark(self, model: str, artifact: str | None, epoch: int) -> None:
        if self.observed(model).epoch > epoch:
            raise TargetError(f"the fence is stale: epoch {epoch} of {model}")
        write_durably(self.path / f"{model}.json", canonical({"artifact": artifact, "epoch": epoch, "model": model}) + b"\n")
