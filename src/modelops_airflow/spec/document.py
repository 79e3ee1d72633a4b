"""Strict YAML: text in, plain values and their positions out.

YAML 1.2 meaning (`no` is a word, `010` is ten), no tags, anchors, aliases or merge keys, no
duplicate keys, no null, finite and exact numbers, one document. The text is read as a stream of
events with an explicit stack, so depth and size are limits here, not recursion errors.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from .problem import Problem, SpecError

Path = tuple[str | int, ...]
Mark = tuple[int, int]

MAX_BYTES = 1 << 20
MAX_DEPTH = 40
MAX_NODES = 50_000
MAX_PROBLEMS = 200
_EXACT = 2**53 - 1

_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
# Control and invisible characters, surrogates, byte order marks and the bidirectional overrides of "Trojan Source".
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff\U000e0000-\U000e007f]"
)

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Document:
    """A file's value and where each part of it stands.

    Attributes:
        value: dicts, lists, strings, numbers and booleans.
        marks: 1-based (line, column) of each value by path.
        keys: the same for the key that leads to it.
    """

    file: str
    value: Any
    marks: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)

    def mark(self, path: Path) -> Mark:
        """Position of the value at a path, or of the nearest part above it that is written."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.marks:
                return self.marks[path[:length]]
        return (1, 1)

    def key_mark(self, path: Path) -> Mark:
        """Position of the key that leads to a path."""
        return self.keys.get(path) or self.mark(path)


def load(text: str, file: str, *, nulls: bool = False) -> Document:
    """Read one YAML document.

    Args:
        nulls: null is a value, as in files that other programs write; None stands for it.

    Raises:
        SpecError: with every mistake found; after a syntax error reading stops.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise SpecError([Problem(file, 1, 1, "SPEC003", "the file is too large", "at most 1 MB")])
    hidden = _hidden_characters(text, file)
    if hidden:
        raise SpecError(hidden)
    reader = _Reader(file, nulls)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            reader.take(event)
    except yaml.YAMLError as error:
        reader.problems.append(_syntax(error, file))
    except _Stop:
        pass
    if reader.problems:
        raise SpecError(reader.problems)
    if not reader.seen:
        raise SpecError([Problem(file, 1, 1, "SPEC006", "the file is empty", "a mapping that begins with modelops: 1")])
    return Document(file, reader.root, reader.marks, reader.keys)


def _hidden_characters(text: str, file: str) -> list[Problem]:
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        match = HIDDEN.search(line.rstrip("\r"))
        if match:
            name = f"U+{ord(match.group()):04X}"
            found.append(
                Problem(file, number, match.start() + 1, "SPEC008", f"character {name} is not allowed",
                        next_step="delete it; it shows nothing or shows text in another order")
            )
            if len(found) == 20:
                break
    return found


def _syntax(error: yaml.YAMLError, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = str(getattr(error, "problem", "") or error).split("\n")[0][:160]
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Problem(file, line, column, "SPEC002", f"this is not YAML: {what}",
                   next_step="check indentation, quotes and colons here and just above")


class _Stop(Exception):
    """A limit is exceeded: reading on would only cost."""


@dataclass
class _Level:
    """An open mapping or sequence."""

    path: Path
    value: Any
    key: str | None = None
    dead: bool = False  # value of a duplicate key: read and dropped


class _Reader:
    """Builds values from events and collects problems."""

    def __init__(self, file: str, nulls: bool) -> None:
        self.file, self.nulls = file, nulls
        self.problems: list[Problem] = []
        self.marks: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}
        self.root: Any = None
        self.seen = False
        self._documents = 0
        self._nodes = 0
        self._stack: list[_Level] = []

    def take(self, event: yaml.Event) -> None:
        """Use one event."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._problem(event, "SPEC004", "a second document begins here", "one document per file")
                raise _Stop
        elif isinstance(event, yaml.AliasEvent):
            self._problem(event, "SPEC004", f"alias *{event.anchor} is not allowed", next_step="write the value out")
            self._put("", event)
        elif isinstance(event, yaml.NodeEvent):
            self._node(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._stack.pop()

    def _node(self, event: yaml.NodeEvent) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES or len(self._stack) > MAX_DEPTH:
            limit = f"at most {MAX_NODES} values, {MAX_DEPTH} levels deep"
            self._problem(event, "SPEC003", "the file is too deep or too long", limit)
            raise _Stop
        if event.anchor:
            self._problem(event, "SPEC004", f"anchor &{event.anchor} is not allowed", next_step="write the value out")
        tag = getattr(event, "tag", None)
        if tag:
            self._problem(event, "SPEC004", f"tag {tag[:60]!r} is not allowed", next_step="delete it")
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
            return
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        path, dead = self._put(value, event)
        self._stack.append(_Level(path, value, dead=dead))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        hidden = HIDDEN.search(event.value) if event.style == '"' else None
        if hidden:  # the text shows an escape; people and logs would see nothing
            self._problem(event, "SPEC008", f"the escape of character U+{ord(hidden.group()):04X} is not allowed",
                          next_step="delete it; it shows nothing or shows text in another order")
        level = self._stack[-1] if self._stack else None
        if level is not None and isinstance(level.value, dict) and level.key is None:
            self._key(level, event)
            return
        self._put(self._resolve(event), event)

    def _key(self, level: _Level, event: yaml.ScalarEvent) -> None:
        key = event.value
        if "\n" in key:
            self._problem(event, "SPEC011", "a key has more than one line", "a word and a colon")
        if key == "<<":
            self._problem(event, "SPEC004", "merge key << is not allowed", next_step="write the keys out")
        if key in level.value:
            first = self.keys.get((*level.path, key), (0, 0))
            self._problem(event, "SPEC005", f"key {_shown(key)} is written twice",
                          found=f"the first on line {first[0]}", next_step="delete one")
        else:
            self.keys[(*level.path, key)] = _mark(event)
        level.key = key

    def _put(self, value: Any, event: yaml.Event) -> tuple[Path, bool]:
        """Store a value in the open level; answers its path and whether it was dropped."""
        self.seen = True
        if not self._stack:
            self.root = value
            self.marks[()] = _mark(event)
            return (), False
        level = self._stack[-1]
        if isinstance(level.value, list):
            path: Path = (*level.path, len(level.value))
            level.value.append(value)
        else:
            if level.key is None:
                self._problem(event, "SPEC011", "a key must be text", "a word and a colon")
                raise _Stop
            path = (*level.path, level.key)
            dropped = level.key in level.value or level.dead
            key, level.key = level.key, None
            if dropped:
                return path, True
            level.value[key] = value
        self.marks.setdefault(path, _mark(event))
        return path, level.dead

    def _resolve(self, event: yaml.ScalarEvent) -> Any:
        text: str = event.value
        if event.style not in (None, ""):
            return text
        if text in _NULLS and self.nulls:
            return None
        if text in _NULLS:
            self._problem(event, "SPEC006", "null is never a value", found=repr(text) if text else "nothing",
                          next_step="give a value or delete the key")
            return ""
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        if _NOT_FINITE.fullmatch(text):
            self._problem(event, "SPEC007", f"{text} is not a number one can compare with", "a finite number")
            return 0
        return self._number(text, event)

    def _number(self, text: str, event: yaml.ScalarEvent) -> Any:
        if len(text) > 400 and _FLOAT.fullmatch(text):
            self._problem(event, "SPEC007", f"a number of {len(text)} characters", "at most 2**53 - 1")
            return 0
        for pattern, base in ((_INT, 10), (_OCTAL, 8), (_HEX, 16)):
            if pattern.fullmatch(text):
                number = int(text[2:] if base != 10 else text, base)
                if abs(number) > _EXACT:
                    self._problem(event, "SPEC007", f"{text[:40]} is too large to be exact", "at most 2**53 - 1")
                return number
        if _FLOAT.fullmatch(text):
            value = float(text)
            if not math.isfinite(value):
                self._problem(event, "SPEC007", f"{text[:40]} is beyond what a number can hold", "a finite number")
                return 0
            return value
        return text

    def _problem(self, event: yaml.Event, code: str, message: str, expected: str = "", found: str = "",
                 next_step: str = "") -> None:
        line, column = _mark(event)
        self.problems.append(Problem(self.file, line, column, code, message, expected, found, next_step))
        if len(self.problems) == MAX_PROBLEMS:
            self.problems.append(Problem(self.file, line, column, "SPEC003", f"reading ends after {MAX_PROBLEMS} mistakes"))
            raise _Stop


def _mark(event: yaml.Event) -> Mark:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
