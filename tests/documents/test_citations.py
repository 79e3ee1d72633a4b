"""No document holds a number that does not lead to its evidence, and each is the one that stands there."""

from __future__ import annotations

import base64
import json
import re
from datetime import date
from typing import Any

import pytest

from modelops_airflow.digest import digest_bytes
from modelops_airflow.documents import DOCUMENTS, Document, Sources
from modelops_airflow.documents.html import html
from modelops_airflow.documents.markdown import markdown
from modelops_airflow.documents.parts import LAW, Cited, Words
from modelops_airflow.documents.sources import ASKED, KEY

DAY = date(2026, 12, 1)
LINK = re.compile(r'\[((?:\\.|[^\]\\])*)\]\(#e\d+ "[^"\n]*"\)')


ALLOWED = (re.compile(r"(?m)^#{2,3} [1-9](\([a-h]\))?\. (?=[A-Z])"), re.compile(r"\bRegulation \(EU\) 2024/1689(?!\d)"), re.compile(r"\bArt\. \d{1,3}\(\d{1,2}\)"))
"""Numbers of sections in headings, and references to the Act: nothing else of ours has a figure."""


def uncited(text: str) -> list[str]:
    """Lines of a document that still hold a figure when its links, the names of rules and what is allowed are gone."""
    body = text.partition("\n## Evidence\n")[0]
    left = re.sub(r"\\(.)", r"\1", LINK.sub("", body))
    for law in LAW:
        left = left.replace(law, "")
    for pattern in ALLOWED:
        left = pattern.sub("", left)
    return [line for line in left.splitlines() if any(letter.isnumeric() for letter in line)]


def resolved(sources: Sources, cited: Cited) -> Any:
    """What stands in the pack where a citation leads, by an own reading."""
    data = sources.members[cited.source.member]
    if cited.source.member.startswith("statements/"):
        data = base64.b64decode(json.loads(data)["payload"])
    assert digest_bytes(data) == cited.source.evidence
    body, last = json.loads(data), ""
    for part in cited.source.pointer.split("/")[1:]:
        last = part.replace("~1", "/").replace("~0", "~")
        body = body[int(last)] if isinstance(body, list) else body[last]
    return last if cited.source.about == KEY else body


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_no_number_stands_without_its_evidence(sources: Sources, kind: str) -> None:
    text = markdown(DOCUMENTS[kind](sources, DAY))

    assert uncited(text) == []
    assert len(LINK.findall(text)) > 20
    assert uncited(text.replace("## ", "12 rows\n\n## ", 1)) == ["12 rows"], "the control: a bare number is seen"
    assert uncited(LINK.sub(r"\1", text)), "the control: numbers without their links are seen"


@pytest.mark.parametrize("bare", ["12 rows", "## 12 rows", "## 1 row", "By Art. 5 rows", "Regulation (EU) 2024/16891", "On 2026-12-01", "1. A list", "half of 3(a) is there", "¾"])
def test_what_only_looks_like_a_section_or_a_law_is_seen(sources: Sources, bare: str) -> None:
    text = markdown(DOCUMENTS["annex-iv"](sources, DAY))

    assert uncited(text) == []
    assert uncited(text.replace("## ", f"{bare}\n\n## ", 1)) == [bare]


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_every_citation_leads_to_the_value_that_is_shown(sources: Sources, kind: str) -> None:
    told = [one for one in DOCUMENTS[kind](sources, DAY).cited() if one.source.member != ASKED]

    assert [(one.value, one.source) for one in told if resolved(sources, one) != one.value] == []


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_every_link_has_its_evidence_at_the_end(sources: Sources, kind: str) -> None:
    document: Document = DOCUMENTS[kind](sources, DAY)
    for text, anchor in ((markdown(document), '<a id="{}"></a>'), (html(document), '<li id="{}">')):
        links = set(re.findall(r"(?:href=\"|\]\()#(e\d+)\b", text.partition("Evidence</h2>")[0].partition("\n## Evidence\n")[0]))
        assert links and all(anchor.format(one) in text for one in links)


@pytest.mark.parametrize("text", ["0.8", "at least 10 rows", "¾", "٣ people", "tier ²"])
def test_words_of_ours_hold_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="nobody cites"):
        Words(text)


def test_a_number_is_not_rounded_onto_a_limit(sources: Sources) -> None:
    cited = sources.model("tier")
    shown = {value: Cited(value, cited.source).shown for value in (0.7999999, 0.79996, 0.12496, 0.00001, 0.911111111, 0.5, 12345.678, 7)}

    assert shown == {0.7999999: "0.7999999", 0.79996: "0.79996", 0.12496: "0.12496", 0.00001: "0.00001", 0.911111111: "0.9111", 0.5: "0.5", 12345.678: "12345.678", 7: "7"}


def test_the_same_pack_and_day_give_the_same_bytes(data: bytes) -> None:
    for write in DOCUMENTS.values():
        first, second = (write(Sources.of(data), DAY) for _ in range(2))
        assert (markdown(first), html(first)) == (markdown(second), html(second))


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_no_document_says_what_no_tool_can_say(sources: Sources, kind: str) -> None:
    said = html(DOCUMENTS[kind](sources, DAY)).lower()

    assert not re.findall(r"complian|certified|immutable|court-admissible|guarantee", said)
