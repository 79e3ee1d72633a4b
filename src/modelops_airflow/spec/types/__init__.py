"""The words of our YAML files as frozen types.

The same types make the JSON Schema for editors. Unknown keys are errors, nothing is coerced, and
no number may be NaN or infinite.
"""

from __future__ import annotations

from .data import Columns, Data, DataSource, Files, Labels, Sql, Window
from .governance import (
    BreakGlass,
    CalendarRules,
    Environment,
    Governance,
    Person,
    Recertification,
    Role,
    RunProfile,
    Sources,
)
from .lifecycle import Insert, Lifecycle, LifecycleUse, Require, Step, StepChange
from .model_file import Legacy, LegacyWaiver, Model, ModelFile
from .notify import About, ConnectionName, Escalate, Notify, Recipient
from .word import Condition, Day, Duration, Id, Language, Name, Scalar, Strict, Text, Tier

__all__ = [
    "About", "BreakGlass", "CalendarRules", "Columns", "Condition", "ConnectionName", "Data", "DataSource", "Day",
    "Duration", "Environment", "Escalate", "Files", "Governance", "Id", "Insert", "Labels", "Language", "Legacy",
    "LegacyWaiver", "Lifecycle", "LifecycleUse", "Model", "ModelFile", "Name", "Notify", "Person",
    "Recertification", "Recipient", "Require", "Role", "RunProfile", "Scalar", "Sources", "Sql", "Step",
    "StepChange", "Strict", "Text", "Tier", "Window",
]
