"""The XML of a PMML file, looked at without expanding anything, before a Java program gets to see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from ...errors import ArtifactError

LARGEST, DEEPEST, MOST_ELEMENTS = 64 << 20, 200, 2_000_000
"""Bytes, levels and elements of a file."""

FUNCTIONS = ("classification", "regression")
_SPACE = re.compile(r"http://www\.dmg\.org/PMML-(\d)_(\d)")
TYPES = ("double", "float", "integer", "string")
_TO_ELSEWHERE = {"TableLocator", "XTable"}
_APART = {"Header", "MiningBuildTask", "DataDictionary", "TransformationDictionary", "Extension"}


@dataclass
class PmmlFile:
    """What the file says.

    Attributes:
        model: element of the model.
        inputs: columns that the model reads -> their type: double, float, integer or string.
        derives_integers: whether it makes whole numbers of them.
    """

    version: str = ""
    model: str = ""
    function: str = ""
    application: str = ""
    derives_integers: bool = False
    inputs: dict[str, str] = field(default_factory=dict)
    text: str = ""


def read_pmml(data: bytes) -> PmmlFile:
    """A PMML file of one model for classification or regression.

    Raises:
        ArtifactError: it is none, or one that asks for entities, other files or other places.
    """
    if len(data) > LARGEST:
        raise ArtifactError(f"the model has {len(data)} bytes; expected at most {LARGEST}")
    reader = _Reader()
    try:
        text = data.decode("utf-8")
        reader.parser.Parse(data, True)
    except (UnicodeDecodeError, expat.ExpatError) as error:
        raise ArtifactError(f"this is no PMML: {error}") from None
    found = reader.whole()
    found.text = text
    return found


class _Reader:
    """Follows the elements; keeps what is needed and nothing else."""

    def __init__(self) -> None:
        self.file, self._path, self._elements = PmmlFile(), list[str](), 0
        self._fields: dict[str, str] = {}
        self._mined: dict[str, str] = {}
        self.parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
        self.parser.StartDoctypeDeclHandler = self._refuse("a document type")
        self.parser.EntityDeclHandler = self._refuse("an entity")
        self.parser.ProcessingInstructionHandler = self._refuse("a processing instruction")
        self.parser.XmlDeclHandler = self._declared

    def _refuse(self, what: str) -> Callable[..., None]:
        def refused(*_: object) -> None:
            raise ArtifactError(f"the file has {what}; expected elements alone, since a document type or entity can name other files and burst the memory")

        return refused

    def _declared(self, _version: str, encoding: str | None, _alone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            raise ArtifactError(f"the file says it is written in {encoding[:20]}; expected UTF-8")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        self._elements += 1
        if len(self._path) >= DEEPEST or self._elements > MOST_ELEMENTS:
            raise ArtifactError(f"the file has more than {DEEPEST} levels or {MOST_ELEMENTS} elements")
        if not self._path:
            self._root(space, local, attributes)
        elif local in _TO_ELSEWHERE:
            raise ArtifactError(f"the file has {local}, a table in another place; expected all of the model in the file")
        if local == "DerivedField" and attributes.get("dataType") == "integer":
            self.file.derives_integers = True
        self._path.append(local)
        self._keep(tuple(self._path[1:]), attributes)

    def _end(self, _name: str) -> None:
        self._path.pop()

    def _root(self, space: str, local: str, attributes: Mapping[str, str]) -> None:
        known = _SPACE.fullmatch(space)
        if local != "PMML" or known is None or known[1] not in "34":
            raise ArtifactError(f"the root is {local[:40]} of {space[:60] or 'no name space'}; expected PMML of http://www.dmg.org/PMML-4_4, or an earlier one")
        self.file.version = attributes.get("version", f"{known[1]}.{known[2]}")[:20]

    def _keep(self, path: tuple[str, ...], attributes: Mapping[str, str]) -> None:
        match path:
            case ("Header", "Application"):
                self.file.application = f"{attributes.get('name', '')} {attributes.get('version', '')}".strip()[:100]
            case ("DataDictionary", "DataField"):
                if attributes.get("name", "") in self._fields:
                    raise ArtifactError(f"the file declares the field {attributes['name'][:40]!r} twice")
                self._fields[attributes.get("name", "")] = attributes.get("dataType", "")
            case (model,) if model not in _APART:
                if self.file.model:
                    raise ArtifactError(f"the file has the models {self.file.model} and {model[:40]}; expected one")
                self.file.model, self.file.function = model[:60], attributes.get("functionName", "")[:60]
            case (model, "MiningSchema", "MiningField") if model == self.file.model:
                self._mined[attributes.get("name", "")] = attributes.get("usageType", "active")

    def whole(self) -> PmmlFile:
        """What was read, if it is one model of columns that we can give it."""
        file = self.file
        if file.function not in FUNCTIONS:
            raise ArtifactError(f"the file's model is {file.model or 'not there'} for {file.function or 'nothing'}; expected one for {' or '.join(FUNCTIONS)}")
        for name in (name for name, usage in self._mined.items() if usage == "active"):
            kind = self._fields.get(name)
            if kind not in TYPES:
                raise ArtifactError(f"the field {name[:40]!r} is {kind or 'not declared'}; expected one of {', '.join(TYPES)}")
            file.inputs[name] = kind
        return file
