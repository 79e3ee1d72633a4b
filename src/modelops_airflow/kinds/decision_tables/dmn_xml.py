"""DMN as a tree of elements with their lines: no document type, no entities, limits on size, depth and number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from ...errors import ArtifactError
from ...spec.document import HIDDEN

LARGEST, DEEPEST, MOST = 4 << 20, 60, 200_000
"""Bytes, depth and elements of a file."""

NAMESPACES: Mapping[str, str] = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
"""Namespace -> version of DMN."""


@dataclass
class Element:
    """An element of DMN; those of other languages are left out with all that is in them.

    Attributes:
        name: without its namespace.
        line: where it begins, from 1.
        text: its own text.
    """

    name: str
    line: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> Iterator[Element]:
        """Its children of a name."""
        return (one for one in self.children if one.name == name)

    def one(self, name: str) -> Element | None:
        """Its first child of a name."""
        return next(self.all(name), None)

    def words(self) -> str:
        """The text of its element `text`, trimmed; empty if there is none."""
        inner = self.one("text")
        return inner.text.strip() if inner is not None else ""


def read_xml(data: bytes) -> tuple[Element, str]:
    """The element `definitions`, and the version of DMN.

    Raises:
        ArtifactError: it is no DMN that is read here; the message has the line.
    """
    if len(data) > LARGEST:
        raise ArtifactError(f"the file has {len(data)} bytes; expected at most {LARGEST}")
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ArtifactError(f"line {error.lineno}: this is not XML: {expat.errors.messages[error.code]}") from None
    root = reader.root
    if root is None or root.name != "definitions":
        raise ArtifactError(f"this is no DMN: expected the element definitions of one of {', '.join(NAMESPACES)}")
    return root, reader.version


class _Reader:
    def __init__(self) -> None:
        self.root: Element | None = None
        self.version = ""
        self._open: list[Element | None] = []
        self._number = 0
        self.parser = parser = expat.ParserCreate("UTF-8", " ")
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            raise self._wrong(f"the encoding is {encoding[:40]}; expected UTF-8")

    def _doctype(self, *_told: object) -> None:
        raise self._wrong("a document type is not allowed: it can define entities and name other files")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._number += 1
        if len(self._open) >= DEEPEST or self._number > MOST:
            raise self._wrong(f"the file is deeper than {DEEPEST} elements, or has more than {MOST}")
        namespace, _, name = tag.rpartition(" ")
        inside = not self._open or self._open[-1] is not None
        if namespace not in NAMESPACES or not inside or (self.version and NAMESPACES[namespace] != self.version):
            self._open.append(None)
            return
        self.version = NAMESPACES[namespace]
        element = Element(name, self.parser.CurrentLineNumber, attributes)
        for text in attributes.values():
            self._look(text)
        if self._open and self._open[-1] is not None:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, _tag: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        if self._open[-1] is not None:
            self._look(text)
            self._open[-1].text += text

    def _look(self, text: str) -> None:
        if hidden := HIDDEN.search(text):
            raise self._wrong(f"character U+{ord(hidden.group()):04X} is not allowed: it shows nothing, or text in another order")

    def _wrong(self, why: str) -> ArtifactError:
        return ArtifactError(f"line {self.parser.CurrentLineNumber}: {why}")
