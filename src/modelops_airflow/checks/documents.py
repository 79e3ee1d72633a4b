"""Documents: does a model's document have the sections it must have, and do its numbers match what is measured?

What is written is not understood: a long section may say nothing. People read it; this finds what they need not look for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..data.profile import Profiles
from ..digest import digest_bytes
from ..errors import CheckError
from ..measurement import Measurement, Metric
from ..registry import did_you_mean
from . import performance
from .check import CheckContext, check
from .imports.outcome import plain
from .markdown import claims_of, title_of, words_by_section
from .named_file import named_file

METRICS = ("section_words", "sections_missing", "placeholders", "claim_difference", "claims_unmet")
LARGEST = 10_000_000
_PLACEHOLDER = re.compile(r"\b(?:TODO|FIXME|XXX|(?i:tbd|tbc))\b|(?i:lorem ipsum)")
_READABLE = re.compile(r"-?\d+(?:\.\d+)?%?")


def _demand(options: Mapping[str, Any]) -> None:
    """Refuse options that say nothing together."""
    sections, claims = options["sections"], options["claims"] or {}
    if not sections and not claims:
        raise CheckError("neither sections nor claims are named; nothing would be looked at")
    for metric, words in claims.items():
        if metric not in performance.METRICS:
            raise CheckError(f"claims name {metric!r}, and performance has no such metric{did_you_mean(metric, list(performance.METRICS))}")
        if not words.strip():
            raise CheckError(f"claims have no words for {metric!r}; expected those before its number in the document")


@check("documents", version=1, metrics=METRICS, together=_demand)
def documents(
    profiles: Profiles,
    *,
    file: str = "",
    sections: Sequence[str] = ("Purpose", "Data", "Method", "Performance", "Limitations", "Monitoring"),
    least_words: int = 20,
    claims: Mapping[str, str] | None = None,
    claim_tolerance: float = 0.005,
    context: CheckContext,
) -> Measurement:
    """Sections of a model's document that are missing or nearly empty, and numbers that are not those of this run.

    Args:
        file: Markdown file below the project root.
        sections: titles of headings (with `#`) that it must have, without numbering; case does not matter.
        least_words: a section with fewer, subsections included, counts as missing (1 or more).
        claims: metric of `performance` -> the words before its number: `{auc: AUC}` finds `AUC: 0.81`, `AUC = 81 %` and
            a row `| AUC | 0.81 |` of a table. A number that goes on, as `0.78-0.99`, `0.8e5` or `1 000`, cannot be read.
        claim_tolerance: how far a number may be from the measured one (0 or more) in its units; 0.005 is two digits
            behind the point.

    Returns:
        `section_words` of each section, `sections_missing`, `placeholders` (TODO, TBD and their like), and with `claims`
        `claim_difference` of each (the furthest, where a number is written twice) and `claims_unmet`: those too far
        off, not found, not readable or not measured.

    Raises:
        CheckError: no file is named, it is no text, a claim is of no metric of `performance`, or a number is out of range.
    """
    data = read_document(file, context)
    text = data.decode("utf-8")
    found = [*_sections(text, sections, least_words), Metric("placeholders", float(len(_PLACEHOLDER.findall(text))))]
    if claims:
        found += _claims(text, claims, claim_tolerance, profiles)
    return replace(Measurement.of("documents", found, notes=(f"document: {file}",)), inputs={f"file:{file}": digest_bytes(data)})


def read_document(file: str, context: CheckContext) -> bytes:
    """The bytes of a document below the project root, which are UTF-8 text.

    Raises:
        CheckError: no file is named, or it cannot be read, is too large, or is no text.
    """
    if not file:
        raise CheckError("no document is named; set file to a Markdown file below the project root")
    data = named_file(file, context, "document", LARGEST)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise CheckError(f"document {file!r} is not UTF-8 text") from None
    return data


def _sections(text: str, sections: Sequence[str], least: int) -> list[Metric]:
    there = words_by_section(text)
    rows, missing = [], []
    for name in dict.fromkeys(sections):
        words = there.get(title_of(name))
        if words is None or words < least:
            missing.append(name)
        reason = "there is no such heading" if words is None else f"fewer than {least} words" if words < least else None
        rows.append(Metric("section_words", float(words or 0), {"section": name}, unit="words", reason=reason))
    reason = f"missing or nearly empty: {', '.join(missing)}" if missing else None
    return [Metric("sections_missing", float(len(missing)), n=len(rows), reason=reason), *rows]


def _claims(text: str, claims: Mapping[str, str], tolerance: float, profiles: Profiles) -> list[Metric]:
    try:
        measured = {row.name: row.value for row in performance.performance(profiles, task="auto").metrics if not row.where}
    except CheckError as error:
        measured, why = {}, str(error)
    else:
        why = "this run does not measure it"
    rows = [_claim(text, metric, words, measured.get(metric), why) for metric, words in claims.items()]
    # A document says 0.81 and means 0.805 to 0.815; doubles must not make that one less.
    unmet = [row.where["claim"] for row in rows if row.value is None or row.value > tolerance + 1e-12]
    reason = f"not met: {', '.join(unmet)}" if unmet else None
    return [Metric("claims_unmet", float(len(unmet)), n=len(rows), reason=reason), *rows]


def _claim(text: str, metric: str, words: str, measured: float | None, why: str) -> Metric:
    where, name = {"claim": metric}, "claim_difference"
    found = claims_of(text, words)
    if not found:
        return Metric(name, None, where, reason=f"the document has no number behind {words!r}")
    if strange := [one for one in found if not _READABLE.fullmatch(one)]:
        return Metric(name, None, where, reason=f"{plain(strange[0])!r} behind {words!r} cannot be read; write it with a point, as 0.81")
    if measured is None:
        return Metric(name, None, where, reason=why)
    told = [float(one.rstrip("%")) / (100 if one.endswith("%") else 1) for one in found]
    furthest = max(told, key=lambda one: abs(one - measured))
    return Metric(name, abs(furthest - measured), where, reason=f"the document says {furthest:g}, measured is {measured:.4g}")
