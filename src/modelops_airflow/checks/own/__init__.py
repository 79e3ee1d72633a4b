"""Checks of the project's own: files `checks/*.py` beside `dags/`, reviewed and versioned with the models.

    from modelops_airflow.checks import check

    @check("late-payments", version=1, metrics=("late_share",))
    def late_payments(profiles, *, column: str = "days_late") -> Measurement: ...

What a file declares is read from its text: making plans and DAGs runs none of it. It is run by the task that
measures, which demands the digest that stands in the pinned plan.
"""

from __future__ import annotations

from .codes import CODES
from .declared import OwnCheck
from .folder import FOLDER, NONE, STEPS, OwnChecks, files_of_checks, own_checks, own_checks_in
from .load import check_of, imported, named

__all__ = ["CODES", "FOLDER", "NONE", "STEPS", "OwnCheck", "OwnChecks", "check_of", "files_of_checks", "imported", "named", "own_checks", "own_checks_in"]
