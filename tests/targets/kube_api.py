"""The API of Kubernetes on this machine, and a KServe that never starts anything.

The server keeps what a client of it sees: objects with uid, resourceVersion and generation, preconditions, the status as a
subresource, server-side apply with owners of fields and its conflicts, lists in pages, deletion that waits for finalizers, and a
Status for each refusal. Of maps only the values in them have owners. kube_real.py has the same tests run against a real API server, if there is one.

`Controller` is what KServe and Knative would do to an InferenceService: a revision for each template, traffic, conditions. It is a
function from an object to its next status, so that it can be run behind a real API server as well.
"""

from __future__ import annotations

import contextlib
import copy
import datetime
import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TOKEN, NAMESPACE = "the-token", "models"
SERVICES = f"/apis/serving.kserve.io/v1beta1/namespaces/{NAMESPACE}/inferenceservices"
REVISIONS = f"/apis/serving.knative.dev/v1/namespaces/{NAMESPACE}/revisions"
MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
FOREGROUND = "foregroundDeletion"


@dataclass
class Controller:
    """Attributes:
    fails: which storage URIs never get ready.
    knows: model formats that a runtime serves.
    collects: whether what is deleted goes away.
    revisions: those that were made by the last looks.
    """

    fails: set[str] = field(default_factory=set)
    knows: tuple[str, ...] = ("sklearn", "onnx")
    collects: bool = True
    revisions: list[dict[str, Any]] = field(default_factory=list)
    memory: dict[str, dict[str, Any]] = field(default_factory=dict)

    def status(self, found: dict[str, Any]) -> dict[str, Any]:
        """The next status of an InferenceService."""
        model = found["spec"]["predictor"].get("model", {})
        if model.get("modelFormat", {}).get("name") not in self.knows:
            return {"conditions": [_condition("Ready", "False", "NoSupportingRuntime")],
                    "modelStatus": {"transitionStatus": "InvalidSpec", "lastFailureInfo": {"reason": "NoSupportingRuntime", "message": "No runtime found"}}}
        known = self.memory.setdefault(found["metadata"]["uid"], {"templates": [], "latest": "", "rolled": ""})
        predictor = dict(found["spec"]["predictor"])
        percent = predictor.pop("canaryTrafficPercent", None)
        template = json.dumps([found["metadata"].get("annotations"), predictor], sort_keys=True)
        if template not in known["templates"][-1:]:
            known["templates"].append(template)
            self.revisions.append({"apiVersion": "serving.knative.dev/v1", "kind": "Revision", "spec": {}, "metadata": {
                "name": f"{found['metadata']['name']}-predictor-{len(known['templates']):05d}", "annotations": found["metadata"].get("annotations")}})
        made = f"{found['metadata']['name']}-predictor-{len(known['templates']):05d}"
        ready = model.get("storageUri") not in self.fails
        known["latest"] = made if ready else known["latest"]
        share = 100 if percent is None or not known["rolled"] else percent
        traffic = [{"revisionName": known["latest"], "latestRevision": True, "percent": share}] if known["latest"] else []
        if share < 100:
            traffic.append({"revisionName": known["rolled"], "latestRevision": False, "percent": 100 - share, "tag": "prev"})
        elif known["latest"]:
            known["rolled"] = known["latest"]
        return {
            "observedGeneration": len(known["templates"]),
            "conditions": [_condition("PredictorReady", *(("True",) if ready else ("False", "RevisionFailed", "the container crashed"))),
                           _condition("Ready", *(("True",) if ready else ("False", "PredictorNotReady", "the predictor is not ready"))),
                           _condition("Stopped", "False")],
            "components": {"predictor": {"latestCreatedRevision": made, "latestReadyRevision": known["latest"], "traffic": traffic,
                                         "latestRolledoutRevision": known["rolled"]}},
        }


def _condition(name: str, status: str, reason: str = "", message: str = "") -> dict[str, str]:
    return {key: one for key, one in (("type", name), ("status", status), ("reason", reason), ("message", message)) if one}


class Api:
    """The server's state, and what it answers."""

    def __init__(self, controller: Controller) -> None:
        self.controller, self.lock, self.version = controller, threading.RLock(), 100
        self.objects: dict[str, dict[str, Any]] = {}
        self.log: list[tuple[str, str]] = []
        self.before: Callable[[str, str], tuple[int, bytes, dict[str, str]] | None] = lambda method, path: None

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers."""
        parts = urlsplit(target)
        self.log.append((method, parts.path))
        if (special := self.before(method, parts.path)) is not None:
            return special
        with self.lock:
            if headers.get("Authorization") != f"Bearer {TOKEN}":
                status, told = refusal(401, "Unauthorized", "Unauthorized")
            else:
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                status, told = self._route(method, parts.path, query, headers.get("Content-Type"), json.loads(body) if body else {})
        return status, json.dumps(told).encode(), {}

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """An administrator's request."""
        status, told, _ = self.answer(method, path, {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}, b"" if body is None else json.dumps(body).encode())
        return status, json.loads(told)

    def _route(self, method: str, path: str, query: dict[str, str], kind: str | None, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        collection = next((one for one in (SERVICES, MAPS, REVISIONS) if path == one or path.startswith(f"{one}/")), None)
        if collection is None:
            return refusal(404, "NotFound", "the server could not find the requested resource")
        name, _, sub = path.removeprefix(collection).strip("/").partition("/")
        if not name:
            return self._create(collection, body, query) if method == "POST" else self._list(collection, query)
        key, found = f"{collection}/{name}", self.objects.get(f"{collection}/{name}")
        if method == "PATCH" and kind == "application/apply-patch+yaml":
            return self._apply(key, found, body, query)
        if found is None:
            return refusal(404, "NotFound", f'"{name}" not found', name=name)
        if method == "GET":
            self._work(key)
            return 200, copy.deepcopy(self.objects.get(key, found))
        if method == "PUT":
            return self._put(key, found, body, query, status_only=sub == "status")
        return self._delete(key, found, body) if method == "DELETE" else refusal(405, "MethodNotAllowed", "no such verb")

    def _list(self, collection: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        every = [self.objects[key] for key in sorted(self.objects) if key.startswith(f"{collection}/")]
        start, limit = int(query.get("continue", "0")), int(query.get("limit", "500"))
        more = str(start + limit) if start + limit < len(every) else ""
        return 200, {"kind": "List", "metadata": {"resourceVersion": str(self.version), **({"continue": more} if more else {})}, "items": every[start : start + limit]}

    def _create(self, collection: str, body: dict[str, Any], query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        key = f"{collection}/{body['metadata']['name']}"
        if key in self.objects:
            return refusal(409, "AlreadyExists", f'"{body["metadata"]["name"]}" already exists', name=body["metadata"]["name"])
        made = copy.deepcopy(body)
        made["metadata"] |= {"uid": f"uid-{self.version}", "generation": 1, "managedFields": []}
        made.pop("status", None)
        own(made, query.get("fieldManager", "unknown"), "Update", leaves(made))
        return 201, self._keep(key, made)

    def _put(self, key: str, found: dict[str, Any], body: dict[str, Any], query: dict[str, str], *, status_only: bool) -> tuple[int, dict[str, Any]]:
        wanted = body["metadata"].get("resourceVersion")
        if wanted not in (None, "", found["metadata"]["resourceVersion"]):
            return stale(found)
        made = copy.deepcopy(found if status_only else body)
        made["status"] = (body if status_only else found).get("status")
        if made["status"] is None:
            made.pop("status")
        made["metadata"] = copy.deepcopy({**(found if status_only else body)["metadata"], **{
            one: found["metadata"][one] for one in ("uid", "generation", "managedFields", "resourceVersion")}})
        if made == found:
            return 200, copy.deepcopy(found)
        changed = {path for path in {*leaves(found), *leaves(made)} if value_at(found, path) != value_at(made, path)}
        own(made, query.get("fieldManager", "unknown"), "Update", changed & set(leaves(made)), away=changed)
        made["metadata"]["generation"] += made.get("spec") != found.get("spec")
        return 200, self._keep(key, made)

    def _apply(self, key: str, found: dict[str, Any] | None, body: dict[str, Any], query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        uid, version = body["metadata"].get("uid"), body["metadata"].get("resourceVersion")
        if found is None:
            if uid or version:
                return refusal(409, "Conflict", f"uid mismatch: the provided object specified uid {uid}, and no existing object was found")
            body = {**body, "metadata": {**body["metadata"], "name": key.rpartition("/")[2]}}
            return self._create(key.rpartition("/")[0], body, query)
        if uid not in (None, found["metadata"]["uid"]):
            return refusal(409, "Conflict", "uid mismatch")
        if version not in (None, found["metadata"]["resourceVersion"]):
            return stale(found)
        manager, wanted = query["fieldManager"], leaves(body)
        conflicts = [(path, other) for path in wanted for other, owned in owners(found) if other != (manager, "Apply") and path in owned
                     and value_at(found, path) != value_at(body, path)]
        if conflicts and query.get("force") != "true":
            causes = [{"reason": "FieldManagerConflict", "message": f'conflict with "{other[0]}"', "field": "." + ".".join(path)} for path, other in conflicts]
            return refusal(409, "Conflict", f"Apply failed with {len(causes)} conflicts", causes=causes)
        made, before = copy.deepcopy(found), next((owned for other, owned in owners(found) if other == (manager, "Apply")), frozenset())
        shared = {path for other, owned in owners(found) if other != (manager, "Apply") for path in owned}
        for path in before - set(wanted) - shared:
            drop(made, path)
        for path in wanted:
            put(made, path, value_at(body, path))
        own(made, manager, "Apply", set(wanted), away={path for path, _ in conflicts}, anew=True)
        if made == found:
            return 200, copy.deepcopy(found)
        made["metadata"]["generation"] += made.get("spec") != found.get("spec")
        return 200, self._keep(key, made)

    def _delete(self, key: str, found: dict[str, Any], body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        wanted = body.get("preconditions") or {}
        for what in ("uid", "resourceVersion"):
            if wanted.get(what) not in (None, found["metadata"][what]):
                return refusal(409, "Conflict", f"Precondition failed: {what} in precondition: {wanted[what]}, {what} in object meta: {found['metadata'][what]}")
        if body.get("propagationPolicy") == "Foreground" and not self.controller.collects:
            found["metadata"] |= {"deletionTimestamp": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}", "finalizers": [FOREGROUND]}
            self._keep(key, found)
        else:
            del self.objects[key]
            for one in [one for one in self.objects if key.startswith(SERVICES) and one.startswith(f"{REVISIONS}/{found['metadata']['name']}-predictor-")]:
                del self.objects[one]
        return 200, copy.deepcopy(found)

    def _keep(self, key: str, made: dict[str, Any]) -> dict[str, Any]:
        self.version += 1
        made["metadata"]["resourceVersion"] = str(self.version)
        self.objects[key] = made
        answered = copy.deepcopy(made)
        self._work(key)
        return answered

    def _work(self, key: str) -> None:
        """What the controller does between two requests: it too makes another version of the object."""
        found = self.objects.get(key)
        if found is None or not key.startswith(SERVICES) or found["metadata"].get("deletionTimestamp"):
            return
        status = self.controller.status(found)
        while self.controller.revisions:
            self._create(REVISIONS, self.controller.revisions.pop(), {"fieldManager": "knative"})
        if found.get("status") != status:
            self.version += 1
            found["status"] = status
            found["metadata"]["resourceVersion"] = str(self.version)


Path_ = tuple[str, ...]


def leaves(found: dict[str, Any]) -> list[Path_]:
    """The fields that have owners; lists are one field."""
    told: list[Path_] = []

    def walk(at: Path_, value: Any) -> None:
        if isinstance(value, dict) and value:
            for key, inner in value.items():
                walk((*at, key), inner)
        else:
            told.append(at)

    for key in ("spec", "data"):
        if key in found:
            walk((key,), found[key])
    for key in ("annotations", "labels"):
        walk(("metadata", key), found["metadata"].get(key) or {"": None})
    return [path for path in told if path[-1]]


def value_at(found: dict[str, Any], path: Path_) -> Any:
    """A field's value."""
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def put(found: dict[str, Any], path: Path_, value: Any) -> None:
    """Set a field."""
    for key in path[:-1]:
        found = found.setdefault(key, {})
    found[path[-1]] = copy.deepcopy(value)


def drop(found: dict[str, Any], path: Path_) -> None:
    """Take a field away."""
    for key in path[:-1]:
        found = found.get(key, {})
    found.pop(path[-1], None)


def owners(found: dict[str, Any]) -> list[tuple[tuple[str, str], frozenset[Path_]]]:
    """Manager and operation, and the fields of each."""

    def walk(at: Path_, fields: dict[str, Any]) -> Iterator[Path_]:
        for key, inner in fields.items():
            yield from walk((*at, key[2:]), inner) if inner else iter([(*at, key[2:])])

    return [((one["manager"], one["operation"]), frozenset(walk((), one["fieldsV1"]))) for one in found["metadata"]["managedFields"]]


def own(made: dict[str, Any], manager: str, operation: str, paths: Any, *, away: Any = (), anew: bool = False) -> None:
    """Give fields to a manager, and take those that changed away from the others."""
    kept = {who: set(owned) - (set(away) if who != (manager, operation) else set()) for who, owned in owners(made)}
    kept[(manager, operation)] = set(paths) if anew else kept.get((manager, operation), set()) | set(paths)
    entries = []
    for (name, how), owned in kept.items():
        fields: dict[str, Any] = {}
        for path in sorted(owned):
            inner = fields
            for key in path:
                inner = inner.setdefault(f"f:{key}", {})
        if fields:
            entries.append({"manager": name, "operation": how, "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields})
    made["metadata"]["managedFields"] = entries


def refusal(code: int, reason: str, message: str, *, name: str = "", causes: Any = ()) -> tuple[int, dict[str, Any]]:
    """A Status."""
    details = {**({"name": name} if name else {}), **({"causes": list(causes)} if causes else {})}
    return code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code, **({"details": details} if details else {})}


def stale(found: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The refusal of a write under another version."""
    return refusal(409, "Conflict", f'Operation cannot be fulfilled on "{found["metadata"]["name"]}": the object has been modified; please apply your changes to the latest version')


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine that is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "api server")])
    now = datetime.datetime.now(datetime.UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
            .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(hours=9))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256()))
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()))
    return folder / "ca.pem", folder / "key.pem"


@contextlib.contextmanager
def serving(api: Api, ca: Path, key: Path) -> Iterator[str]:
    """The server on a port of this machine; answers host and port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, told, headers = api.answer(self.command, self.path, self.headers, body)
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(told)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(told)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(ca, key)
    server.socket = trust.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
