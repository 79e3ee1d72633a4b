"""Markdown as far as a document's structure goes: headings, the words below them, numbers behind words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .shown import shown

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_NUMBERING = re.compile(r"^(?:\d+(?:\.\d+)*\.?|[A-Z]\.|[IVX]+\.)\s+")
_WORD = re.compile(r"\w+(?:[-'’.]\w+)*")
_NUMBER = r"[\s*_`]*[:=|][\s*_`]*(-?\d+(?:[.,]\d+)*)(?:\s*(%))?"
# A number ends at a line's end, a cell's, at a space or at punctuation before one of these; `1 000` and `0.7 - 0.9` go on.
_END = r"[.,:;!?)\]}*_`'\"’”]*(?:[^\S\n]*(?:[|\n]|\Z)|[^\S\n]+(?![^\S\n]|(?:[-–—−/±]\s*)?\d))"
_REST = r"[^\S\n]*[^\s|]+"

CODE = -1


def words_by_section(text: str) -> dict[str, int]:
    """Title, without numbering and in lower case -> words below it, those of its subsections included.

    Comments, tags, what is hidden, and headings themselves count for nothing; sections of one title count together.
    """
    found: dict[str, int] = {}
    open_: list[tuple[int, str]] = []
    for level, line in _lines(shown(text)):
        if level > 0:
            open_ = [one for one in open_ if one[0] < level]
            title = title_of(line)
            found.setdefault(title, 0)
            open_.append((level, title))
            continue
        count = len(_WORD.findall(line))
        for title in {title for _, title in open_}:
            found[title] += count
    return found


def text_by_section(text: str) -> dict[str, str]:
    """Title, as `words_by_section` has it -> what stands below it, headings of its subsections included, without what nobody sees."""
    found: dict[str, list[str]] = {}
    open_: list[tuple[int, str]] = []
    for level, line in _lines(shown(text)):
        if level > 0:
            open_ = [one for one in open_ if one[0] < level]
        told = f"**{line}**" if level > 0 else f"    {line}" if level == CODE else line
        for title in {title for _, title in open_}:
            found[title].append(told)
        if level > 0:
            found.setdefault(title_of(line), [])
            open_.append((level, title_of(line)))
    return {title: "\n".join(lines).strip() for title, lines in found.items()}


def title_of(text: str) -> str:
    """A heading as titles are compared: without numbering and marks, in lower case."""
    return _NUMBERING.sub("", text.strip().strip("*_` ")).strip("*_`: ").casefold()


def claims_of(text: str, words: str) -> list[str]:
    """Numbers that stand behind some words, as in `AUC: 0.81`, `AUC = 81 %` or `| AUC | 0.81 |`, as they are written.

    What follows a number without ending it is given with it, as in `0.8e5`: half of it would be another number.
    """
    pattern = re.compile(rf"(?<!\w){re.escape(words)}{_NUMBER}(?:(?={_END})|({_REST}))", re.IGNORECASE)
    return ["".join(found) for found in pattern.findall(shown(text))]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Level and title of headings, level 0 and text of other lines, `CODE` and text of what is fenced, which is no heading."""
    fence = ""
    for line in text.splitlines():
        if fence:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
                continue
            yield CODE, line
        elif match := _FENCE.match(line):
            fence = match.group(1)
        elif match := _HEADING.match(line):
            yield len(match.group(1)), match.group(2)
        else:
            yield 0, line
