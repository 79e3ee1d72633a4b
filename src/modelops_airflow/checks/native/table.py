"""Expectations about the table: its rows and the names of its columns."""

from __future__ import annotations

from .arguments import Arguments, NotNative
from .frame import Frame
from .result import Result


def column_exists(frame: Frame, given: Arguments) -> Result:
    """A column is there, or is at a place."""
    name = given.text("column")
    place = given.whole("column_index") if "column_index" in given.names else 0
    if not place:  # the library takes place 0 for none given
        return Result(name in frame.names)
    return Result(-len(frame.names) <= place < len(frame.names) and frame.names[place] == name)


def row_count_between(frame: Frame, given: Arguments) -> Result:
    """The number of rows is in a range."""
    return Result(bool(given.bounds(whole=True).hold(frame.rows)), observed=frame.rows)


def row_count_equals(frame: Frame, given: Arguments) -> Result:
    """The number of rows."""
    return Result(frame.rows == given.whole("value"), observed=frame.rows)


def column_count_between(frame: Frame, given: Arguments) -> Result:
    """The number of columns is in a range."""
    return Result(bool(given.bounds().hold(len(frame.names))), observed=len(frame.names))


def column_count_equals(frame: Frame, given: Arguments) -> Result:
    """The number of columns."""
    return Result(len(frame.names) == given.whole("value"), observed=len(frame.names))


def columns_in_order(frame: Frame, given: Arguments) -> Result:
    """The names of the columns, in order."""
    return Result(list(frame.names) == given.texts("column_list"), observed=list(frame.names))


def columns_as_set(frame: Frame, given: Arguments) -> Result:
    """The names of the columns in any order; without `exact_match` there may be more."""
    wanted, there = set(given.texts("column_set")), set(frame.names)
    if len(there) < len(frame.names):
        raise NotNative
    met = wanted == there if given.flag("exact_match", default=True) else wanted <= there
    return Result(met, observed=sorted(there))
