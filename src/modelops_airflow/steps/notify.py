"""notify: tell people what happened and what is due. A server that does not answer holds up nobody but its own connection."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from ..governance.outbox import CLAIM, Claimed, claim, failed, fill, sent
from ..inventory.register import Register

Send = Callable[[Claimed], None]
"""Sends one message, and returns once the server took it; raises whatever went wrong."""

_ADDRESS = re.compile(r"\S*://\S*")


@dataclass(frozen=True)
class Round:
    """What one round did, in one line a thing; `trouble` has what could not be looked at, and the connections that could not be used."""

    told: list[str]
    trouble: list[str]


def notify(register: Register, send: Send, *, at_most: int = 500, lasts: timedelta = CLAIM) -> Round:
    """One round: fill the outbox, then send what waits. A connection that fails is not tried again in the round.

    Args:
        at_most: messages in one round.
        lasts: how long a message is this sender's alone.
    """
    filled, told, down, sender = fill(register), dict[str, int](), dict[str, str](), uuid.uuid4().hex
    for _ in range(at_most):
        one = claim(register, sender, without=down, lasts=lasts)
        if one is None:
            break
        try:
            send(one)
        except Exception as error:  # whatever a server, a connection or a provider does: the others are still told
            down[one.connection] = _said(error)
            failed(register, one.id, down[one.connection])
        else:
            sent(register, one.id)
            told[one.connection] = told.get(one.connection, 0) + 1
    lines = [f"{filled.new} new"] if filled.new else []
    return Round([*lines, *(f"{number} sent through {name}" for name, number in sorted(told.items()))],
                 [*(f"what is told of {one}" for one in filled.broken), *(f"{name} could not be used: {why}" for name, why in sorted(down.items()))])


def _said(error: Exception) -> str:
    """What went wrong, without addresses: a webhook's is a secret."""
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__}: {_ADDRESS.sub('<address>', first)}"[:300]
