"""What a service is asked and what it answers, as frozen objects, read with the same strict reader as every other file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from ...spec.document import Document
from ...spec.problem import Problem, SpecError
from ...spec.types import Strict
from ...spec.validate import validated

JSON, V2 = "json", "open-inference-v2"

Dotted = Annotated[str, Field(pattern=r"^[^.\s]+(\.[^.\s]+)*$", max_length=200)]
"""Keys from the outside in, with dots between them."""

Place = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)+/?$", max_length=500)]
"""A path without a query."""

Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$", max_length=100)]
Named = Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]+$", max_length=200)]
Short = Annotated[str, Field(min_length=1, max_length=200)]


class Request(Strict):
    """What is sent.

    Attributes:
        fields: column of the data -> name of the field, or of the input tensor.
        rows: name of the list of rows in one request (json); absent: one row a request.
        tensor: name of the one input that takes all columns, as numbers in this order (v2).
    """

    fields: Annotated[Mapping[Short, Short], Field(min_length=1)]
    rows: Short | None = None
    tensor: Short | None = None


class Answer(Strict):
    """Where the answers are.

    Attributes:
        prediction, score: keys within a row's answer with dots between them (json), or names of output tensors (v2).
        rows: keys of the list of answers (json); absent: the answer is the list.
    """

    prediction: Dotted
    score: Dotted | None = None
    rows: Dotted | None = None


class Service(Strict):
    """A described service.

    Attributes:
        path: where rows are posted (json); what stands before `/v2` (v2).
        version_header: the header of an answer that says which version gave it.
        version: what that must be.
        health: a path that answers 200 where the service can be asked.
        timeout: seconds that one request may take, the connecting aside.
        retries: how often a request is sent again that was not answered.
        per_second: requests in a second, at most.
        batch: rows in a request, at most.
    """

    service: Literal[1]
    protocol: Literal["json", "open-inference-v2"]
    path: Place | None = None
    model_name: Named | None = None
    model_version: Named | None = None
    request: Request
    answer: Answer
    version_header: Token | None = None
    version: Short | None = None
    health: Place | None = None
    timeout: Annotated[float, Field(gt=0, le=600)] = 30.0
    retries: Annotated[int, Field(ge=0, le=10)] = 3
    per_second: Annotated[float, Field(gt=0, le=10_000)] | None = None
    batch: Annotated[int, Field(ge=1, le=100_000)] = 1000
    cost_per_row: Annotated[float, Field(ge=0)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None


def parse_service(text: str, file: str) -> Service:
    """Parse a service description.

    Raises:
        SpecError: every mistake, located.
    """
    document, service = validated(text, file, Service)
    if problems := list(_clashes(service, document)):
        raise SpecError(problems)
    return service


def _clashes(service: Service, document: Document) -> Iterator[Problem]:
    """What is well written and says nothing together."""
    written = {path[0] for path in document.keys}
    for path, wrong, why in (
        (("protocol",), service.protocol == JSON and service.path is None, "protocol json needs path, where rows are posted"),
        (("protocol",), service.protocol == V2 and service.model_name is None, "protocol open-inference-v2 needs model_name"),
        (("model_name",), service.protocol == JSON and service.model_name is not None, "model_name is of open-inference-v2 alone"),
        (("model_version",), service.protocol == JSON and service.model_version is not None, "model_version is of open-inference-v2 alone"),
        (("request", "tensor"), service.protocol == JSON and service.request.tensor is not None, "tensor is of open-inference-v2 alone"),
        (("request", "rows"), service.protocol == V2 and service.request.rows is not None, "rows is of json alone"),
        (("answer", "rows"), service.answer.rows is not None and service.request.rows is None, "answer.rows is for many rows a request; name request.rows too"),
        (("batch",), "batch" in written and service.protocol == JSON and service.request.rows is None,
         "batch is for many rows a request; name request.rows too"),
        (("version",), service.version is not None and service.version_header is None and service.protocol == JSON,
         "version is what the version_header must say; name that too"),
        (("cost_per_row",), (service.cost_per_row is None) != (service.currency is None), "cost_per_row and currency go together"),
        (("request", "fields"), len(set(service.request.fields.values())) < len(service.request.fields), "two columns have the same name"),
    ):
        if wrong:
            line, column = document.mark(path)
            yield Problem(document.file, line, column, "SPEC012", why)
