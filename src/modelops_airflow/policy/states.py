"""The state machine of a version, as data. Drawn in docs/explanation/states.md."""

from __future__ import annotations

TRANSITIONS: frozenset[tuple[str, str]] = frozenset(
    {
        ("registered", "validating"),  # a run pinned it
        ("validating", "waiting"),  # decided, gates follow
        ("validating", "rejected"),  # a requirement failed
        ("waiting", "approved"),  # every gate is settled
        ("waiting", "conditional"),  # every gate is settled, and somebody named conditions
        ("approved", "conditional"),  # an approval was given anew, under conditions
        ("conditional", "approved"),  # or without
        ("conditional", "rejected"),
        ("conditional", "restricted"),  # published and read back; its conditions are the terms
        ("conditional", "in_use"),  # its conditions were met before
        ("conditional", "validating"),
        ("conditional", "retired"),
        ("approved", "restricted"),  # published again while a restriction of it lasts
        ("restricted", "in_use"),  # two people said that what was asked is done
        ("in_use", "restricted"),  # by a person of the control side
        ("restricted", "conditional"),  # superseded by another version
        ("restricted", "approved"),
        ("restricted", "suspended"),  # stopped, or its time is over
        ("restricted", "retired"),
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


SERVING = frozenset({"in_use", "restricted"})
"""States in which a version answers, fully or under terms."""
READY = frozenset({"approved", "conditional"})
"""States in which a version may go live."""


def permitted(before: str, after: str) -> bool:
    """Whether a version may go from one state to another; staying is always permitted."""
    return before == after or (before, after) in TRANSITIONS
