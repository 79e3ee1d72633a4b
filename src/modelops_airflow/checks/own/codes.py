"""The codes of what can be wrong with a project's own checks; stable, never renumbered."""

from __future__ import annotations

CODES = {
    "CHECK001": "a file of checks that cannot be read",
    "CHECK002": "a check that its file does not declare plainly",
    "CHECK003": "a check with a name that is taken",
    "CHECK004": "a file of checks that cannot be imported, or registers something else than it declares",
    "CHECK005": "a step whose check cannot be used",
}
