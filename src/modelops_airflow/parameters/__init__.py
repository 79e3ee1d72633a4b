"""Options of checks, kinds and targets: declared as keyword-only arguments, linted before anything runs."""

from __future__ import annotations

from .parameter import Parameter, lacking_options, parameters_of, wrong_options
from .range import Range
from .schema import options_schema

__all__ = ["Parameter", "Range", "lacking_options", "options_schema", "parameters_of", "wrong_options"]
