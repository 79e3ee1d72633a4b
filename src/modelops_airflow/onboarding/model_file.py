"""The file of a model that exists elsewhere: what is known, what was said for all of them, and what a person must still say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..kinds import KINDS
from ..spec.document import HIDDEN
from .found import Found

UNSAID = "TO BE SAID"
"""What the purpose begins with while nobody has written one; `modelops validate` warns of it."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,199}")
FIRST = "0"
"""The version of a model that has none where it is."""


@dataclass(frozen=True)
class Choices:
    """What is said once for every model that is brought.

    Attributes:
        source: where they come from, for people.
        kind: kind of those that cannot be guessed.
        environment: where they are in use.
        all_in_use: also what the source does not say it of is in use.
        waiver: reason and last day; None for none.
        data, baseline: patterns of logged answers and of what they are compared with, `{model}` being the id.
        columns: role -> column of the data.
    """

    source: str
    owner: str
    root: str
    tier: int = 1
    kind: str | None = None
    environment: str = "production"
    all_in_use: bool = False
    waiver: tuple[str, str] | None = None
    data: str | None = None
    baseline: str | None = None
    columns: tuple[tuple[str, str], ...] = ()


def model_file(model_id: str, found: Found, choices: Choices) -> str:
    """The text of the file. It has no life cycle before its data is named: nothing could be looked at."""
    return "".join(f"{line}\n" for line in _lines(model_id, found, choices))


def _lines(model_id: str, found: Found, choices: Choices) -> Iterator[str]:
    kind = found.kind or choices.kind or ""
    yield from (f"# {line}" for line in _head(found, choices))
    yield from ("modelops: 1", "model:", f"  name: {_text(found.name, 200)}")
    yield f"  purpose: {_text(found.purpose or f'{UNSAID}: what it decides, and for whom.', 2000)}"
    yield f"  tier: {choices.tier}"
    yield f"  owner: {choices.owner}"
    yield f"  kind: {kind}"
    yield f"  version: {_text(_version(found.version), 64)}"
    yield f"  artifact: {_text(found.artifact or f'{choices.root}/{model_id}/model{KINDS[kind].suffixes[0] if kind in KINDS else str()}', 500)}"
    if found.in_use or choices.all_in_use:
        yield from _legacy(model_id, found, choices)
    yield from _data(model_id, choices)


def _head(found: Found, choices: Choices) -> Iterator[str]:
    yield f"Brought by `modelops import` from {_plain(choices.source)}: {_plain(found.where)}"
    yield from (f"- {_plain(note)}" for note in found.notes)
    yield f"Still to be said: {', '.join(unsaid(found, choices))}."


def unsaid(found: Found, choices: Choices) -> list[str]:
    """What a person must still say or confirm."""
    used = found.in_use or choices.all_in_use
    return [*(["purpose"] if not found.purpose else []), *(["version"] if not found.version else []), *(["kind"] if found.kind is None else []),
            f"tier ({choices.tier} was put in)", "developers", *(["artifact"] if found.artifact is None else []),
            *(["legacy.digest"] if used and found.digest is None else []), *(["legacy.waiver"] if used and choices.waiver is None else []),
            *(["whether it is in use"] if not used else []), *(["data"] if choices.data is None else [])]


def _legacy(model_id: str, found: Found, choices: Choices) -> Iterator[str]:
    yield from ("legacy:", f"  at: {choices.environment}")
    if found.name != model_id and _NAME.fullmatch(found.name):
        yield f"  name: {_text(found.name, 200)}"
    if found.digest is not None:
        yield f"  digest: {found.digest}"
    if found.since is not None:
        yield f"  since: {found.since}"
    if choices.waiver is not None:
        reason, until = choices.waiver
        yield from ("  waiver:", f"    reason: {_text(reason, 2000)}", f"    until: {until}")


def _data(model_id: str, choices: Choices) -> Iterator[str]:
    if choices.data is None:
        yield "lifecycles: {}"
        return
    yield from ("data:", f"  current: {_text(choices.data.replace('{model}', model_id), 1000)}")
    if choices.baseline is not None:
        yield f"  baseline: {_text(choices.baseline.replace('{model}', model_id), 1000)}"
    yield "  columns:"
    yield from (f"    {role}: {_text(column, 200)}" for role, column in choices.columns)
    yield from ("lifecycles:", "  monitor:", "    uses: logged-monitor")
    roles = dict(choices.columns)
    without = [*(["validate-data", "drift"] if choices.baseline is None else []), *(["performance", "bias"] if "target" not in roles else [])]
    if without:
        yield f"    remove: [{', '.join(without)}]"


def _version(told: str) -> str:
    """The version in the signs that ours may have."""
    return re.sub(r"[^0-9A-Za-z.+_-]+", "-", told).lstrip(".+_-")[:64] or FIRST


def _text(text: str, most: int) -> str:
    """A text in quotes, without what no file may hold."""
    return json.dumps(HIDDEN.sub("", text.replace("\r", ""))[:most], ensure_ascii=False)


def _plain(text: str) -> str:
    """A text on one line of a comment."""
    return " ".join(HIDDEN.sub("", text).split())
