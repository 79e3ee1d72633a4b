"""What a document is made of. A number cannot be written: only looked up in a pack, with where it stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..digest import canonical

LAW = frozenset({"Local Law 144", "6 RCNY 5-300 to 5-304"})
"""Names of rules, which may hold figures of our own."""
LAW_REFERENCE = re.compile(r"Regulation \(EU\) 20\d\d/\d{1,4}|Art\. \d{1,3}(\(\d{1,2}\))?")
"""References to an act and its articles, the only other figures of ours in a text."""
SECTION = re.compile(r"[1-9](\([a-h]\))?")
"""The number of a section, in front of its heading."""


@dataclass(frozen=True)
class Source:
    """Where in a pack something stands.

    Attributes:
        evidence: digest of the evidence: of a statement as it was judged, of any other member its bytes.
        member: the file in the pack; `asked` for what whoever wrote the document gave.
        pointer: JSON pointer (RFC 6901) into it, or into the statement in its envelope.
        about: for a measurement its step, metric and where, in words.
    """

    evidence: str
    member: str
    pointer: str
    about: str = ""


@dataclass(frozen=True)
class Words:
    """Words of ours, without a figure in them.

    Raises:
        ValueError: there is one; cite it.
    """

    text: str

    def __post_init__(self) -> None:
        if any(letter.isnumeric() for letter in self.text) and self.text not in LAW and not LAW_REFERENCE.fullmatch(self.text):
            raise ValueError(f"{self.text!r} holds a number that nobody cites; take it from the pack")


@dataclass(frozen=True)
class Cited:
    """A number, or what somebody wrote, as it stands in a pack.

    Attributes:
        value: as the JSON has it.
    """

    value: str | int | float | bool | None
    source: Source

    @property
    def exact(self) -> str:
        """The value as the JSON has it, so that a reader finds the same figures there."""
        return self.value if isinstance(self.value, str) else "not known" if self.value is None else canonical(self.value).decode()

    @property
    def shown(self) -> str:
        """The value for the eye: four decimals, unless that would move it onto a rounder number, where thresholds lie."""
        if not isinstance(self.value, float) or len(self.exact) <= 6:
            return self.exact
        rounded = f"{self.value:.4f}"
        return self.exact if rounded.endswith("0") else rounded


Inline = Words | Cited
Line = tuple[Inline, ...]


@dataclass(frozen=True)
class Heading:
    """A heading of a section.

    Attributes:
        number: of a document whose sections a law numbers.

    Raises:
        ValueError: the number is none of a section.
    """

    words: Words
    level: int = 2
    number: str = ""

    def __post_init__(self) -> None:
        if self.number and not SECTION.fullmatch(self.number):
            raise ValueError(f"{self.number!r} is no number of a section")


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    line: Line


@dataclass(frozen=True)
class Gap:
    """Evidence that is missing or too old, in the place where it would stand."""

    line: Line


@dataclass(frozen=True)
class Table:
    """Rows under heads; a cell is a line."""

    heads: tuple[Words, ...]
    rows: tuple[tuple[Line | Gap, ...], ...]


@dataclass(frozen=True)
class Figure:
    """A picture that we drew of one statement.

    Attributes:
        svg: ours, in which everything is escaped.
        drawn_of: the statement.
    """

    svg: str
    drawn_of: Cited


Part = Heading | Paragraph | Gap | Table | Figure


@dataclass(frozen=True)
class Document:
    """A document: title, as of which day, and its parts."""

    title: Words
    parts: tuple[Part, ...]

    def cited(self) -> Iterator[Cited]:
        """Everything that is cited, in order."""
        for part in self.parts:
            for one in _inlines(part):
                if isinstance(one, Cited):
                    yield one

    def evidence(self) -> dict[tuple[str, str], str]:
        """(member, digest) -> id of the evidence in this document, in order of use."""
        found: dict[tuple[str, str], str] = {}
        for one in self.cited():
            found.setdefault((one.source.member, one.source.evidence), f"e{len(found) + 1}")
        return found


def _inlines(part: Part) -> Iterator[Inline]:
    if isinstance(part, Heading):
        yield part.words
    elif isinstance(part, Table):
        for row in part.rows:
            for cell in row:
                yield from cell.line if isinstance(cell, Gap) else cell
    elif isinstance(part, Figure):
        yield part.drawn_of
    else:
        yield from part.line


def line(*parts: str | Inline) -> Line:
    """A line; plain text is ours and holds no figure."""
    return tuple(Words(one) if isinstance(one, str) else one for one in parts)


def table(heads: Sequence[str], rows: Sequence[Sequence[str | Inline | Gap | Line]]) -> Table:
    """A table; a cell is words, something cited, a line of both, or a gap."""
    return Table(tuple(Words(one) for one in heads),
                 tuple(tuple(cell if isinstance(cell, (Gap, tuple)) else line(cell) for cell in row) for row in rows))


def gap(*parts: str | Inline) -> Gap:
    """A gap."""
    return Gap(line(*parts))
