"""The words of a notice for mail and for Slack. Plain text in, escaped text out; nothing is ever a template. Pure.

A model's name is anybody's text: it makes no header, no mark-up and no mention.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from .notice import ESCALATED, Notice

_LONGEST_SUBJECT = 180


@dataclass(frozen=True)
class Message:
    """What a notice says; kept as JSON until it is sent."""

    about: str
    level: str
    sentence: str
    asked: str
    next_step: str
    page: str

    def to_json(self) -> dict[str, str]:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: Mapping[str, str]) -> Message:
        """As it was kept."""
        return cls(**body)


def message_of(notice: Notice) -> Message:
    """What a notice says."""
    one = notice.occasion
    due = "" if one.due is None else f" It is due by {one.due:%Y-%m-%d %H:%M} UTC." if notice.level == "due" else f" It was due by {one.due:%Y-%m-%d %H:%M} UTC."
    return Message(notice.about, notice.level, f"{one.sentence}{due}", one.asked, one.next_step, one.page)


def subject(message: Message) -> str:
    """One line for a mail's header: no line breaks, no control characters, not longer than mail servers like."""
    word = {"overdue": "Overdue: ", ESCALATED: "Escalated: ", "due": "Due soon: "}.get(message.level, "")
    line = one_line(f"ModelOps: {word}{message.sentence}")
    return line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 3] + "..."


def one_line(text: str) -> str:
    """A text without line breaks and control characters; each run of blanks is one."""
    return " ".join("".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text).split())


def lines(message: Message, base: str) -> list[str]:
    """The sentence, who is asked, the next step and the page.

    Args:
        base: address of the server, without a slash at its end; empty if nobody told it.
    """
    told = [message.sentence] + (["This was told before, and nobody has acted."] if message.level == ESCALATED else [])
    return [*map(one_line, (*told, f"Asked: {message.asked}", f"Next step: {message.next_step}")), f"Page: {base}{message.page}"]


def as_html(message: Message, base: str) -> str:
    """The body of a mail: every text is escaped, and nothing is a link but our own page."""
    *told, _ = lines(message, base)
    page = html.escape(f"{base}{message.page}")
    link = f'<a href="{page}">{page}</a>' if base else page
    return "\n".join([*(f"<p>{html.escape(line)}</p>" for line in told), f"<p>Page: {link}</p>"])


def as_slack(message: Message, base: str) -> str:
    """Slack's mark-up: the three characters that it reads are escaped, so no name mentions or links anything."""
    return "\n".join(line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in lines(message, base))
