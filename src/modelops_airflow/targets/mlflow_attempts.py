"""Who deployed or stopped a model in MLflow: a tag of the registered model for each, under a key of its own.

The attempts are the fence: whoever finds one with a higher epoch than its own has lost. They stay as the record.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass

from ..digest import canonical, parse_digest
from ..errors import TargetError
from ..mlflow_registry import MlflowRegistry

_EPOCH = re.compile(r"[0-9]{16}")


@dataclass(frozen=True)
class Attempt:
    """A deployment or a stop.

    Attributes:
        artifact, subject, version, environment: of the release; None for a stop.
    """

    epoch: int
    artifact: str | None = None
    subject: str | None = None
    version: str | None = None
    environment: str | None = None

    @property
    def text(self) -> str:
        """As the tag has it."""
        return canonical(asdict(self)).decode()


def key_of(alias: str, epoch: int) -> str:
    """The tag's key: no other epoch's, so that nothing is written over."""
    return f"modelops.{alias}.{epoch:016d}"


def attempts_of(registry: MlflowRegistry, name: str, alias: str) -> dict[int, Attempt]:
    """Every attempt at an alias of a registered model, by epoch.

    Raises:
        TargetError: a tag that should be one is none.
    """
    found, begin = registry.model(name), f"modelops.{alias}."
    try:
        return {int(_epoch(key.removeprefix(begin))): _attempt(key, begin, value)
                for key, value in (found.tags if found is not None else {}).items() if key.startswith(begin)}
    except (ValueError, TypeError):
        raise TargetError(f"a tag {begin}* of the registered model {name} is not readable; somebody else wrote it") from None


def tags_of(attempt: Attempt, model: str, alias: str) -> dict[str, str]:
    """What the tags of the version say that a deployment makes."""
    return {"modelops.model": model, "modelops.alias": alias, "modelops.epoch": str(attempt.epoch), "modelops.artifact": str(attempt.artifact),
            "modelops.subject": str(attempt.subject), "modelops.version": str(attempt.version), "modelops.environment": str(attempt.environment)}


def _attempt(key: str, begin: str, text: str) -> Attempt:
    found = Attempt(**json.loads(text))
    if found.artifact is not None:
        parse_digest(found.artifact)
    if key != f"{begin}{found.epoch:016d}":
        raise ValueError(key)
    return found


def _epoch(text: str) -> str:
    if not _EPOCH.fullmatch(text):
        raise ValueError(text)
    return text
