"""Days and moments as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from ..errors import DataError


def moment_of(text: str, now: datetime) -> datetime:
    """The moment that is meant: the end of a past or coming day (UTC), now for today or nothing, or a time with its zone.

    Raises:
        DataError: it is none of these.
    """
    try:
        if "T" in text:
            told = datetime.fromisoformat(text)
            if told.tzinfo is None:
                raise DataError(f"{text!r} names no time zone; expected one such as 2027-12-02T12:00Z")
            return told.astimezone(UTC)
        day = date.fromisoformat(text) if text else now.astimezone(UTC).date()
        return now if day == now.astimezone(UTC).date() else start_of(day + timedelta(days=1)) - timedelta(microseconds=1)
    except (OverflowError, ValueError):
        raise DataError(f"{text!r} is no day; expected one such as 2027-12-02, or a time such as 2027-12-02T12:00Z") from None


def start_of(day: date) -> datetime:
    """The first moment of a day, UTC."""
    return datetime.combine(day, time(), UTC)
