"""Onboarding: what exists elsewhere, found where it is and written down as model files. It reads, and loads no model."""

from __future__ import annotations

from .found import Found, Problem, named
from .model_file import UNSAID, Choices, model_file

__all__ = ["UNSAID", "Choices", "Found", "Problem", "model_file", "named"]
