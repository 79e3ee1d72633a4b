"""Pickled numpy types: their size, and whether they say the truth about holding Python objects.

numpy believes the flags of a pickled type. One that hides its objects turns plain bytes into
pointers, so a type whose flags are not those that numpy writes is refused.
"""

from __future__ import annotations

import re

from .imagined import Box, Made, Name

_SIMPLE = re.compile(r"b1|[iu][1248]|f(?:2|4|8|12|16)|c(?:8|16|24|32)|[mM]8")
_SIZED = re.compile(r"([USV])([0-9]{1,9})")
_ENDS = ("<", ">", "|", "=")
_OBJECT_FLAGS, _VOID_FLAGS = 63, (16, 144)  # NPY_OBJECT_DTYPE_FLAGS; NPY_USE_GETITEM, with or without NPY_ALIGNED_STRUCT
DTYPE = Name("numpy", "dtype")


def is_dtype(value: object) -> bool:
    """Whether a value is a numpy type whose state was set and found honest."""
    return isinstance(value, Made) and value.by == DTYPE and value.state is not None


def spec_of(value: Made) -> str:
    """Its letters and size, such as `f8` or `O8`."""
    return str(value.args[0])


def holds_objects(value: Made) -> bool:
    """Whether its values are Python objects."""
    return spec_of(value) == "O8"


def item_size(value: Made) -> int:
    """Bytes of one value."""
    return int(re.sub(r"\D", "", spec_of(value))) * (4 if spec_of(value)[0] == "U" else 1)


def good_arguments(args: tuple[object, ...]) -> bool:
    """Whether the arguments make a new type and not one that numpy shares: `("f8", False, True)`."""
    if len(args) != 3 or not isinstance(args[0], str) or args[1] not in (False, 0) or args[2] not in (True, 1):
        return False
    return args[0] == "O8" or bool(_SIMPLE.fullmatch(args[0]) or _SIZED.fullmatch(args[0]))


def good_state(made: Made, state: object) -> bool:
    """Whether a state is what numpy itself writes for this type; it may be set once."""
    if made.state is not None or not isinstance(state, tuple) or len(state) not in (8, 9):
        return False
    spec, version, end, subarray, names, fields, size, flags = spec_of(made), *state[:6], state[7]
    if version not in (3, 4) or end not in _ENDS or subarray is not None or not isinstance(flags, int):
        return False
    if len(state) == 9 and (spec[0] not in "mM" or not isinstance(state[8], tuple) or state[8][:1] != (None,)):
        return False
    if spec[0] == "V" and names is not None:
        return flags in _VOID_FLAGS and size == item_size(made) and _good_fields(made, names, fields)
    expected = {"O8": (-1, _OBJECT_FLAGS)}.get(spec)
    if expected is None:
        sized = _SIZED.fullmatch(spec) is not None
        expected = (item_size(made) if sized else -1, 8 if spec[0] == "U" else 0)
    return names is None and fields is None and (size, flags) == expected


def _good_fields(made: Made, names: object, fields: object) -> bool:
    if not isinstance(names, tuple) or not isinstance(fields, Box) or set(fields.items) != {n for n in names if isinstance(n, str)}:
        return False
    fields.closed = True  # numpy keeps this very dictionary
    return len(fields.items) == len(names) and all(_good_field(made, one) for one in fields.items.values())


def _good_field(made: Made, field: object) -> bool:
    if not isinstance(field, tuple) or len(field) != 2 or not is_dtype(field[0]) or holds_objects(field[0]):
        return False
    at = field[1]
    return isinstance(at, int) and 0 <= at <= item_size(made) - item_size(field[0])
