"""The ledger: one event for every state change or refusal, gapless, in an append-only hash tree.

An event is appended last in the transaction that changes state: no record, no change.
"""

from __future__ import annotations

from .append import append, tip
from .table import EventRow
from .verify import verify

__all__ = ["EventRow", "append", "tip", "verify"]
