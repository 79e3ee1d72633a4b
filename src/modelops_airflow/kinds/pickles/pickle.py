"""pickle: a scikit-learn model saved with the standard library's pickle."""

from __future__ import annotations

from ..kind import kind
from .pickled import Pickled


@kind("pickle", suffixes=(".pkl", ".pickle"))
class Pickle(Pickled):
    """A scikit-learn model saved with pickle; only where a policy allows it, and scored in a jail."""
