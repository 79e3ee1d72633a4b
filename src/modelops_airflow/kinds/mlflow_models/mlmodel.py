"""The file `MLmodel` of an MLflow model, read strictly: what it says, and what in it speaks against the model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import ArtifactError
from ...spec.document import load
from ...spec.problem import SpecError
from .signature import Signature, read_signature

FILE = "MLmodel"
PYFUNC = "python_function"
_PATHS = ("data", "model_path", "pickled_model", "python_model", "model_code_path", "config")
_PART = re.compile(r"[^/\\:\x00-\x1f\x7f]{1,255}")


@dataclass(frozen=True)
class MlModel:
    """What the file says.

    Attributes:
        flavours: name -> its settings; each is a way in which MLflow can load the model.
        said: facts for people, by what they are.
    """

    flavours: Mapping[str, Mapping[str, Any]]
    signature: Signature
    said: Mapping[str, str]

    def objections(self, files: Mapping[str, bytes]) -> Iterator[str]:
        """What no honest model has: paths that lead elsewhere or to nothing, and code that MLflow would import.

        Args:
            files: of the folder, by path.
        """
        for name, settings in self.flavours.items():
            for where, path in _paths(settings):
                if (why := _wrong_path(path, files)) is not None:
                    yield f"MLmodel: {name}.{where} is {str(path)[:80]!r}, {why}"
            if settings.get("code") is not None:
                yield (f"MLmodel: {name}.code names code that MLflow imports before it loads the model, and that nobody looked at here; "
                       "save the model without code_paths")
        yield from self.signature.objections


def read_mlmodel(files: Mapping[str, bytes]) -> MlModel:
    """What a folder's `MLmodel` says.

    Raises:
        ArtifactError: there is none, or it is not one.
    """
    if FILE not in files:
        raise ArtifactError(f"there is no file {FILE} at the top of the folder; expected a model as MLflow saves it")
    try:
        told = load(files[FILE].decode("utf-8"), FILE, nulls=True).value
    except UnicodeDecodeError:
        raise ArtifactError(f"{FILE} is no text") from None
    except SpecError as error:
        raise ArtifactError(f"{FILE} cannot be read: {str(error).splitlines()[0][:200]}") from None
    flavours = told.get("flavors") if isinstance(told, dict) else None
    if not isinstance(flavours, dict) or not flavours or not all(isinstance(one, dict) for one in flavours.values()):
        raise ArtifactError(f"{FILE} has no flavors; expected a model as MLflow saves it")
    return MlModel(flavours, read_signature(told.get("signature")), _said(told))


def _said(told: Mapping[str, Any]) -> dict[str, str]:
    facts = {"MLflow": "mlflow_version", "run": "run_id", "model id": "model_id", "model uuid": "model_uuid", "saved": "utc_time_created"}
    return {what: str(told[key]) for what, key in facts.items() if told.get(key) is not None}


def _paths(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every setting of a flavour that names a file."""
    yield from ((key, settings[key]) for key in _PATHS if settings.get(key) is not None)
    env, artifacts = settings.get("env"), settings.get("artifacts")
    yield from ((f"env.{key}", one) for key, one in (env.items() if isinstance(env, dict) else [] if env is None else [("file", env)]))
    for key, one in artifacts.items() if isinstance(artifacts, dict) else ():
        yield f"artifacts.{key}", one.get("path") if isinstance(one, dict) else one


def _wrong_path(path: Any, files: Mapping[str, bytes]) -> str | None:
    """Why a path is none of the folder's; None if it is one."""
    if not isinstance(path, str) or not all(_PART.fullmatch(one) and one not in (".", "..") for one in path.split("/")):
        return "which leads out of the model's folder; expected the plain path of one of its files"
    if path not in files and not any(one.startswith(f"{path}/") for one in files):
        return "which is not in the model's folder"
    return None
