"""Deployment targets: where an approved artifact goes live. One target a file.

The base class owns the order (fence, publish, read back, compare); a target says how it stores,
switches and reads. Only the deploy step calls these, with a fence that the register gave.
"""

from __future__ import annotations

from .target import (
    TARGETS,
    Observation,
    Release,
    Target,
    longest_of,
    parameters_of_target,
    strengths,
    target,
    target_of,
    where_of,
    wrong_target,
)

__all__ = ["TARGETS", "Observation", "Release", "Target", "longest_of", "parameters_of_target", "strengths", "target",
           "target_of", "where_of", "wrong_target"]
