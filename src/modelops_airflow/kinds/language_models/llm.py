"""llm: a language model behind an address, with a pinned prompt; its answers are sealed, and scored again without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...connections import Connections, no_connections
from ...digest import Digest, digest_bytes
from ...errors import ArtifactError
from ...spec.problem import SpecError
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind
from .llm_answer import read_answer
from .llm_endpoint import Endpoint, Patience
from .llm_parcel import Parcel, parcel_of
from .llm_prompt import digests_of, requests_of
from .llm_transcripts import KEPT, Exchange, demand_of, read_transcripts, written

if TYPE_CHECKING:
    import pyarrow as pa


@kind("llm", suffixes=(".yaml", ".yml", ".zip"))
class Llm(Kind):
    """A language model with a pinned id, prompt and decoding, asked through an endpoint of the OpenAI chat format, or replayed from sealed transcripts.

    The artifact is a description in YAML, or a folder with `llm.yaml`, `tools/NAME.json` for each tool, and transcripts (`*.jsonl`).
    `with` names one of two: a `connection`, through which the model is asked a row each, and what it said is kept as
    `transcripts.jsonl` in the evidence; or `transcripts`, a file of the folder, from which the same answers come without a network.
    """

    accepts = ("text", "zip archive")

    def findings(self, data: bytes) -> Findings:
        """Mistakes of the description, files that do not belong to it, tools of other digests, transcripts of other prompts."""
        try:
            parcel = parcel_of(data)
        except SpecError as error:
            return Findings(False, findings=tuple(str(problem) for problem in error.problems))
        except ArtifactError as error:
            return Findings(False, findings=(str(error),))
        return Findings(True, findings=tuple(parcel.mistakes()))

    def described(self, data: bytes) -> Mapping[str, str]:
        """Model, and digests of prompt, tools, decoding and transcripts."""
        parcel = parcel_of(data)
        return {**parcel.description.digests(), **{name: digest_bytes(parcel.members[name]) for name in parcel.sealed}}

    def load(
        self,
        artifact: VerifiedArtifact,
        *,
        connection: str = "",
        transcripts: str = "",
        timeout: float = 60.0,
        retries: int = 2,
        at_once: int = 4,
        most_seconds: int = 3600,
        connections: Connections = no_connections,
    ) -> Scorer:
        """The model, to be asked or replayed.

        Args:
            connection: name of the connection with the endpoint's URL and key, `https://:KEY@host/v1`.
            transcripts: name of a file of the artifact's folder; then nothing is asked.
            timeout: of one request, from its start to the last byte (seconds, 0.1 to 600).
            retries: how often a request is repeated after status 408, 429, 500, 502, 503, 504 or a broken line (0 to 10).
            at_once: requests at the same time (1 to 32).
            most_seconds: for all requests of a step together (seconds, 1 to 86400).
        """
        parcel = parcel_of(artifact.bytes)
        if bool(connection) == bool(transcripts):
            raise ArtifactError("kind llm is to be asked through a connection or replayed from transcripts; name one of the two under model.with")
        if transcripts:
            return _LlmScorer(parcel, None, transcripts, parcel.transcripts(transcripts))
        endpoint = Endpoint(connections(connection), connection, Patience(timeout, retries, at_once, most_seconds))
        return _LlmScorer(parcel, endpoint, "", {})


class _LlmScorer(Scorer):
    """Asks, or remembers.

    Args:
        endpoint: None for a replay.
        sealed: name of the transcripts of a replay.
        known: answers by request.
    """

    def __init__(self, parcel: Parcel, endpoint: Endpoint | None, sealed: str, known: dict[Digest, Exchange]) -> None:
        self._description, self._tools = parcel.description, parcel.tools()
        self._endpoint, self._sealed, self._known = endpoint, sealed, known
        self._asked: dict[Digest, int] = {}
        self._rows = 0

    def score(self, rows: pa.Table) -> pa.Table:
        """The prediction of each text."""
        return self.said(rows).select(["prediction"])

    def said(self, rows: pa.Table) -> pa.Table:
        """Each text, and what it came to."""
        import pyarrow as pa

        found = self._exchanges(rows)
        described = self._description
        readings = [read_answer(one.answer, one.finish, described.answers, described.refusals) for one in found]
        return pa.table({
            "request": pa.array([one.request for one in found], pa.string()),
            "prediction": pa.array([one.prediction for one in readings], pa.string()),
            "state": pa.array([one.state for one in readings], pa.string()),
            "answer": pa.array([one.answer for one in found], pa.string()),
            "finish": pa.array([one.finish for one in found], pa.string()),
            "prompt_tokens": pa.array([one.prompt_tokens for one in found], pa.int64()),
            "completion_tokens": pa.array([one.completion_tokens for one in found], pa.int64()),
            "closed": pa.array([described.answers.form == "labels"] * len(found), pa.bool_()),
            "replayed": pa.array([self._endpoint is None] * len(found), pa.bool_()),
        })

    def kept(self) -> Mapping[str, bytes]:
        """The transcripts of all that was asked; the same bytes for a replay of it."""
        return {KEPT: written((row, self._known[request]) for request, row in self._asked.items())} if self._asked else {}

    def recall(self, kept: Mapping[str, bytes]) -> None:
        """Take answers that the same model gave before in this run for its answers."""
        if KEPT in kept:
            found = read_transcripts(kept[KEPT], KEPT)
            demand_of(found, self._description.model, self._description.prompt_digest, KEPT)
            self._known = {**found, **self._known}

    def notes(self) -> tuple[str, ...]:
        """Who answered."""
        if self._endpoint is None:
            return (f"answers: those of {self._sealed} in the artifact, sealed by who made it; the model {self._description.model} was not asked in this run",)
        return (f"answers: of {self._description.model}, asked in this run through connection {self._endpoint.name}",)

    def _exchanges(self, rows: pa.Table) -> list[Exchange]:
        """An exchange a row, in order; each request is asked once, whatever rows share it."""
        requests = list(requests_of(self._description, self._tools, rows))
        try:
            digests = digests_of(requests)
        except ValueError as error:
            raise ArtifactError(f"a row of the data cannot be sent: {error}") from None
        lacking = {digest: request for digest, request in zip(digests, requests, strict=True) if digest not in self._known}
        if lacking and self._endpoint is None:
            first = next(place for place, digest in enumerate(digests) if digest in lacking)
            raise ArtifactError(f"row {first} asks what {self._sealed} has no answer to ({len(lacking)} of {len(set(digests))} requests); "
                                "ask the model through a connection, and seal what it says")
        if self._endpoint is not None and lacking:
            for one in self._endpoint.ask(lacking, self._description.prompt_digest):
                demand_of({one.request: one}, self._description.model, one.prompt, f"the answer of connection {self._endpoint.name!r}")
                self._known[one.request] = one
        for place, digest in enumerate(digests):
            self._asked.setdefault(digest, self._rows + place)
        self._rows += len(digests)
        return [self._known[digest] for digest in digests]
