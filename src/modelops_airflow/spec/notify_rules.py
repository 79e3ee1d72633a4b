"""What must hold of `notify` in governance.yaml: every recipient is one that its notifier can reach."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .broken import Broken
from .document import Path
from .types import Governance, Notify

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_CHANNEL = re.compile(r"#[a-z0-9_-]{1,80}|[CGDU][A-Z0-9]{6,20}")
_FORMS = {"smtp": (_ADDRESS, "a mail address such as risk@bank.example"), "slack": (_CHANNEL, "a channel such as #model-risk, or its id")}
_OVERDUE = "-overdue"


def notify_problems(governance: Governance) -> list[Broken]:
    """Every recipient that is none, and every escalation that leads nowhere."""
    return [problem for index, one in enumerate(governance.notify or ()) for problem in _entry(("notify", index), one)]


def _entry(path: Path, one: Notify) -> list[Broken]:
    found = _recipients((*path, "to"), one.notifier, one.to)
    if one.escalate is None:
        return found
    where = (*path, "escalate")
    if not any(about.endswith(_OVERDUE) for about in one.about):
        found.append(Broken(where, "nothing is escalated: `about` names nothing that can be overdue", "one of " + ", ".join(
            f"{kind}{_OVERDUE}" for kind in ("gate", "clock", "emergency", "waiver", "approval"))))
    if one.notifier == "slack-webhook" and one.escalate.connection in (None, one.connection):
        found.append(Broken(where, "a webhook leads to one channel, so this escalates to whom it was told before", "another connection"))
    return found + _recipients((*where, "to"), one.notifier, one.escalate.to)


def _recipients(path: Path, notifier: str, to: Sequence[str]) -> list[Broken]:
    if notifier not in _FORMS:
        return [Broken(path, "a webhook says by itself where its messages go", next_step="delete `to`")] if to else []
    form, expected = _FORMS[notifier]
    if not to:
        return [Broken(path[:-1], f"{notifier} without recipients", f"to: [...], each {expected}")]
    return [Broken((*path, index), f"{one!r} is no recipient of {notifier}", expected) for index, one in enumerate(to) if not form.fullmatch(one)]
