"""A real API server of Kubernetes, if there is one: `MODELOPS_KUBE_APISERVER` and `MODELOPS_ETCD` name the programs.

Debian has etcd as the package `etcd-server`, and the API server as source: `apt-get source kubernetes`, then
`make WHAT=cmd/kube-apiserver` with Debian's Go 1.19 and rsync, some 7 minutes of CPU time; its vendored reflect2 crashes with that Go and gives
way to that of `golang-github-modern-go-reflect2-dev`. Too long for CI, so it is run by hand. KServe itself is not there: its kind is defined with the fields
that are used, and the controller of kube_api.py sets the status. The token of the target has the Role of the how-to and no more.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from kube_api import FOREGROUND, MAPS, NAMESPACE, REVISIONS, SERVICES, TOKEN, Controller

SERVER, STORE, ADMIN = os.environ.get("MODELOPS_KUBE_APISERVER"), os.environ.get("MODELOPS_ETCD", "etcd"), "the-admin"
PAGE = Path(__file__).parents[2] / "docs/how-to/deploy-to-other-places.md"
ANY = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def defined(group: str, version: str, kind: str) -> dict[str, Any]:
    """A kind with whatever fields."""
    plural = f"{kind.lower()}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group, "scope": "Namespaced", "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "versions": [{"name": version, "served": True, "storage": True, "subresources": {"status": {}},
                          "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": ANY, "status": ANY}}}}],
        },
    }


def port() -> int:
    """A free port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Real:
    """An API server, its store, and an administrator's requests to it."""

    def __init__(self, folder: Path, ca: Path, key: Path) -> None:
        self.trust, self.lock = ssl.create_default_context(cafile=ca), threading.Lock()
        store, peer, self.port = port(), port(), port()
        (folder / "tokens.csv").write_text(f'{ADMIN},admin,1,system:masters\n{TOKEN},system:serviceaccount:models:modelops,2\n')
        quiet = {"stdout": (folder / "server.log").open("wb"), "stderr": subprocess.STDOUT}
        self.processes = [
            subprocess.Popen([STORE, "--data-dir", str(folder / "etcd"), "--listen-client-urls", f"http://127.0.0.1:{store}", "--advertise-client-urls",
                              f"http://127.0.0.1:{store}", "--listen-peer-urls", f"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls",
                              f"http://127.0.0.1:{peer}", "--initial-cluster", f"default=http://127.0.0.1:{peer}"], **quiet),
            subprocess.Popen([str(SERVER), "--etcd-servers", f"http://127.0.0.1:{store}", "--secure-port", str(self.port), "--bind-address", "127.0.0.1",
                              "--tls-cert-file", str(ca), "--tls-private-key-file", str(key), "--token-auth-file", str(folder / "tokens.csv"),
                              "--authorization-mode", "RBAC", "--service-account-issuer", "https://models.example", "--service-account-key-file", str(key),
                              "--service-account-signing-key-file", str(key), "--service-cluster-ip-range", "10.0.0.0/24",
                              "--disable-admission-plugins", "ServiceAccount"], **quiet)]

    def ask(self, method: str, path: str, body: Any = None, token: str = ADMIN) -> tuple[int, dict[str, Any]]:
        """Status and answer."""
        asked = urllib.request.Request(f"https://127.0.0.1:{self.port}{path}", method=method, data=None if body is None else json.dumps(body).encode(),
                                       headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(asked, context=self.trust, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    def prepare(self) -> None:
        """Wait for the server, and make the kind, the namespace and the Role of the how-to."""
        until = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError, ValueError):
                if self.ask("GET", "/api/v1/namespaces/default")[0] == 200:
                    break
            assert time.monotonic() < until, "the API server does not start"
            time.sleep(0.2)
        for kind in (("serving.kserve.io", "v1beta1", "InferenceService"), ("serving.knative.dev", "v1", "Revision")):
            assert self.ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", defined(*kind))[0] == 201
        assert self.ask("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})[0] == 201
        rules = "/apis/rbac.authorization.k8s.io/v1/namespaces/models/"
        for one in yaml.safe_load_all(re.findall(r"```yaml\n(apiVersion: rbac.*?)```", PAGE.read_text(), re.DOTALL)[0]):
            assert self.ask("POST", f"{rules}{one['kind'].lower()}s", one)[0] == 201, one
        while (self.ask("GET", SERVICES)[0], self.ask("GET", REVISIONS)[0]) != (200, 200):
            time.sleep(0.1)

    def clear(self) -> None:
        """Delete what a test left."""
        for path in (SERVICES, MAPS, REVISIONS):
            for one in self.ask("GET", path)[1]["items"]:
                self.ask("DELETE", f"{path}/{one['metadata']['name']}")

    @contextlib.contextmanager
    def controlled(self, controller: Controller) -> Iterator[None]:
        """KServe's part, and the garbage collector's, while a test runs."""
        end, looks = threading.Event(), {}

        def work() -> None:
            while not end.wait(0.005):
                for one in self.ask("GET", SERVICES)[1].get("items", ()):
                    self._work(one, controller, looks)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join(20)

    def _work(self, one: dict[str, Any], controller: Controller, looks: dict[str, int]) -> None:
        path, metadata = f"{SERVICES}/{one['metadata']['name']}", one["metadata"]
        if metadata.get("deletionTimestamp"):
            if FOREGROUND in metadata.get("finalizers", ()) and controller.collects:
                for made in self.ask("GET", REVISIONS)[1]["items"]:
                    if made["metadata"]["name"].startswith(f"{metadata['name']}-predictor-"):
                        self.ask("DELETE", f"{REVISIONS}/{made['metadata']['name']}")
                metadata["finalizers"] = []
                self.ask("PUT", path, one)
            return
        status = controller.status(one)
        while controller.revisions:
            self.ask("POST", REVISIONS, controller.revisions.pop())
        if status != one.get("status"):
            self.ask("PUT", f"{path}/status", {**one, "status": status})

    def end(self) -> None:
        """End both."""
        for one in reversed(self.processes):
            one.terminate()
            one.wait(30)
