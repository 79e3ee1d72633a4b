"""From a gate's task to the page where people decide."""

from __future__ import annotations

from airflow.sdk import BaseOperator, BaseOperatorLink
from airflow.sdk.types import TaskInstanceKey


class ApprovalLink(BaseOperatorLink):
    """Link of a gate to the Approvals page."""

    name = "Approval"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Path of the page; it lists what waits for the reader first."""
        return "/plugin/approvals"
