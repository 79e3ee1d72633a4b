"""Attachments: files that a check keeps beside its result, for people to take away.

An attachment proves nothing. Evidently's page differs from run to run and is in no digest; a datasheet is made of the measurement,
and the evidence names its digest. Nobody's pages are shown by ours: they are saved as files, and a browser that opens them at our
address does so in a sandbox.
"""

from __future__ import annotations

from ..errors import CheckError

DATASHEET, EVIDENTLY = "datasheet.md", "evidently.html"
ATTACHMENTS = {DATASHEET: "data-quality", EVIDENTLY: "evidently"}
"""All that there are, and the check that each is of; nothing else that a step produced is given out by name."""

LARGEST = 50_000_000
"""Bytes."""


def demand_attachable(check: str, name: str, data: bytes) -> None:
    """Refuse what cannot be kept.

    Raises:
        CheckError: a name that is not the check's, or too large.
    """
    if ATTACHMENTS.get(name) != check:
        known = [one for one, of in ATTACHMENTS.items() if of == check]
        raise CheckError(f"check {check} may not keep {name!r}; expected {', '.join(known) or 'no attachment'}")
    if len(data) > LARGEST:
        raise CheckError(f"attachment {name} has {len(data):,} bytes; expected at most {LARGEST:,}; ask for fewer metrics or a smaller sample")
