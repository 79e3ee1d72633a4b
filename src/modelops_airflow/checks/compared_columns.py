"""Which columns are compared with the baseline; a column that went missing is an error and not one less to compare."""

from __future__ import annotations

from collections.abc import Sequence

from ..data.profile import TIME, Profiles
from ..errors import CheckError

NO_BASELINE = "there is no baseline; name data.baseline in the model file"


def compared_columns(profiles: Profiles, named: Sequence[str] | None, roles: Sequence[str]) -> list[str]:
    """The named columns, or those of these roles, that both sides have.

    Raises:
        CheckError: no baseline, a column is missing, or none is left.
    """
    if profiles.baseline is None:
        raise CheckError(NO_BASELINE)
    there = profiles.current.columns
    for name in named or ():
        if name not in there:
            raise CheckError(f"column {name!r} is not in the current data")
    gone = [name for name in profiles.baseline.columns if name not in there and profiles.roles.get(name) != "target"]
    if gone:
        raise CheckError(f"the current data lacks columns of the baseline: {', '.join(gone)}")
    found = [
        name for name, column in there.items()
        if name in profiles.baseline.columns and not column.kind == TIME == profiles.baseline.columns[name].kind
        and (name in named if named is not None else profiles.roles.get(name) in roles)
    ]
    if not found:
        raise CheckError("no column to compare")
    return found
