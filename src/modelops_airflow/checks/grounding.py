"""Is a text grounded in another? Quotations that stand there, and numbers that do not."""

from __future__ import annotations

import re

_QUOTED = re.compile(r'"([^"]{1,10000})"|“([^“”]{1,10000})”|«([^«»]{1,10000})»|„([^„“”]{1,10000})[“”]')
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")


def quotations(text: str, least_words: int) -> list[str]:
    """What stands between double quotation marks, blanks as single ones, of at least so many words."""
    found = (" ".join(next(filter(None, one.groups())).split()) for one in _QUOTED.finditer(text))
    return [one for one in found if len(one.split()) >= least_words]


def stands_in(quotation: str, source: str) -> bool:
    """Whether the very words stand in the source, but for how blanks are set."""
    return quotation in " ".join(source.split())


def numbers_in(text: str) -> set[str]:
    """Numbers in digits, in one spelling: 1,000.50 is 1000.5, and a comma that parts no thousands is a point."""
    return {_plain(one.group()) for one in _NUMBER.finditer(text)}


def _plain(number: str) -> str:
    digits = number.replace(",", "") if _THOUSANDS.fullmatch(number) else number.replace(",", ".")
    if digits.count(".") > 1:  # a date or a version
        return digits
    whole, _, rest = digits.partition(".")
    rest = rest.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{rest}" if rest else "")
