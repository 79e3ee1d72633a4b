"""What columns have where nobody says anything."""

from __future__ import annotations

from sqlalchemy import func, text

NOW = func.current_timestamp()
EMPTY = text("'[]'")
