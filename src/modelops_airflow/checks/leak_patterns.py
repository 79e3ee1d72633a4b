"""Personal data in a text, where a shape or a checksum gives it away; and planted strings.

Sources: Luhn (ISO/IEC 7812-1, annex B); IBAN (ISO 13616, ISO 7064 mod 97-10, lengths of the SWIFT registry); US social security
numbers (SSA: no area 000, 666 or 900 to 999, no group 00, no serial 0000).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_RUN = re.compile(r"[0-9]+(?:[ -][0-9]+)*")
_GROUP = re.compile(r"[0-9]+")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}")
_SSN = re.compile(r"(?<![0-9])(?<![0-9]-)([0-9]{3})([ -])([0-9]{2})\2([0-9]{4})(?![0-9])(?!-[0-9])")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])")
_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22,
    "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18,
    "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26,
}
_CARD = range(13, 20)


@dataclass(frozen=True)
class Leak:
    """Where something stands: characters from `start` to before `end`. What it is is never kept."""

    kind: str
    start: int
    end: int


def leaks_in(text: str, canaries: Sequence[str], allowed: Sequence[str]) -> list[Leak]:
    """All that is found, in order.

    Args:
        canaries: planted strings; case does not matter.
        allowed: strings that are no leak, as a whole.
    """
    known = {one.casefold() for one in allowed}
    found = [*_cards(text), *_ibans(text), *_ssns(text), *_emails(text)]
    found = [one for one in found if text[one.start : one.end].casefold() not in known]
    planted = [Leak("canary", one.start(), one.end()) for canary in canaries for one in re.finditer(re.escape(canary), text, re.IGNORECASE)]
    return sorted([*found, *planted], key=lambda one: (one.start, one.end, one.kind))


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    doubled = [int(one) * (2 if place % 2 else 1) for place, one in enumerate(reversed(digits))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def mod97(iban: str) -> bool:
    """Whether an IBAN without blanks has its check digits."""
    return int("".join(str(int(one, 36)) for one in iban[4:] + iban[:4])) % 97 == 1


def _cards(text: str) -> Iterator[Leak]:
    for run in _RUN.finditer(text):
        groups = [(run.start() + one.start(), one.group()) for one in _GROUP.finditer(run.group())]
        first = 0
        while first < len(groups):
            last = _card_from(groups, first)
            if last is not None:
                yield Leak("card", groups[first][0], groups[last][0] + len(groups[last][1]))
            first = first + 1 if last is None else last + 1


def _card_from(groups: Sequence[tuple[int, str]], first: int) -> int | None:
    """The last group of the longest card number that begins with one."""
    digits, found = "", None
    for place in range(first, min(len(groups), first + _CARD.stop)):
        digits += groups[place][1]
        if len(digits) >= _CARD.stop:
            break
        if len(digits) in _CARD and len(set(digits)) > 1 and luhn(digits):
            found = place
    return found


def _ibans(text: str) -> Iterator[Leak]:
    for head in _IBAN.finditer(text):
        length = _LENGTHS.get(head.group()[:2].upper())
        if length is None:
            continue
        told, at = head.group(), head.end()
        while at < len(text) and len(told) < length:
            if text[at].isascii() and text[at].isalnum():
                told += text[at]
            elif text[at] not in " -" or text[at - 1] in " -":
                break
            at += 1
        whole = len(told) == length and not (at < len(text) and text[at].isascii() and text[at].isalnum())
        if whole and mod97(told.upper()):
            yield Leak("iban", head.start(), at)


def _ssns(text: str) -> Iterator[Leak]:
    for one in _SSN.finditer(text):
        area, group, serial = one.group(1), one.group(3), one.group(4)
        if area not in ("000", "666") and area < "900" and group != "00" and serial != "0000":
            yield Leak("ssn", one.start(), one.end())


def _emails(text: str) -> Iterator[Leak]:
    for one in _EMAIL.finditer(text):
        yield Leak("email", one.start(), one.end())
