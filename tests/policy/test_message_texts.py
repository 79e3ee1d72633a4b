"""What a notice says: one sentence, who is asked, the next step, the page; and that no name in it does anything."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelops_airflow.policy.message import Message, as_html, as_slack, lines, message_of, one_line, subject
from modelops_airflow.policy.notice import Notice
from modelops_airflow.policy.occasion import Occasion

BASE = "https://airflow.bank.example"
NAMES = ["{{ 7*7 }}", "<!channel> <@U123>", "a\r\nBcc: thief@evil.example", "<script>alert(1)</script>", "<https://evil.example|Approve>", "*bold* & `code`"]


def message(name="Pricing", level="overdue"):
    return Message("gate-overdue", level, f"The gate of {name} waits.", "1 of the role risk", "decide", "/plugin/approvals?gate=7")


def test_it_says_what_who_next_and_where():
    assert lines(message(), BASE) == ["The gate of Pricing waits.", "Asked: 1 of the role risk", "Next step: decide", f"Page: {BASE}/plugin/approvals?gate=7"]


@pytest.mark.parametrize(("level", "starts"), [("happened", "ModelOps: The"), ("due", "ModelOps: Due soon:"), ("overdue", "ModelOps: Overdue:"), ("escalated", "ModelOps: Escalated:")])
def test_the_subject_says_how_urgent_it_is(level, starts):
    assert subject(message(level=level)).startswith(starts)


def test_the_due_date_is_in_the_sentence_in_utc():
    occasion = Occasion("clock", "x", "Report it.", "the owner", "send it", "/p", due=datetime(2026, 3, 16, 23, tzinfo=UTC))
    assert message_of(Notice(occasion, "clock-overdue", "overdue", "smtp", "mail", "a@b")).sentence == "Report it. It was due by 2026-03-16 23:00 UTC."


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_seen_as_it_is_in_a_mail_and_nothing_of_it_is_mark_up(name):
    seen = Seen()
    seen.feed(as_html(message(name), BASE))
    assert one_line(name) in "".join(seen.text) and seen.tags <= {"p", "a"} and seen.links == [f"{BASE}/plugin/approvals?gate=7"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_mentions_and_links_nothing_in_slack(name):
    told = as_slack(message(name), BASE)
    assert "<" not in told and ">" not in told
    assert one_line(name) in told.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_without_escaping_a_name_would_mention_everybody():
    assert "<!channel>" in lines(message("<!channel>"), BASE)[0]


@given(st.text())
def test_no_text_breaks_a_header(name):
    line = subject(message(name))
    assert len(line) <= 180 and line.isprintable() and line == " ".join(line.split())


class Seen(HTMLParser):
    """Text, tags and links of a page."""

    def __init__(self):
        super().__init__()
        self.text, self.tags, self.links = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data):
        self.text.append(data)
