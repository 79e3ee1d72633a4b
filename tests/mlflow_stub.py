"""A small MLflow: the calls of its REST API that we use, in memory, with its error codes. `test_mlflow_server.py` runs the same facts on a real one."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

API, FILES = "/api/2.0/mlflow/", "/api/2.0/mlflow-artifacts/artifacts"


class Refusal(Exception):
    """An answer with an error code."""


@dataclass
class Stub:
    """Attributes:
    models: name -> its tags, aliases and versions; a version is its source, run and tags.
    answers: answers a request in its place, or declines with False.
    heard: method, path and headers of every request.
    page: versions or models on a page.
    """

    port: int = 0
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    runs: dict[str, Any] = field(default_factory=dict)
    logged: dict[str, Any] = field(default_factory=dict)
    experiments: dict[str, str] = field(default_factory=dict)
    answers: Callable[[BaseHTTPRequestHandler], bool] = lambda _: False
    heard: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    page: int = 2
    lock: threading.Lock = field(default_factory=threading.Lock)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def add(self, name: str, files: dict[str, bytes], *, alias: str = "", source: str = "", run: str = "") -> str:
        """A version that somebody registered; answers its number."""
        root = f"0/{next(self.numbers)}/artifacts"
        self.files |= {f"{root}/{path}": data for path, data in files.items()}
        model = self.models.setdefault(name, {"tags": {}, "aliases": {}, "versions": {}, "last": 0})
        model["last"] += 1
        number = str(model["last"])
        model["versions"][number] = {"source": source or f"mlflow-artifacts:/{root}", "run_id": run, "tags": {}}
        if alias:
            model["aliases"][alias] = number
        return number

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> bytes:
        """What it says to a request."""
        if path.startswith(FILES):
            return self._artifacts(method, unquote(path[len(FILES):].strip("/")), query, body)
        said = json.loads(body) if body else query
        call = getattr(self, f"{method}_{path.removeprefix(API).replace('/', '_').replace('-', '_')}".lower(), None)
        if call is None and path.startswith(f"{API}logged-models/"):
            return json.dumps({"model": {"info": self.logged[path.rpartition("/")[2]]}}).encode()
        if call is None:
            raise Refusal(404, "ENDPOINT_NOT_FOUND", path)
        return json.dumps(call(said)).encode()

    def _artifacts(self, method: str, path: str, query: dict[str, str], body: bytes) -> bytes:
        if method == "PUT":
            self.files[path] = body
            return b"{}"
        if path:
            if path not in self.files:
                raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", "no such file")
            return self.files[path]
        below = f"{query['path']}/"
        names = {one.removeprefix(below).partition("/")[::2] for one in self.files if one.startswith(below)}
        listed = {name: bool(rest) for name, rest in names}
        return json.dumps({"files": [{"path": name, "is_dir": folder} for name, folder in listed.items()]}).encode()

    def _model(self, name: str) -> dict[str, Any]:
        if name not in self.models:
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", f"Registered Model with name={name} not found")
        return self.models[name]

    def _version(self, name: str, number: str) -> dict[str, Any]:
        found = self._model(name)["versions"].get(number)
        if found is None:
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", f"Model Version (name={name}, version={number}) not found")
        return found

    def _told_model(self, name: str) -> dict[str, Any]:
        one = self._model(name)
        return {"name": name, "tags": _pairs(one["tags"]), "aliases": [{"alias": key, "version": value} for key, value in one["aliases"].items()]}

    def _told_version(self, name: str, number: str) -> dict[str, Any]:
        one = self._version(name, number)
        return {"name": name, "version": number, "run_id": one["run_id"], "source": one["source"], "tags": _pairs(one["tags"])}

    def _page(self, key: str, found: list[Any], said: dict[str, str]) -> dict[str, Any]:
        begin = int(said.get("page_token", "0"))
        more = {"next_page_token": str(begin + self.page)} if begin + self.page < len(found) else {}
        return {key: found[begin:begin + self.page], **more} if found else {}

    def get_registered_models_get(self, said: Any) -> Any:
        return {"registered_model": self._told_model(said["name"])}

    def get_registered_models_search(self, said: Any) -> Any:
        return self._page("registered_models", [self._told_model(name) for name in sorted(self.models)], said)

    def post_registered_models_create(self, said: Any) -> Any:
        if said["name"] in self.models:
            raise Refusal(400, "RESOURCE_ALREADY_EXISTS", said["name"])
        self.models[said["name"]] = {"tags": {}, "aliases": {}, "versions": {}, "last": 0}
        return {}

    def post_registered_models_set_tag(self, said: Any) -> Any:
        self._model(said["name"])["tags"][said["key"]] = said["value"]
        return {}

    def post_registered_models_alias(self, said: Any) -> Any:
        self._version(said["name"], said["version"])
        self._model(said["name"])["aliases"][said["alias"]] = said["version"]
        return {}

    def delete_registered_models_alias(self, said: Any) -> Any:
        self._model(said["name"])["aliases"].pop(said["alias"], None)
        return {}

    def get_model_versions_get(self, said: Any) -> Any:
        return {"model_version": self._told_version(said["name"], said["version"])}

    def get_model_versions_search(self, said: Any) -> Any:
        name = said["filter"].removeprefix("name='").removesuffix("'")
        return self._page("model_versions", [self._told_version(name, one) for one in self.models.get(name, {"versions": {}})["versions"]], said)

    def get_model_versions_get_download_uri(self, said: Any) -> Any:
        return {"artifact_uri": self._version(said["name"], said["version"])["source"]}

    def post_model_versions_create(self, said: Any) -> Any:
        root = self.runs[said["run_id"]]["info"]["artifact_uri"]
        if not said["source"].startswith(f"{root}/"):
            raise Refusal(400, "INVALID_PARAMETER_VALUE", "the source is not the run's")
        number = self.add(said["name"], {}, source=said["source"], run=said["run_id"])
        self._version(said["name"], number)["tags"] = {one["key"]: one["value"] for one in said["tags"]}
        return {"model_version": self._told_version(said["name"], number)}

    def delete_model_versions_delete(self, said: Any) -> Any:
        self._version(said["name"], said["version"])
        del self.models[said["name"]]["versions"][said["version"]]
        aliases = self.models[said["name"]]["aliases"]
        for one in [alias for alias, number in aliases.items() if number == said["version"]]:
            del aliases[one]
        return {}

    def get_experiments_get_by_name(self, said: Any) -> Any:
        if said["experiment_name"] not in self.experiments:
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", "no such experiment")
        return {"experiment": {"experiment_id": self.experiments[said["experiment_name"]]}}

    def post_experiments_create(self, said: Any) -> Any:
        self.experiments[said["name"]] = str(len(self.experiments) + 1)
        return {"experiment_id": self.experiments[said["name"]]}

    def post_runs_create(self, said: Any) -> Any:
        run = f"run{next(self.numbers)}"
        self.runs[run] = {"info": {"run_id": run, "artifact_uri": f"mlflow-artifacts:/{said['experiment_id']}/{run}/artifacts", "status": "RUNNING"}}
        return {"run": self.runs[run]}

    def post_runs_update(self, said: Any) -> Any:
        self.runs[said["run_id"]]["info"]["status"] = said["status"]
        return {}

    def get_runs_get(self, said: Any) -> Any:
        if said["run_id"] not in self.runs:
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", "no such run")
        return {"run": self.runs[said["run_id"]]}


def _pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> bool:
    """Send an answer."""
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
    return True


@contextmanager
def stub() -> Iterator[Stub]:
    """The server while it runs."""
    here = Stub()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            here.heard.append((self.command, self.path, dict(self.headers)))
            if here.answers(self):
                return
            try:
                with here.lock:
                    told = here.answer(self.command, parts.path, {key: one[0] for key, one in parse_qs(parts.query).items()}, body)
                answer(self, 200, told)
            except Refusal as refusal:
                status, code, message = refusal.args
                answer(self, status, json.dumps({"error_code": code, "message": message}).encode())

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names that the library calls

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    here.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
