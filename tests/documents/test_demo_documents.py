"""The documents of the demo's model of high risk hold no number without evidence: a stranger, who shares no code with the writer, follows every link."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from stranger import of_zip, read, wrong

from modelops_airflow.documents import BOARD, DOCUMENTS, Fleet, Sources, board_report
from modelops_airflow.documents.html import html
from modelops_airflow.documents.pdf import pdf
from modelops_airflow.evidence.verify import verify

DEMO = Path(__file__).parent / "demo"
DAY = date(2026, 12, 1)
PACK, FACTS = (DEMO / "credit-risk.zip").read_bytes(), (DEMO / "fleet.json").read_bytes()
KINDS = (*sorted(DOCUMENTS), BOARD)


def fleet_member(name: str) -> bytes:
    return {"fleet.json": FACTS}[name]


@pytest.fixture(scope="module")
def written() -> Callable[[str], tuple[str, Callable[[str], bytes]]]:
    """A document as HTML, and where its evidence lies."""
    sources, pages = Sources.of(PACK), dict[str, str]()
    pages |= {kind: html(write(sources, DAY)) for kind, write in DOCUMENTS.items()} | {BOARD: html(board_report(Fleet(FACTS)))}
    return lambda kind: (pages[kind], fleet_member if kind == BOARD else of_zip(PACK))


Written = Callable[[str], tuple[str, Callable[[str], bytes]]]


def test_the_pack_of_the_demo_verifies_and_is_of_high_risk() -> None:
    assert verify(PACK)["problems"] == []
    plan = Sources.of(PACK).plan
    assert plan["model"]["tier"] == 1 and plan["tiering"]["house"]["cell"] == "2/2/3" and "eu-ai-act-high-risk" in plan["packs"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_leads_to_evidence_that_exists_and_holds_it(written: Written, kind: str) -> None:
    page, members = written(kind)

    assert wrong(page, members) == []
    assert len(read(page).links) > 50, "there is something to follow"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bare", ["<p>12 rows</p>", "<h2>12 rows</h2>", "<td>0.8</td>", "<p>2. Elements</p>", "<h3>2(a) rows</h3>", "<p>2026-12-01</p>", "<p>Art. 5</p>", "<p>Regulation (EU) 2024/1690</p>",
                                  "<p>half: ½</p>", "<div class=\"gap\"><b>Gap:</b> 3 left</div>"])
def test_the_control_a_bare_number_is_found_wherever_it_is_put(written: Written, kind: str, bare: str) -> None:
    page, members = written(kind)
    found = wrong(page.replace("</h1>", f"</h1>{bare}", 1), members)

    assert len(found) == 1 and found[0].startswith("no evidence: ")


@pytest.mark.parametrize("kind", KINDS)
def test_the_control_a_link_to_nothing_or_to_another_value_is_found(written: Written, kind: str) -> None:
    page, members = written(kind)
    at = re.search(r'<a href="#e1" title="([^"]+)">([^<]+)</a>', page)
    assert at is not None
    link, last = at.group(0), page.rindex("sha256:")

    assert any("which is not listed" in one for one in wrong(page.replace(link, link.replace("#e1", "#e999"), 1), members))
    assert any("is not what stands at" in one for one in wrong(page.replace(link, link.replace(f">{at.group(2)}<", ">4711<"), 1), members))
    assert any("has nothing at" in one for one in wrong(page.replace(link, link.replace(at.group(1), at.group(1) + "/there"), 1), members))
    assert any(" is not sha256:" in one for one in wrong(f"{page[:last]}sha256:{'0' * 64}{page[last + 71:]}", members))


def test_the_control_a_changed_statement_is_found(written: Written) -> None:
    page, members = written(BOARD)
    found = wrong(page, lambda name: members(name).replace(b'"models":15', b'"models":16'))

    assert found and all("is not sha256:" in one for one in found)


def test_the_skeleton_has_the_nine_points_and_says_what_to_do_where_evidence_is_missing(written: Written) -> None:
    page, _ = written("annex-iv")
    points = re.findall(r"<h2>([1-9])\. ([^<]+)</h2>", page)
    gaps = [re.sub(r"<[^>]+>", "", one) for one in re.findall(r'<div class="gap">(.*?)</div>', page)]

    assert [number for number, _ in points] == [str(one) for one in range(1, 10)]
    assert sum("Next: " in one for one in gaps) > 15
    assert "does not look at the policy pack of the Act" not in page


@pytest.mark.alone
def test_a_page_of_the_skeleton_can_be_printed_and_made_a_picture(written: Written, tmp_path: Path) -> None:
    lacking = [name for name in ("chromium", "pdftoppm") if shutil.which(name) is None]
    if lacking:
        told = f"{', '.join(lacking)}: not installed"
        pytest.fail(told) if os.environ.get("CI") == "true" else pytest.skip(told)
    (tmp_path / "annex.pdf").write_bytes(pdf(written("annex-iv")[0]))
    subprocess.run(["pdftoppm", "-r", "50", "-f", "1", "-l", "1", "-png", "annex.pdf", "page"], cwd=tmp_path, check=True)
    picture, = tmp_path.glob("page*.png")

    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 5_000
