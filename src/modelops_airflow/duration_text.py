"""How a stretch of time is written: an ISO 8601 duration, bounded, so that no sum of it is beyond the calendar."""

from __future__ import annotations

import re

PATTERN = r"^P([0-9]{1,2}Y|[0-9]{1,4}[MWD]){1,4}$|^PT([0-9]{1,5}[HMS]){1,3}$"
"""For schemas."""

DURATION = re.compile(r"P([0-9]{1,2}Y|[0-9]{1,4}[MWD]){1,4}|PT([0-9]{1,5}[HMS]){1,3}")
"""For options of steps and checks; of a whole text."""
