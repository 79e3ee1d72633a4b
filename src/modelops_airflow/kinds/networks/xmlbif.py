"""XMLBIF 0.3, the XML form of Bayesian networks; a document type may declare elements, as many files do, and nothing else."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from ...errors import ArtifactError
from .bayes_network import Network, combinations, network_of


def is_xml(text: str) -> bool:
    """Whether a text is meant as XML."""
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def read_xmlbif(text: str) -> Network:
    """The network of an XMLBIF text.

    Raises:
        ArtifactError: it is none, or declares more than elements.
    """
    text = text.lstrip("\ufeff")
    try:
        _demand_plain(text)
        root = ElementTree.fromstring(text)  # noqa: S314 - without entities it reads nothing and grows by nothing
    except (ElementTree.ParseError, expat.ExpatError, ValueError, RecursionError) as error:
        raise ArtifactError(f"the network is no XML: {str(error)[:200]}") from None
    networks = root.findall("NETWORK")
    if root.tag != "BIF" or len(networks) != 1:
        raise ArtifactError(f"the network is <{root.tag[:50]}> with {len(networks)} <NETWORK>; expected <BIF> with one")
    labels: dict[str, list[str]] = {}
    for one in networks[0].findall("VARIABLE"):
        name = _text(one, "NAME")
        if name in labels or one.get("TYPE", "nature") != "nature":
            raise ArtifactError(f"variable {name!r} is there twice, or is of the type {one.get('TYPE')!r}; expected nature")
        labels[name] = [(outcome.text or "").strip() for outcome in (*one.findall("OUTCOME"), *one.findall("VALUE"))]
    parents: dict[str, list[str]] = {name: [] for name in labels}
    tables: dict[str, list[list[float]]] = {}
    for one in networks[0].findall("DEFINITION"):
        name = _text(one, "FOR")
        given = [(parent.text or "").strip() for parent in one.findall("GIVEN")]
        if name in tables or any(known not in labels for known in (name, *given)):
            raise ArtifactError(f"the table of {name!r} is there twice, or of a variable that is not declared")
        parents[name] = given
        tables[name] = _rows(name, _text(one, "TABLE"), len(labels[name]), len(combinations(labels, given)))
    return network_of(labels, parents, tables)


def _demand_plain(text: str) -> None:
    """Refuse what could read files or grow without end, asked of the parser that reads it afterwards.

    Raises:
        ArtifactError: the document type is elsewhere, or there are entities.
    """

    def doctype(_name: str, system: str | None, public: str | None, _internal: bool) -> None:
        if system is not None or public is not None:
            raise ArtifactError("the network has a document type that is elsewhere; expected none, or one of <!ELEMENT> and <!ATTLIST> in the file")

    def refused(*_told: Any) -> Any:
        raise ArtifactError("the network declares entities; expected XMLBIF without them")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = parser.UnparsedEntityDeclHandler = parser.ExternalEntityRefHandler = refused
    parser.Parse(text, True)


def _text(one: ElementTree.Element, tag: str) -> str:
    """The text of the one child of a tag, comments and spaces around it left out."""
    found = one.findall(tag)
    text = "".join(found[0].itertext()).strip() if len(found) == 1 else ""
    if not text:
        raise ArtifactError(f"a <{one.tag}> has {len(found)} <{tag}>; expected one with a text")
    return text


def _rows(name: str, text: str, wide: int, many: int) -> list[list[float]]:
    """The first <GIVEN> varies slowest, the labels of the variable itself fastest."""
    try:
        numbers = [float(one) for one in text.split()]
    except ValueError:
        raise ArtifactError(f"the table of {name!r} holds something else than numbers") from None
    if len(numbers) != wide * many:
        raise ArtifactError(f"the table of {name!r} has {len(numbers)} numbers; expected {many} rows of {wide}")
    return [numbers[start : start + wide] for start in range(0, len(numbers), wide)]
