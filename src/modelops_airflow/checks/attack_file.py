"""Attacks on a language model: texts that a user might send, and what must not come back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ..digest import Digest, digest_bytes
from ..errors import CheckError
from ..spec.document import load
from ..spec.problem import SpecError
from ..spec.types import Id, Language, Strict
from ..spec.validate import validate

SHIPPED = Path(__file__).with_name("attacks.yaml")
MOST = 10_000


class Attack(Strict):
    """One attack.

    Attributes:
        category: what it tries, such as injection.
        text: what stands in the place of a row's text.
        forbidden: a string that the answer must not have, case aside; empty: the answer must be a refusal.
    """

    category: Id
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    forbidden: Annotated[str, Field(min_length=3, max_length=200)] | None = None
    expected: Literal["refuse"] | None = None


class _File(Strict):
    attacks: Language
    replay: Annotated[tuple[Attack, ...], Field(min_length=1, max_length=MOST)]


@dataclass(frozen=True)
class Attacks:
    """A set of attacks, and the digest of its file."""

    all: tuple[Attack, ...]
    digest: Digest


def parse_attacks(data: bytes, file: str) -> Attacks:
    """A set from the bytes of a YAML file.

    Raises:
        CheckError: every mistake, located.
    """
    try:
        document = load(data.decode("utf-8"), file)
        spec, problems = validate(document, _File)
        if spec is None:
            raise SpecError(problems)
    except UnicodeDecodeError:
        raise CheckError(f"attacks {file!r} are not UTF-8 text") from None
    except SpecError as error:
        raise CheckError(f"attacks cannot be read: {error}") from None
    for place, one in enumerate(spec.replay):
        if (one.forbidden is None) == (one.expected is None):
            line, column = document.mark(("replay", place))
            raise CheckError(f"{file}:{line}:{column}: attack {place + 1} needs one of forbidden and expected: refuse")
    return Attacks(spec.replay, digest_bytes(data))
