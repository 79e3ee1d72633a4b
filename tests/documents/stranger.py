"""A reader of documents who knows nothing of how they are written: the HTML, the pack as a zip, SHA-256 and RFC 6901, all from the standard library."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

ALLOWED = {
    "section": re.compile(r"^[1-9](\([a-h]\))?\. (?=[A-Z])"),
    "law": re.compile(r"\bRegulation \(EU\) 2024/1689(?!\d)|\bArt\. \d{1,3}\(\d{1,2}\)|\bLocal Law 144\b|\b6 RCNY 5-300 to 5-304\b"),
    "day": re.compile(r"^20\d\d-\d\d-\d\d$"),
}
"""Figures without evidence: a section's number at the beginning of a heading, a law, and the day that the writer was asked for."""


@dataclass
class Link:
    """A link of the body: to which piece of evidence, what it shows, and what it says of itself."""

    to: str
    title: str
    shown: str = ""


@dataclass
class Page(HTMLParser):
    """The body of a document: figures outside links, links, and the list of evidence at its end."""

    bare: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    evidence: dict[str, str] = field(default_factory=dict)
    figures: int = 0
    _in: list[str] = field(default_factory=list)
    _link: Link | None = None
    _item: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {key: value or "" for key, value in attrs}
        if tag != "meta":
            self._in.append(tag)
        if tag == "a":
            self._link = Link(told["href"].removeprefix("#"), told["title"])
        if tag == "li":
            self._item = told["id"]
        self.figures += tag == "figure"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Shapes of a picture, which hold nothing."""

    def handle_endtag(self, tag: str) -> None:
        if tag in self._in:
            while self._in.pop() != tag:
                pass
        if tag == "a" and self._link is not None:
            self.links.append(self._link)
            self._link = None
        if tag == "li":
            self._item = ""

    def handle_data(self, data: str) -> None:
        if self._item:
            self.evidence[self._item] = self.evidence.get(self._item, "") + data
        elif self._link is not None:
            self._link.shown += data
        elif "style" not in self._in and "svg" not in self._in:
            heading = any(tag in ("h2", "h3") for tag in self._in)
            left = ALLOWED["law"].sub("", ALLOWED["section"].sub("", data) if heading else data)
            if any(letter.isnumeric() for letter in left):
                self.bare.append(data)


def read(page: str) -> Page:
    """A page, parsed."""
    found = Page()
    found.feed(page)
    return found


def wrong(page: str, members: Callable[[str], bytes]) -> list[str]:
    """What a stranger objects to.

    Args:
        members: the bytes of a piece of evidence by its name; KeyError: there is none.
    """
    told, opened = read(page), cache(lambda name: _opened(name, members(name)))
    found = [f"no evidence: {one!r}" for one in told.bare]
    for link in told.links:
        found += _objections(link, told.evidence, opened)
    captions = re.findall(r"<figure><svg.*?</svg>\s*<figcaption>Drawn of <a href=", page, re.DOTALL)
    return found + (["a picture without evidence"] if len(captions) != told.figures else [])


def _opened(name: str, data: bytes) -> tuple[str, Any]:
    """Digest and body of a piece of evidence."""
    told = statement(name, data)
    return f"sha256:{hashlib.sha256(told).hexdigest()}", json.loads(told)


def _objections(link: Link, evidence: dict[str, str], opened: Callable[[str], tuple[str, Any]]) -> list[str]:
    if link.to not in evidence:
        return [f"{link.shown!r} leads to {link.to!r}, which is not listed"]
    listed = re.fullmatch(r"e\d+: (\S+), (sha256:[0-9a-f]{64})", evidence[link.to])
    if listed is None:
        fine = "no evidence" in evidence[link.to] and ALLOWED["day"].fullmatch(link.shown)
        return [] if fine else [f"{link.shown!r} leads to {evidence[link.to]!r}"]
    name, digest = listed.groups()
    try:
        found, body = opened(name)
    except KeyError:
        return [f"{name} does not exist"]
    if found != digest:
        return [f"{name} is not {digest}"]
    pointer, _, exact = link.title.removeprefix(name).partition(" = ")
    try:
        last, value = resolved(body, pointer)
    except (KeyError, IndexError, TypeError, ValueError):
        return [f"{name} has nothing at {pointer}"]
    return [] if _shows(link.shown, exact, last, value) else [f"{link.shown!r} ({exact!r}) is not what stands at {name}{pointer}: {value!r}"]


def statement(name: str, data: bytes) -> bytes:
    """What is measured: of an envelope what is in it."""
    return base64.b64decode(json.loads(data)["payload"]) if name.startswith("statements/") else data


def resolved(body: Any, pointer: str) -> tuple[str, Any]:
    """The last name of a pointer, and the value there."""
    last = ""
    for part in pointer.split("/")[1:]:
        last = part.replace("~1", "/").replace("~0", "~")
        body = body[int(last)] if isinstance(body, list) else body[last]
    return last, body


def _shows(shown: str, exact: str, last: str, value: Any) -> bool:
    if isinstance(value, (dict, list)):
        return shown == last  # a name, which is where its pointer leads
    if isinstance(value, bool) or value is None:
        return shown == {True: "true", False: "false", None: "not known"}[value] or shown == last
    if isinstance(value, str):
        return shown in (value or "nothing", last)
    full = exact or shown
    return shown == last or (float(full) == value and (not exact or abs(float(shown) - value) <= 0.00005))


def of_zip(data: bytes) -> Callable[[str], bytes]:
    """The members of a pack."""
    return zipfile.ZipFile(BytesIO(data)).read
