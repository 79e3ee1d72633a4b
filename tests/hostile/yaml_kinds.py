"""Whole YAML files of every kind that YAML 1.2 knows and we refuse, and the bombs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from corpus import strings

SCALARS = ("word", "'single'", '"double"', '"\\x41\\u00e9\\n"', "~", "null", "yes", "no", "010", "0o7", "0xff", ".inf", "-.INF", ".nan", "1e3", "12:30:00",
           "2001-12-14", "|\n  literal\n", ">\n  folded\n\n  text\n", "|-\n  strip\n", "|+\n  keep\n\n", "|2\n   indented\n", ">9\n x", "|0\n x", "''",
           '""', "a: b", "- a", "[a, b]", "{a: b}", "[a, [b, [c]]]", "{a: {b: {c: d}}}", "[]", "{}", "[,]", "{,}", "[a", "{a", "a]", "a}", "'open",
           '"open', "'it''s'", '"\\z"', '"\\ud800"', '"\\U00110000"', "@at", "`tick", "%percent", "!tag", "!!str x", "!!python/object:os.system x",
           "!<tag:x,2000:y> z", "&anchor x", "*alias", "&a *a", "<<: x", "? key", "? [a, b]\n: c", "# comment", "a #b", "a# b", "-", "--", "---", "...",
           ": x", ":", "?", "-1", "+1", "1 2", "\ttab", "a\tb", "http://x", "a:b", "a::b", "- - - x", "!!binary aGVsbG8=", "!!set {a}", "!!float nan",
           "!!timestamp 2026-02-30", "!!merge <<", "!!omap [a: b]", "%YAML 1.1", "%TAG ! x", "\\", "99999999999999999999", "1_000")
FRAMES = ("{}", "a: {}", "- {}", "a: [{}]", "a: {{b: {}}}", "{}: a", "? {}\n: a", "---\n{}\n...", "--- {}", "a: {}\n---\nb: {}", "  a: {}", "a: {}\n a: b",
          "modelops: 1\nmodel: {}", "%YAML 1.2\n---\n{}")
BREAKS = ("\r\n", "\r", "\x85", "\u2028")


def documents() -> list[str]:
    """Every hostile file once."""
    return list(dict.fromkeys(itertools.chain(_kinds(), _layouts(), bombs())))


def _kinds() -> Iterator[str]:
    yield from (frame.format(*[scalar] * frame.count("{}")) for frame in FRAMES for scalar in SCALARS)


def _layouts() -> Iterator[str]:
    yield from ("a: 1" + line + "b: 2" + line for line in BREAKS)
    yield from ("\ufeffa: 1", "a: 1\n\tb: 2", "\ta: 1", "a:\n\t- b", "a: 1\n  b: 2", "a:\n- b\n - c", "- a\nb: c", "a: b: c", "a: 'b' c", "a: 1\na: 2", "a: {b: 1, b: 2}",
                "a: 1\n...\nb: 2", "---\n---\n", "...", "--- |\n%YAML", "# only a comment\n", " ", "\n\n", "\x00", "a: \x00", "a: \ud800", "key: [a\n, b]", "{a: b", "]")
    yield from (f"modelops: {text}" for text in ("1.0", "'1'", "true", "01", "0x1", "1e0", "2", "-1", "[1]", "{1: 1}"))


def bombs() -> Iterator[str]:
    """Small or large files whose meaning is larger, deeper or slower than they look."""
    names = "abcdefghi"
    yield "\n".join([f"{names[0]}: &{names[0]} [lol, lol]"] + [
        f"{two}: &{two} [{', '.join(['*' + one] * 9)}]" for one, two in itertools.pairwise(names)])
    yield "a: &a [*a]"
    yield "a: &a {<<: *a}"
    yield "\n".join(f"{'  ' * depth}a:" for depth in range(1500))
    yield from (opener * count for opener in ("[", "{a: ", "- ", "? ", "!x ", "&a ", "*a ", "'", '"', "|\n ", "- - ? [") for count in (45, 3000, 60_000))
    yield from ("a: " + digit * 200_000 for digit in ("9", "0x" + "f", "1e9", ".", "-"))
    yield "modelops: 1\n" + "".join(f"k{number}: {number}\n" for number in range(30_000))
    yield "a: \"" + "\\u202e" * 50_000 + "\""
    yield "a: " + "x" * (1 << 20)
    yield "model:\n" + "  name: x\n" * 30_000


def with_values(text: str) -> Iterator[str]:
    """A valid file with each of its values in turn replaced by hostile ones, every value and every text at least once."""
    lines = text.split("\n")
    places = [number for number, line in enumerate(lines) if ":" in line and not line.lstrip().startswith("#")]
    hostile = strings()
    for turn, string in enumerate(hostile):
        number = places[turn % len(places)]
        key = lines[number].partition(":")[0]
        yield "\n".join([*lines[:number], f"{key}: {quoted(string)}", *lines[number + 1:]])


def quoted(string: str) -> str:
    """A text as a YAML scalar that holds exactly it, escaped where it must be."""
    parts = []
    for character in string:
        code = ord(character)
        if character in '"\\':
            parts.append("\\" + character)
        elif 0x20 <= code < 0x7F:
            parts.append(character)
        else:
            parts.append(f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}")
    return '"' + "".join(parts) + '"'
