"""A place with signed deployments, for these tests."""

from __future__ import annotations

from signed_place import place

__all__ = ["place"]
