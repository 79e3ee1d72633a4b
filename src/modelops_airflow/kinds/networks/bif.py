"""BIF, the text form of Bayesian networks, read here and not by the inference library: its parser is never given a stranger's text.

Of the form that tools agree on: discrete variables, `table` for variables without parents, and one row for each combination of the
parents' labels, or `default`, for the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ...errors import ArtifactError
from .bayes_network import Network, combinations, network_of

_TOKEN = re.compile(r'\s+|//[^\n]*|/\*.*?\*/|(?P<word>"[^"\n]*"|[^\s{}()\[\]|,;"/]+)|(?P<sign>[{}()\[\]|,;])|(?P<other>.)', re.DOTALL)


def read_bif(text: str) -> Network:
    """The network of a BIF text.

    Raises:
        ArtifactError: it is none, with its line.
    """
    return _Reader(text).network()


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "other":
            raise ArtifactError(f"line {line} of the network has the character {match.group()!r}, which BIF has not")
        if match.lastgroup is not None:
            yield match.group().strip('"') if match.lastgroup == "word" else match.group(), line
        line += match.group().count("\n")
    yield "", line


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next, self._line = next(self._tokens)
        self.labels: dict[str, list[str]] = {}
        self.parents: dict[str, list[str]] = {}
        self.tables: dict[str, list[list[float]]] = {}

    def network(self) -> Network:
        """All blocks."""
        blocks = {"network": self._network, "variable": self._variable, "probability": self._probability}
        while self._next:
            word = self._take()
            if word not in blocks:
                raise self._error(f"{word!r} is no block; expected {', '.join(blocks)}")
            blocks[word]()
        for name in self.labels:
            self.parents.setdefault(name, [])
        return network_of(self.labels, self.parents, self.tables)

    def _error(self, why: str) -> ArtifactError:
        return ArtifactError(f"line {self._line} of the network: {why[:300]}")

    def _take(self, expected: str = "") -> str:
        taken = self._next
        if not taken or (expected and taken != expected):
            raise self._error(f"{taken or 'the end'!r} stands where {expected or 'more'!r} is expected")
        following = next(self._tokens, ("", self._line))
        self._next, self._line = following
        return taken

    def _until(self, end: str) -> list[str]:
        """Words up to a sign, without commas."""
        found = []
        while self._next != end:
            word = self._take()
            if word in "{}()[];|":
                raise self._error(f"{word!r} stands where {end!r} is expected")
            if word != ",":
                found.append(word)
        self._take(end)
        return found

    def _property(self) -> None:
        while self._take() != ";":
            pass

    def _network(self) -> None:
        while self._next != "{":
            self._take()
        self._take("{")
        while self._next != "}":
            self._property()
        self._take("}")

    def _variable(self) -> None:
        name = self._take()
        if name in self.labels:
            raise self._error(f"variable {name!r} is there twice")
        self._take("{")
        while self._next != "}":
            word = self._take()
            if word == "property":
                self._property()
                continue
            if word != "type" or name in self.labels:
                raise self._error(f"{word!r} is nothing of a variable; expected one type, or property")
            if self._take() != "discrete":
                raise self._error(f"variable {name!r} is not discrete; expected type discrete")
            self._labels(name)
        self._take("}")
        if name not in self.labels:
            raise self._error(f"variable {name!r} has no type")

    def _labels(self, name: str) -> None:
        self._take("[")
        many = self._take()
        self._take("]")
        self._take("{")
        self.labels[name] = self._until("}")
        self._take(";")
        if many != str(len(self.labels[name])):
            raise self._error(f"variable {name!r} has {len(self.labels[name])} labels and says {many}")

    def _probability(self) -> None:
        self._take("(")
        name, given = self._take(), []
        if self._next == "|":
            self._take("|")
            given = self._until(")")
        else:
            self._take(")")
        if name in self.tables or any(one not in self.labels for one in (name, *given)):
            raise self._error(f"the table of {name!r} is there twice, or of a variable that is not declared before it")
        self.parents[name] = given
        self._take("{")
        self.tables[name] = self._rows(name, given)
        self._take("}")

    def _rows(self, name: str, given: Sequence[str]) -> list[list[float]]:
        rows: dict[tuple[str, ...], list[float]] = {}
        places = combinations(self.labels, given)
        known, default = set(places), None
        while self._next != "}":
            word = self._take()
            if word == "property":
                self._property()
            elif word == "default" and default is None:
                default = self._numbers()
            elif word == "table" and not given and not rows:
                rows[()] = self._numbers()
            elif word == "(":
                labels = tuple(self._until(")"))
                if labels not in known or labels in rows:
                    raise self._error(f"the table of {name!r} has the row {', '.join(labels)} twice, or it is none of its parents' labels")
                rows[labels] = self._numbers()
            else:
                raise self._error(f"{word!r} in the table of {name!r}; expected one row for each combination of its parents' labels")
        return self._whole(name, places, rows, default)

    def _whole(self, name: str, places: Sequence[tuple[str, ...]], rows: Mapping[tuple[str, ...], list[float]], default: list[float] | None) -> list[list[float]]:
        found = [rows.get(place, default) for place in places]
        whole = [row for row in found if row is not None]
        if len(whole) < len(found):
            raise self._error(f"the table of {name!r} lacks the row ({', '.join(places[found.index(None)])})")
        return whole

    def _numbers(self) -> list[float]:
        told = self._until(";")
        try:
            return [float(one) for one in told]
        except ValueError:
            raise self._error(f"{' '.join(told)[:100]!r} are no numbers") from None
