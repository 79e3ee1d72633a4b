"""The state machine of a version, as data. Drawn in docs/explanation/states.md."""

from __future__ import annotations

TRANSITIONS: frozenset[tuple[str, str]] = frozenset(
    {
        ("registered", "validating"),  # a run pinned it
        ("validating", "waiting"),  # decided, gates follow
        ("validating", "rejected"),  # a requirement failed
        ("waiting", "approved"),  # every gate is settled
        ("waiting", "rejected"),  # somebody rejected it
        ("approved", "rejected"),
        ("approved", "in_use"),  # published and read back
        ("in_use", "approved"),  # superseded by another version
        ("in_use", "suspended"),
        ("rejected", "waiting"),  # its rejection was withdrawn by its author
        ("rejected", "validating"),  # another attempt; all attempts stay listed
        ("waiting", "validating"),
        ("approved", "validating"),
        ("suspended", "validating"),  # starting again takes a release
        ("registered", "retired"),
        ("validating", "retired"),
        ("waiting", "retired"),
        ("approved", "retired"),
        ("rejected", "retired"),
        ("in_use", "retired"),
        ("suspended", "retired"),
    }
)


def permitted(before: str, after: str) -> bool:
    """Whether a version may go from one state to another; staying is always permitted."""
    return before == after or (before, after) in TRANSITIONS
