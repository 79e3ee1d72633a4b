"""From a model file, a life cycle and the policies to a plan: plain data with a digest.

`make_plan` builds one, `plans_of` all of a model, `compare` says what a change would do.
"""

from __future__ import annotations

from .compare import Impact, compare
from .make import lifecycles_of, make_plan, plans_of
from .named_packs import asked_of
from .types import Plan, PlannedStep, Requirement

__all__ = ["Impact", "Plan", "PlannedStep", "Requirement", "asked_of", "compare", "lifecycles_of", "make_plan", "plans_of"]
