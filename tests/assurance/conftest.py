"""The bank for these tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bank import bank, migrated, postgres, register_url

__all__ = ["bank", "migrated", "postgres", "register_url"]
