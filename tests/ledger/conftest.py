"""The bank for these tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bank import bank, migrated, postgres, register_url
from time_authority import authority, issuers

__all__ = ["authority", "bank", "issuers", "migrated", "postgres", "register_url"]
