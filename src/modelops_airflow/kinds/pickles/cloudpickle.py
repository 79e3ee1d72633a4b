"""cloudpickle: a scikit-learn model saved with cloudpickle, as long as it holds no code."""

from __future__ import annotations

from ..kind import kind
from .pickled import Pickled


@kind("cloudpickle", suffixes=(".pkl", ".pickle", ".cloudpickle"))
class Cloudpickle(Pickled):
    """A scikit-learn model saved with cloudpickle, without functions by value; by policy, and scored in a jail."""
