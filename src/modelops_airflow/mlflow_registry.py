"""MLflow's registry of models over its REST API: what there is, where it lies, and the files themselves.

Which server is asked, and how, is the caller's: `Ask` sends one request and follows no redirect. Files are read through the
server alone (`mlflow server --serve-artifacts`, the default), never from an address that the registry names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from .mlflow_answers import (
    MlflowError,
    ModelVersion,
    RegisteredModel,
    complaint,
    named,
    pairs,
    parsed,
    read_model,
    read_version,
    safe_name,
    safe_path,
)

Ask = Callable[[str, str, bytes | None, int], tuple[int, bytes]]
"""Method, path, body and the bytes that the answer may have -> status and body."""

MOST_BYTES = 2 << 30
MOST_FILES = 10_000
DEEPEST = 16
"""Of a model's folder, and of folders in each other."""

_ANSWER = 8 << 20
_PAGES = 1000
_API = "/api/2.0/mlflow"
_FILES = "/api/2.0/mlflow-artifacts/artifacts"
_PROXIED = "mlflow-artifacts:"


class MlflowRegistry:
    """One server."""

    def __init__(self, ask: Ask, address: str) -> None:
        """Make it.

        Args:
            address: of the server, for messages and to know its own artifacts by.
        """
        self._ask, self.address = ask, address

    def model(self, name: str) -> RegisteredModel | None:
        """A registered model; None if there is none of that name."""
        try:
            return read_model(self._get("registered-models/get", name=name)["registered_model"])
        except MlflowError as error:
            if error.missing:
                return None
            raise
        except (KeyError, TypeError, AttributeError):
            raise self._strange(f"the registered model {name}") from None

    def models(self) -> Iterator[RegisteredModel]:
        """Every registered model."""
        yield from self._pages("registered-models/search", "registered_models", read_model)

    def version(self, name: str, number: str) -> ModelVersion | None:
        """A version; None if there is none of that number."""
        try:
            return read_version(self._get("model-versions/get", name=name, version=number)["model_version"])
        except MlflowError as error:
            if error.missing:
                return None
            raise
        except (KeyError, TypeError, AttributeError):
            raise self._strange(f"version {number} of {name}") from None

    def versions(self, name: str) -> Iterator[ModelVersion]:
        """Every version of a name."""
        yield from self._pages("model-versions/search", "model_versions", read_version, filter=f"name='{named(name)}'")

    def location(self, version: ModelVersion) -> str:
        """Where a version's files are."""
        try:
            return self._inside(self._get("model-versions/get-download-uri", name=version.name, version=version.number)["artifact_uri"])
        except (KeyError, TypeError):
            raise self._strange(f"version {version.number} of {version.name}") from None

    def run_location(self, run: str, path: str) -> str:
        """Where a model lies that a run logged, as `runs:/<run>/<path>` names it: a logged model of that name, or the run's own folder."""
        try:
            found = self._get("runs/get", run_id=run)["run"]
            for one in (found.get("outputs") or {}).get("model_outputs") or ():
                info = self._get(f"logged-models/{quote(str(one['model_id']), safe='')}")["model"]["info"]
                if info.get("name") == path:
                    return self._inside(info["artifact_uri"])
            return f"{self._inside(found['info']['artifact_uri'])}/{safe_path(path)}"
        except (KeyError, TypeError, AttributeError):
            raise self._strange(f"run {run}") from None

    def files(self, location: str) -> dict[str, bytes]:
        """Every file below a location, by its path there; empty if nothing is there."""
        found: dict[str, bytes] = {}
        room = MOST_BYTES
        for path in self._below(location, "", 0):
            if len(found) == MOST_FILES:
                raise MlflowError(f"{self.address} has more than {MOST_FILES} files in {location}")
            found[path] = self._call("GET", f"{_FILES}/{quote(f'{location}/{path}')}", None, room)
            room -= len(found[path])
        return found

    def create(self, name: str) -> None:
        """A name, if it is not there."""
        try:
            self._change("POST", "registered-models/create", name=name)
        except MlflowError as error:
            if error.code != "RESOURCE_ALREADY_EXISTS":
                raise

    def tag(self, name: str, key: str, value: str) -> None:
        """A tag of a name, over what it was."""
        self._change("POST", "registered-models/set-tag", name=name, key=key, value=value)

    def log(self, experiment: str, title: str, files: Mapping[str, bytes], tags: Mapping[str, str]) -> tuple[str, str]:
        """A run that has these files as its model; answers its id and where the files are. MLflow makes versions of a run's files alone."""
        told = self._change("POST", "runs/create", experiment_id=self._experiment(experiment), run_name=title, tags=pairs(tags))
        try:
            run, root = str(told["run"]["info"]["run_id"]), self._inside(told["run"]["info"]["artifact_uri"])
        except (KeyError, TypeError):
            raise self._strange("the new run") from None
        for path, data in files.items():
            self._write("PUT", f"{_FILES}/{quote(f'{root}/model/{safe_path(path)}')}", data)
        self._change("POST", "runs/update", run_id=run, status="FINISHED")
        return run, f"{root}/model"

    def add(self, name: str, run: str, location: str, tags: Mapping[str, str]) -> str:
        """A version of a run's files; answers its number."""
        told = self._change("POST", "model-versions/create", name=name, run_id=run, source=f"{_PROXIED}/{location}", tags=pairs(tags))
        try:
            return str(told["model_version"]["version"])
        except (KeyError, TypeError):
            raise self._strange(f"the new version of {name}") from None

    def _experiment(self, name: str) -> str:
        """The id of an experiment, which is made if there is none."""
        try:
            found = self._get("experiments/get-by-name", experiment_name=name)["experiment"]["experiment_id"]
        except MlflowError as error:
            if not error.missing:
                raise
            found = self._change("POST", "experiments/create", name=name).get("experiment_id")
        except (KeyError, TypeError):
            found = None
        if not isinstance(found, str):
            raise self._strange(f"the experiment {name}")
        return found

    def forget(self, version: ModelVersion) -> None:
        """Delete a version, so that no alias can be set to it; its files stay. One that is gone is fine."""
        try:
            self._change("DELETE", "model-versions/delete", name=version.name, version=version.number)
        except MlflowError as error:
            if not error.missing:
                raise

    def point(self, name: str, alias: str, number: str) -> None:
        """Set an alias to a version, away from any other."""
        self._change("POST", "registered-models/alias", name=name, alias=alias, version=number)

    def unpoint(self, name: str, alias: str) -> None:
        """Delete an alias."""
        self._change("DELETE", "registered-models/alias", name=name, alias=alias)

    def _below(self, location: str, folder: str, depth: int) -> Iterator[str]:
        if depth > DEEPEST:
            raise MlflowError(f"{self.address} has folders more than {DEEPEST} deep in {location}")
        told = self._json("GET", f"{_FILES}?{urlencode({'path': f'{location}/{folder}'.rstrip('/')})}")
        try:
            listed = [(str(one["path"]), bool(one.get("is_dir"))) for one in told.get("files", ())]
        except (KeyError, TypeError, AttributeError):
            raise self._strange(f"the files in {location}") from None
        for name, is_folder in sorted(listed):
            path = f"{folder}/{safe_name(name)}".lstrip("/")
            yield from self._below(location, path, depth + 1) if is_folder else [path]

    def _inside(self, uri: Any) -> str:
        """The path of an artifact's address on this server."""
        text = str(uri)
        if not text.startswith(_PROXIED):
            raise MlflowError(f"{self.address} keeps the files at {text.partition(':')[0][:20]}:, which is not asked; "
                              "expected a server that serves its artifacts (mlflow-artifacts:/, option --serve-artifacts)")
        rest = text.removeprefix(_PROXIED)
        if rest.startswith("//"):
            host, _, rest = rest[2:].partition("/")
            if host and host != self.address.partition("://")[2].partition("/")[0]:
                raise MlflowError(f"{self.address} keeps the files at another server, {host[:60]!r}, which is not asked")
        return safe_path(rest.strip("/"))

    def _pages(self, path: str, key: str, read: Callable[[Any], Any], **query: str) -> Iterator[Any]:
        token = ""
        for _ in range(_PAGES):
            told = self._get(path, max_results="200", **query, **({"page_token": token} if token else {}))
            try:
                found, token = [read(one) for one in told.get(key) or ()], str(told.get("next_page_token") or "")
            except (KeyError, TypeError, AttributeError):
                raise self._strange(path) from None
            yield from found
            if not token:
                return
        raise MlflowError(f"{self.address} has more than {_PAGES} pages of {path}")

    def _get(self, path: str, **query: str) -> Any:
        return self._json("GET", f"{_API}/{path}?{urlencode(query)}")

    def _change(self, method: str, path: str, **body: Any) -> Any:
        return parsed(self._write(method, f"{_API}/{path}", json.dumps(body).encode()), f"{self.address}{_API}/{path}")

    def _json(self, method: str, path: str) -> Any:
        return parsed(self._call(method, path, None, _ANSWER), f"{self.address}{path.partition('?')[0]}")

    def _write(self, method: str, path: str, body: bytes) -> bytes:
        """The one way by which anything is changed."""
        return self._call(method, path, body, _ANSWER)

    def _call(self, method: str, path: str, body: bytes | None, largest: int) -> bytes:
        status, told = self._ask(method, path, body, largest)
        if status == 200:
            return told
        code, message = complaint(told)
        raise MlflowError(f"{self.address} answers {status}{f' {code}' if code else ''} to {method} {path.partition('?')[0]}"
                          f"{f': {message}' if message else ''}", code)

    def _strange(self, what: str) -> MlflowError:
        return MlflowError(f"{self.address} does not say what {what} is as MLflow does; is this an MLflow server?")
