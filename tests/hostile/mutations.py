"""Small changes to valid files, by a seeded generator: the same numbers give the same files."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from corpus import strings
from yaml_kinds import SCALARS, quoted

MARKS = ":-?[]{},#&*!|>'\"%@`~\t \n\\0\x00\x85\u2028\u202e\ufeff\ud800é🙂"


def mutants(texts: Sequence[str], count: int, seed: int) -> Iterator[str]:
    """Each differs from a valid file in one to four places."""
    chance = random.Random(seed)
    hostile = strings()
    for _ in range(count):
        text = chance.choice(texts)
        for _ in range(chance.randint(1, 4)):
            text = chance.choice(_CHANGES)(text, chance, hostile)
        yield text


def _drop(text: str, chance: random.Random, _: Sequence[str]) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + text[at + chance.randint(1, 8):]


def _insert(text: str, chance: random.Random, _: Sequence[str]) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(MARKS) * chance.randint(1, 3) + text[at:]


def _lines(text: str, chance: random.Random, _: Sequence[str]) -> str:
    lines = text.split("\n")
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    if chance.random() < 0.5:
        lines[one], lines[two] = lines[two], lines[one]
    else:
        lines.insert(two, lines[one])
    return "\n".join(lines)


def _indent(text: str, chance: random.Random, _: Sequence[str]) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    lines[at] = " " * chance.randint(0, 9) + lines[at].lstrip()
    return "\n".join(lines)


def _value(text: str, chance: random.Random, hostile: Sequence[str]) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    key, colon, _ = lines[at].partition(":")
    chosen = chance.choice(SCALARS) if chance.random() < 0.5 else quoted(chance.choice(hostile))
    lines[at] = f"{key}: {chosen}" if colon else f"{lines[at]} {chosen}"
    return "\n".join(lines)


def _key(text: str, chance: random.Random, hostile: Sequence[str]) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    _, colon, rest = lines[at].partition(":")
    lines[at] = f"{indent}{quoted(chance.choice(hostile))}:{rest}" if colon else lines[at]
    return "\n".join(lines)


def _cut(text: str, chance: random.Random, _: Sequence[str]) -> str:
    return text[: chance.randrange(len(text) + 1)]


_CHANGES = (_drop, _insert, _lines, _indent, _value, _value, _key, _cut)
