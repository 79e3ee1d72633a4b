"""joblib: a scikit-learn model saved with joblib, compressed or not."""

from __future__ import annotations

from ..kind import kind
from .pickled import Pickled


@kind("joblib", suffixes=(".joblib", ".pkl", ".z", ".gz", ".bz2", ".xz", ".lzma"))
class Joblib(Pickled):
    """A scikit-learn model saved with joblib; only where a policy allows it, and scored in a jail."""

    arrays = True
