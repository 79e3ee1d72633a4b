"""The API of Kubernetes, as far as it is needed: objects of one namespace by name, written under the version that was read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from ..digest import canonical
from ..errors import TargetError
from .cluster import Cluster
from .web import ask

LARGEST = 8 << 20
"""Bytes of one answer."""
PAGE, PAGES = 100, 100
"""Objects of one page of a list, and pages at most."""
APPLY = "application/apply-patch+yaml"
"""Server-side apply; JSON is YAML."""


class Outrun(TargetError):
    """Somebody else wrote between our look and our write: look again."""


@dataclass(frozen=True)
class Kubernetes:
    """Attributes:
    cluster: where and with what; asked each time, since tokens are renewed.
    seconds: that one request may take.
    """

    cluster: Callable[[], Cluster]
    namespace: str
    seconds: float

    def get(self, kind: Kind, name: str) -> dict[str, Any] | None:
        """An object; None if there is none of the name."""
        status, body = self._ask("GET", kind, name)
        return None if status == 404 and _reason(body) == "NotFound" and _names(body, name) else self._fine(status, body, f"{kind} {name} cannot be read")

    def every(self, kind: Kind) -> list[dict[str, Any]]:
        """Every object of a kind.

        Raises:
            TargetError: the list has no end, or changed too long ago to be read on.
        """
        found: list[dict[str, Any]] = []
        more = ""
        for _ in range(PAGES):
            page = self._fine(*self._ask("GET", kind, "", {"limit": str(PAGE), **({"continue": more} if more else {})}), f"every {kind} cannot be listed")
            items, metadata = page.get("items"), page.get("metadata")
            if not isinstance(items, list) or not all(isinstance(one, dict) for one in items) or not isinstance(metadata, dict):
                raise TargetError(f"every {kind} cannot be listed: the API server answers no list")
            found += items
            more = str(metadata.get("continue") or "")
            if not more:
                return found
        raise TargetError(f"namespace {self.namespace} has more than {PAGE * PAGES} {kind}s, or a list without an end")

    def create(self, kind: Kind, name: str, body: Mapping[str, Any], manager: str) -> dict[str, Any]:
        """A new object.

        Raises:
            Outrun: there is one of the name.
        """
        status, answer = self._ask("POST", kind, "", {"fieldManager": manager}, body)
        return self._fine(status, answer, f"{kind} {name} cannot be made")

    def replace(self, kind: Kind, name: str, body: Mapping[str, Any], manager: str) -> dict[str, Any]:
        """Write an object over the version that its metadata names.

        Raises:
            Outrun: it is another version by now, or gone.
        """
        status, answer = self._ask("PUT", kind, name, {"fieldManager": manager}, body)
        if status == 404:
            raise Outrun(f"{kind} {name} is gone")
        return self._fine(status, answer, f"{kind} {name} cannot be written")

    def apply(self, kind: Kind, name: str, body: Mapping[str, Any], manager: str) -> dict[str, Any]:
        """Server-side apply upon the object and version that the body's metadata names; whose fields are taken over, the caller has seen.

        Raises:
            Outrun: it is another version by now, or gone.
        """
        status, answer = self._ask("PATCH", kind, name, {"fieldManager": manager, "force": "true"}, body)
        return self._fine(status, answer, f"{kind} {name} cannot be applied")

    def delete(self, kind: Kind, name: str, uid: str, version: str) -> None:
        """Delete an object, and first what was made of it; fine if it is gone.

        Raises:
            Outrun: it is another object or version by now.
        """
        status, answer = self._ask("DELETE", kind, name, body={
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground", "preconditions": {"uid": uid, "resourceVersion": version}})
        if status != 404:
            self._fine(status, answer, f"{kind} {name} cannot be deleted")

    def _ask(self, method: str, kind: Kind, name: str, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        cluster = self.cluster()
        path = f"{kind.root}/namespaces/{quote(self.namespace, safe='')}/{kind.plural}" + (f"/{quote(name, safe='')}" if name else "")
        headers = {"Authorization": f"Bearer {cluster.token}", "Accept": "application/json", "User-Agent": "modelops-airflow"}
        if body is not None:
            headers["Content-Type"] = APPLY if method == "PATCH" else "application/json"
        answer = ask(method, cluster.address, f"{path}?{urlencode(query)}" if query else path, headers, None if body is None else canonical(body),
                     private=cluster.private, seconds=self.seconds, largest=LARGEST, trust=cluster.trust)
        try:
            told = json.loads(answer.body)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            raise TargetError(f"{cluster.address} answers {answer.status} and no JSON object; is it the API server of Kubernetes?")
        return answer.status, told

    def _fine(self, status: int, answer: dict[str, Any], what: str) -> dict[str, Any]:
        """The answer, if it is no refusal."""
        if 200 <= status < 300:
            return answer
        said = _printable(str(answer.get("message") or _reason(answer) or "nothing"))
        if status == 409:
            raise Outrun(f"{what}: {said}")
        hint = {401: "; the token is not taken", 403: f"; what the service account needs in namespace {self.namespace} is in docs/how-to/deploy-to-other-places.md"}
        raise TargetError(f"{what}: the API server answers {status}: {said}{hint.get(status, '')}")


@dataclass(frozen=True)
class Kind:
    """A kind of objects.

    Attributes:
        root: path of its API group and version.
    """

    name: str
    root: str
    plural: str

    def __str__(self) -> str:
        return self.name


def _reason(answer: Mapping[str, Any]) -> str:
    return str(answer.get("reason") or "")


def _names(answer: Mapping[str, Any], name: str) -> bool:
    """Whether it is this object that is not there, and not its kind."""
    details = answer.get("details")
    return isinstance(details, dict) and details.get("name") == name


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)[:500]
