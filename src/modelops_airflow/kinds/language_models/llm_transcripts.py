"""Transcripts: what a language model answered, one line of JSON a request, so that a run can be repeated without it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...digest import Digest, canonical, parse_digest
from ...errors import ArtifactError

KEPT = "transcripts.jsonl"
"""Name of the file that goes into the evidence."""

LARGEST = 256 << 20
_MOST_TOKENS = 10_000_000


@dataclass(frozen=True)
class Exchange:
    """One question and its answer.

    Attributes:
        request: digest of everything that was sent.
        prompt: digest of the prompt's texts before the row's values stood in them.
        model: id of the model that says it answered.
        finish: why it ended, such as stop, length or content_filter.
        prompt_tokens, completion_tokens: as the endpoint counts them; None where it does not.
    """

    request: Digest
    prompt: Digest
    model: str
    finish: str
    answer: str
    prompt_tokens: int | None
    completion_tokens: int | None


def written(exchanges: Iterable[tuple[int, Exchange]]) -> bytes:
    """The lines, each with the number of the first row that asked."""
    return b"".join(canonical({"row": row, **vars(one)}) + b"\n" for row, one in exchanges)


def read_transcripts(data: bytes, what: str) -> dict[Digest, Exchange]:
    """Exchanges by request; a request may stand there more than once with one answer.

    Raises:
        ArtifactError: a line is none, or two answer the same request differently.
    """
    if len(data) > LARGEST:
        raise ArtifactError(f"{what} has more than {LARGEST >> 20} MiB")
    found: dict[Digest, Exchange] = {}
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            one = _exchange(json.loads(line.decode("utf-8")))
            if found.setdefault(one.request, one) != one:
                raise ValueError("the same request has another answer above")
        except (ValueError, RecursionError) as error:
            raise ArtifactError(f"line {number} of {what} is no transcript: {error or 'it is too deep'}"[:300]) from None
    return found


def demand_of(exchanges: Mapping[Digest, Exchange], model: str, prompt: Digest, what: str) -> None:
    """Refuse transcripts of another model or prompt.

    Raises:
        ArtifactError: one is.
    """
    for one in exchanges.values():
        if (one.model, one.prompt) != (model, prompt):
            raise ArtifactError(f"{what} is not of this description: request {one.request} was answered by {one.model!r} to prompt {one.prompt}; "
                                f"expected {model!r} and {prompt}; seal it again")


def _exchange(line: Any) -> Exchange:
    if not isinstance(line, dict) or line.keys() != {"row", *Exchange.__dataclass_fields__}:
        raise ValueError(f"expected the keys row, {', '.join(Exchange.__dataclass_fields__)} and no other")
    for name in ("model", "finish", "answer"):
        if not isinstance(line[name], str):
            raise ValueError(f"{name} is no text")
    line["answer"].encode("utf-8")  # half of a surrogate pair is no text
    counts = (tokens(line["prompt_tokens"]), tokens(line["completion_tokens"]))
    if tokens(line["row"]) is None:
        raise ValueError("row is no number")
    return Exchange(parse_digest(str(line["request"])), parse_digest(str(line["prompt"])), line["model"], line["finish"], line["answer"], *counts)


def tokens(value: object) -> int | None:
    """A count; None where there is none.

    Raises:
        ValueError: it is no count.
    """
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_TOKENS:
        raise ValueError(f"{str(value)[:40]!r} is no count")
    return value
