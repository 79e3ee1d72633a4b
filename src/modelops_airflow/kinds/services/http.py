"""HTTP: a model behind an address, asked as its description says, with a connection that Airflow knows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING, Any

from ...connections import Connections
from ...errors import ArtifactError, DataError
from ...spec.problem import SpecError
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind
from . import mapped_json, open_inference
from .address import Address, address_of
from .http_caller import Caller, Reply
from .plain_values import answers, parse_answer
from .service_description import V2, Service, parse_service

if TYPE_CHECKING:
    import pyarrow as pa


@kind("http", suffixes=(".yaml", ".yml"))
class Http(Kind):
    """A service, a vendor's or your own: Open Inference Protocol v2, or JSON as its description maps it."""

    accepts = ("text",)

    def findings(self, data: bytes) -> Findings:
        """Mistakes of the description; nothing is asked."""
        try:
            _service(data)
        except SpecError as error:
            return Findings(False, findings=tuple(str(problem) for problem in error.problems))
        return Findings(True)

    def described(self, data: bytes) -> Mapping[str, str]:
        """Protocol, model and pinned version."""
        service = _service(data)
        told = {"protocol": service.protocol, "path": _path(service), "model version": service.model_version,
                "version header": service.version_header, "pinned version": service.version}
        return {what: fact for what, fact in told.items() if fact}

    def load(self, artifact: VerifiedArtifact, *, connection: str, private: bool = False, connections: Connections) -> Scorer:
        """A scorer that asks the service; nothing is asked before it is.

        Args:
            connection: name of an Airflow connection of the type http, with host, scheme and credentials; of a local run the
                variable AIRFLOW_CONN_NAME has its URL.
            private: whether the service may be in a private network or on this machine.
        """
        return ServiceScorer(_service(artifact.bytes), connection, private=private, connections=connections)


def _service(data: bytes) -> Service:
    try:
        return parse_service(data.decode("utf-8"), "service description")
    except UnicodeDecodeError:
        raise ArtifactError("the service description is not UTF-8 text") from None


def _path(service: Service) -> str:
    return f"{open_inference.model_path(service)}/infer" if service.protocol == V2 else str(service.path)


class ServiceScorer(Scorer):
    """Asks a service."""

    def __init__(self, service: Service, connection: str, *, private: bool, connections: Connections) -> None:
        self._service, self._connection, self._private, self._connections = service, connection, private, connections
        self._protocol = open_inference if service.protocol == V2 else mapped_json
        self._said: str | None = None
        self._rows = self._requests = 0

    def score(self, rows: pa.Table) -> pa.Table:
        """The service's answers, `batch` rows a request, or one."""
        caller, service = self._caller, self._service
        batch = service.batch if service.protocol == V2 or service.request.rows else 1
        predictions: list[Any] = []
        scores: list[Any] | None = None if service.answer.score is None else []
        try:
            for start in range(0, rows.num_rows, batch):
                told, more = self._answers(caller, rows.slice(start, batch))
                predictions += told
                if scores is not None:
                    scores += more or []
        except ArtifactError as error:
            raise ArtifactError(f"rows {start} to {min(start + batch, rows.num_rows) - 1} of the data: {error}") from None
        finally:
            caller.close()
        return answers(predictions, scores)

    def trouble(self) -> str:
        """Why the service cannot be asked now."""
        path = _health(self._service)
        try:
            caller = self._caller
            status = caller.ask("GET", path).status if path else 200
            caller.close()
        except ArtifactError as error:
            return str(error)
        return "" if status == 200 else f"{path} of the service answers with status {status}; expected 200"

    def version(self) -> str:
        """The version that answered; empty where the service says none, or was not asked."""
        return self._said or ""

    def notes(self) -> tuple[str, ...]:
        """Which version answered, and how much was asked."""
        if not self._requests:
            return ()
        said = f"answered by version {self._said}" if self._said else "the service does not say which version answered"
        return (said, f"asked: {self._rows} rows in {self._requests} requests")

    def timed(self) -> Mapping[str, bytes]:
        """`service.json`: times, repetitions and cost of what was asked."""
        if not self._requests:
            return {}
        service, traffic = self._service, self._caller.traffic
        told: dict[str, Any] = {
            "version": self.version(), "rows": self._rows, "requests": self._requests, "sent_again": traffic.again,
            "seconds": {"median": round(median(traffic.seconds), 6), "maximum": round(max(traffic.seconds), 6)},
        }
        if service.cost_per_row is not None:
            told["cost"] = {"amount": self._rows * service.cost_per_row, "currency": service.currency}
        return {"service.json": json.dumps(told, indent=1, sort_keys=True).encode()}

    @cached_property
    def _caller(self) -> Caller:
        """Made when something is asked, so that the address is looked up once."""
        service = self._service
        return Caller(self._address(), timeout=service.timeout, retries=service.retries, per_second=service.per_second)

    def _address(self) -> Address:
        try:
            url = self._connections(self._connection)
        except DataError as error:
            raise ArtifactError(str(error)) from None
        except Exception as error:  # Airflow's own, which may repeat what is secret
            raise ArtifactError(f"connection {self._connection!r} cannot be read: {type(error).__name__}") from None
        return address_of(url, self._connection, private=self._private)

    def _answers(self, caller: Caller, part: pa.Table) -> tuple[list[Any], list[Any] | None]:
        reply = caller.ask("POST", _path(self._service), self._protocol.body_of(part, self._service))
        if reply.status != 200:
            raise ArtifactError(f"the service answered with status {reply.status}; expected 200{_advice(reply.status)}")
        answer = parse_answer(reply.body, reply.headers.get("content-type", ""))
        self._hear(reply, answer)
        found: tuple[list[Any], list[Any] | None] = self._protocol.answers_in(answer, part.num_rows, self._service)
        self._rows, self._requests = self._rows + part.num_rows, self._requests + 1
        return found

    def _hear(self, reply: Reply, answer: Any) -> None:
        """Which version answered: the one that is pinned, and the same each time."""
        service, header = self._service, self._service.version_header
        inside = open_inference.version_in(answer) if service.protocol == V2 else ""
        said = reply.headers.get(header.lower(), "") if header else inside
        if ((header or service.version) and not said) or len(said) > 200 or not said.isprintable():
            raise ArtifactError(f"the service does not say in {header or 'model_version'} which version answered")
        for found, pinned in ((said, service.version), (inside, service.model_version)):
            if pinned and found and found != pinned:
                raise ArtifactError(f"version {found[:200]} answered; the description pins {pinned}")
        if self._said not in (None, said):
            raise ArtifactError(f"version {said or 'unknown'} answered, and version {self._said or 'unknown'} before it; expected one for all rows")
        self._said = said


def _health(service: Service) -> str:
    """The path that says whether the service can be asked; empty where none is known."""
    return service.health or (f"{open_inference.model_path(service)}/ready" if service.protocol == V2 else "")


def _advice(status: int) -> str:
    if status in (401, 403):
        return "; are the credentials of the connection right?"
    if 300 <= status < 400:
        return "; it points elsewhere, and nothing is followed: name the right path"
    return "; is the path right, and what is sent?" if status in (400, 404, 405, 415, 422) else ""
