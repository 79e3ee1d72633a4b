"""What MLflow's REST API answers: its errors, registered models and versions, and names that lead nowhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import ModelOpsError

_NAME = re.compile(r"[^/:@'\"\x00-\x1f\x7f]{1,250}")
_PART = re.compile(r"[^/\\:\x00-\x1f\x7f]{1,255}")
_NONE = "RESOURCE_DOES_NOT_EXIST"


class MlflowError(ModelOpsError):
    """The registry cannot be asked, or does not answer as MLflow does.

    Attributes:
        code: MLflow's own word for it, such as RESOURCE_DOES_NOT_EXIST; empty where it said none.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code

    @property
    def missing(self) -> bool:
        """What was asked for is not there."""
        return self.code == _NONE


@dataclass(frozen=True)
class RegisteredModel:
    """A name in the registry."""

    name: str
    aliases: Mapping[str, str]
    tags: Mapping[str, str]


@dataclass(frozen=True)
class ModelVersion:
    """One version of a name.

    Attributes:
        run: id of the run that made it; empty where the registry knows none.
    """

    name: str
    number: str
    run: str
    tags: Mapping[str, str]


def named(name: str) -> str:
    """A registered model's name that MLflow takes, and that ends nothing that it is put into.

    Raises:
        MlflowError: it is none.
    """
    if not _NAME.fullmatch(name):
        raise MlflowError(f"{name[:60]!r} is no name of a registered model; expected up to 250 characters without / : @ and quotes")
    return name


def safe_path(path: str) -> str:
    """A path of plain names below some folder.

    Raises:
        MlflowError: it leads out of it, or is none.
    """
    return "/".join(safe_name(one) for one in path.split("/"))


def safe_name(name: str) -> str:
    """A plain name of a file or folder.

    Raises:
        MlflowError: it is none, or leads elsewhere.
    """
    if not _PART.fullmatch(name) or name in (".", "..") or "%" in name:
        raise MlflowError(f"{name[:60]!r} is no name of a file or folder; nothing was taken")
    return name


def parsed(data: bytes, where: str) -> Any:
    """The JSON of an answer.

    Raises:
        MlflowError: it is none.
    """
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise MlflowError(f"{where} does not answer with JSON; is this an MLflow server?") from None


def complaint(data: bytes) -> tuple[str, str]:
    """MLflow's code and message in an answer, as plain text of one line."""
    try:
        told = json.loads(data)
        code, message = str(told.get("error_code", "")), str(told.get("message", ""))
    except (ValueError, RecursionError, AttributeError):
        return "", ""
    return re.sub(r"[^A-Z_]", "", code)[:60], re.sub(r"[^\x20-\x7e]", " ", message)[:200]


def read_model(told: Any) -> RegisteredModel:
    """A registered model of an answer; raises what a wrong form raises."""
    aliases = {str(one["alias"]): str(one["version"]) for one in told.get("aliases") or ()}
    return RegisteredModel(str(told["name"]), aliases, _tags(told))


def read_version(told: Any) -> ModelVersion:
    """A version of an answer; raises what a wrong form raises."""
    return ModelVersion(str(told["name"]), str(told["version"]), str(told.get("run_id") or ""), _tags(told))


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as MLflow takes them."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def _tags(told: Any) -> dict[str, str]:
    return {str(one["key"]): str(one.get("value", "")) for one in told.get("tags") or ()}
