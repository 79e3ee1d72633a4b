"""From a row to a request: values stand literally where the prompt has their column's name, and nothing in them is read as a template."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...digest import Digest, digest_of
from ...errors import ArtifactError
from .llm_description import Description

if TYPE_CHECKING:
    import pyarrow as pa


def requests_of(description: Description, tools: Sequence[Any], rows: pa.Table) -> Iterator[dict[str, Any]]:
    """What is sent for each row, but for where and with which key.

    Raises:
        ArtifactError: a column is not there, or a row has no value for it.
    """
    if missing := [name for name in description.inputs if name not in rows.column_names]:
        raise ArtifactError(f"the prompt needs columns the data does not have: {', '.join(missing)}")
    fixed: dict[str, Any] = {"model": description.model, **description.decoding.sent(), **({"tools": list(tools)} if tools else {})}
    columns = [rows[name].to_pylist() for name in description.inputs]
    for number, values in enumerate(zip(*columns, strict=True)):
        words = {name: _text(value, name, number) for name, value in zip(description.inputs, values, strict=True)}
        system = [{"role": "system", "content": filled(description.prompt.system, words)}] if description.prompt.system else []
        yield {**fixed, "messages": [*system, {"role": "user", "content": filled(description.prompt.user, words)}]}


def digests_of(requests: Sequence[Mapping[str, Any]]) -> list[Digest]:
    """Digest of each request, by which its answer is found again."""
    return [digest_of(dict(one)) for one in requests]


def filled(template: str, words: Mapping[str, str]) -> str:
    """The template with each `{name}` replaced once; a value that looks like a placeholder stays as it is."""
    names = re.compile("|".join(re.escape(f"{{{name}}}") for name in words))
    return names.sub(lambda found: words[found.group(0)[1:-1]], template)


def _text(value: object, name: str, row: int) -> str:
    """A value as it stands in a prompt."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    what = "no value" if value is None or isinstance(value, float) else f"a {type(value).__name__}"
    raise ArtifactError(f"row {row} of the data has {what} in {name!r}, which stands in the prompt; expected a text, a number or a time")
