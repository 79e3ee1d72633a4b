"""Attachments: files that a check keeps beside its result, for people to take away.

An attachment proves nothing: no statement, pack or approval has its digest, so it may differ from run to run. Nobody's pages are shown by ours:
they are saved as files, and a browser that opens them at our address does so in a sandbox.
"""

from __future__ import annotations

from ..errors import CheckError

DATASHEET, EVIDENTLY = "datasheet.md", "evidently.html"
ATTACHMENTS = (DATASHEET, EVIDENTLY)
"""All that there are; nothing else that a step produced is given out by name."""

LARGEST = 50_000_000
"""Bytes."""


def demand_attachable(name: str, data: bytes) -> None:
    """Refuse what cannot be kept.

    Raises:
        CheckError: another name than there is, or too large.
    """
    if name not in ATTACHMENTS:
        raise CheckError(f"attachment {name!r} has a name that nobody looks for; expected one of {', '.join(ATTACHMENTS)}")
    if len(data) > LARGEST:
        raise CheckError(f"attachment {name} has {len(data):,} bytes; expected at most {LARGEST:,}; ask for fewer metrics or a smaller sample")
