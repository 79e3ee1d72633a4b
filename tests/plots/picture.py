"""Reads a picture as a person does: parses the SVG, places everything, and measures bars by the numbers on the axis."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

SHAPES = {"svg", "title", "desc", "rect", "g", "text", "line", "path", "polyline", "circle"}
NUMBER = r"-?[\d,]+(?:\.\d+)?(?:e[+-]?\d+)?"


@dataclass(frozen=True)
class Placed:
    """An element and where its own corner lies in the picture."""

    element: ElementTree.Element
    x: float
    y: float

    @property
    def kind(self) -> str:
        return self.element.tag.rpartition("}")[2]

    def number(self, name: str) -> float:
        return float(self.element.attrib[name])

    @property
    def text(self) -> str:
        """The whole text: that of its title where it is cut."""
        title = self.element.find("{*}title")
        return (title.text if title is not None else self.element.text) or ""


class Picture:
    """A picture; parsing it demands that it is XML, and made of shapes and text alone."""

    def __init__(self, svg: str) -> None:
        self.svg, self.root = svg, ElementTree.fromstring(svg)
        self.all = list(_placed(self.root, 0, 0))
        assert {one.kind for one in self.all} <= SHAPES
        for one in self.all:
            for name, value in one.element.attrib.items():
                assert not name.startswith("on") and "href" not in name and name != "style", name
                assert "url(" not in value and "://" not in value, value

    def of_class(self, name: str) -> list[Placed]:
        return [one for one in self.all if one.element.get("class") == name]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.all if one.kind == "text"]

    def ticks(self) -> dict[float, float]:
        """Pixel -> number of what is written under bars; of a picture with one axis across."""
        found = {}
        for one in self.all:
            if one.kind == "text" and one.element.get("text-anchor") == "middle" and re.fullmatch(NUMBER, one.text):
                found[one.x + one.number("x")] = float(one.text.replace(",", ""))
        return found

    def reads(self, pixel: float) -> float:
        """The number at a pixel, between the outermost ticks."""
        (low, first), *_, (high, last) = sorted(self.ticks().items())
        return first + (pixel - low) / (high - low) * (last - first)

    def bars(self) -> list[tuple[float, float]]:
        """Where each bar begins and ends, in numbers of the axis."""
        return [(self.reads(one.x + one.number("x")), self.reads(one.x + one.number("x") + one.number("width"))) for one in self.of_class("bar")]

    def intervals(self) -> list[tuple[float, float]]:
        """The ends of each interval, in numbers of the axis."""
        return [tuple(self.reads(one.x + float(end)) for end in re.match(r"M(\S+) .*H(\S+?)M", one.element.attrib["d"]).groups())  # type: ignore[union-attr,misc]
                for one in self.of_class("interval")]

    def lines(self, level: str) -> list[float]:
        """Where each threshold stands, in numbers of the axis."""
        return [self.reads(one.x + one.number("x1")) for one in self.of_class(level)]


def _placed(element: ElementTree.Element, x: float, y: float):  # type: ignore[no-untyped-def]
    moved = re.fullmatch(r"translate\((\S+) (\S+)\)", element.get("transform", ""))
    if moved:
        x, y = x + float(moved.group(1)), y + float(moved.group(2))
    yield Placed(element, x, y)
    for child in element:
        yield from _placed(child, x, y)
