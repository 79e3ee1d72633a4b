"""Which columns are compared with the baseline; a column that went missing is an error and not one less to compare."""

from __future__ import annotations

from collections.abc import Sequence

from ..data.profile import TIME, UNCOMPARED, Profile, Profiles
from ..errors import CheckError

NO_BASELINE = "there is no baseline; name data.baseline in the model file"


def compared_columns(profiles: Profiles, named: Sequence[str] | None, roles: Sequence[str]) -> list[str]:
    """The named columns, or those of these roles, that both sides have.

    Raises:
        CheckError: no baseline, a column is missing, a named one cannot be compared, or none is left.
    """
    if profiles.baseline is None:
        raise CheckError(NO_BASELINE)
    there, before = profiles.current.columns, profiles.baseline.columns
    for name in named or ():
        if why := left_out(profiles.baseline, profiles.current, name):
            raise CheckError(f"column {name!r} is named in columns and cannot be compared: {why}")
    gone = [name for name in before if name not in there and profiles.roles.get(name) != "target"]
    if gone:
        raise CheckError(f"the current data lacks columns of the baseline: {', '.join(gone)}")
    found = [
        name for name, column in there.items()
        if name in before and not (column.kind in UNCOMPARED and column.kind == before[name].kind)
        and (name in named if named is not None else profiles.roles.get(name) in roles)
    ]
    if not found:
        raise CheckError("no column to compare")
    return found


def left_out(baseline: Profile, current: Profile, name: str) -> str:
    """Why a column has no distance; empty if it has one."""
    old, new = baseline.columns.get(name), current.columns.get(name)
    if old is None or new is None:
        return f"it is not in the {'current data' if new is None else 'baseline'}"
    if old.kind != new.kind:
        return f"{old.kind} became {new.kind}"
    return f"it holds {'times' if new.kind == TIME else 'lists, or says who a row is'}" if new.kind in UNCOMPARED else ""
