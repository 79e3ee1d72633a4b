"""A check in a hand-written DAG: any data, no life cycle, nothing in the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from ..measurement import Status, Verdict
from .run import connection_url
from .settings import settings_from_airflow

if TYPE_CHECKING:
    from airflow.sdk import Context


class StandaloneCheckOperator(BaseOperator):
    """Runs one check on data that needs no model, and fails on what you require.

    Args:
        check: name of the check, e.g. `drift`, or of one of the project's own.
        current, baseline: paths below the project root, {"files": ..., "connection": ...} of a store, or
            {"sql": ..., "connection": ..., "push_down": ...}.
        columns: what columns mean, as in a model file.
        options: the check's parameters.
        require: metric -> {"warn": "...", "fail": "..."}.

    Returns the Measurement as JSON, for the next task. It is not evidence and approves nothing.
    """

    template_fields: Sequence[str] = ()
    ui_color = "#e6f4ea"

    def __init__(
        self, *, check: str, current: str | Mapping[str, Any], baseline: str | Mapping[str, Any] | None = None,
        columns: Mapping[str, Any] | None = None, options: Mapping[str, Any] | None = None,
        require: Mapping[str, Mapping[str, str]] | None = None, **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.check, self.current, self.baseline = check, current, baseline
        self.columns, self.options, self.require = columns or {}, options or {}, require or {}

    def execute(self, context: Context) -> dict[str, Any]:
        """Scan, measure, judge."""
        from ..checks import CheckContext, asked_of, exact_methods, run_check
        from ..checks.own import named
        from ..data.dataset import open_dataset
        from ..data.prepare import profiles_of
        from ..plan import Requirement
        from ..policy.verdict import judge
        from ..spec.project import Project

        project = Project(settings_from_airflow().root)
        current, baseline = (
            None if one is None else open_dataset(one, resolve=project.resolve, connections=connection_url, tag=f"check={self.check}")
            for one in (self.current, self.baseline)
        )
        if current is None:
            raise AirflowFailException(f"check {self.check} has no current data")
        asked = asked_of([(self.check, self.options)], self.columns.get("protected", ()))
        profiles = profiles_of(current, baseline, self.columns, exact=exact_methods([self.options]), asked=asked)
        there, old = (None if name in profiles.pushed else side for name, side in (("current", current), ("baseline", baseline)))
        context_of_check = CheckContext(resolve=project.resolve, dataset=there, baseline=old, columns=self.columns, until=datetime.now(UTC))
        measured = run_check(named(project, self.check), profiles, self.options, context=context_of_check)
        if measured.status is Status.ERROR:
            raise AirflowException("; ".join(measured.notes))
        rules = [Requirement(metric, rule.get("warn"), rule.get("fail"), {}, "DAG", default=False)
                 for metric, rule in self.require.items()]
        judgement = judge(rules, measured)
        for line in judgement.reasons():
            self.log.warning("%s", line)
        if rules and judgement.verdict is not Verdict.PASS:
            raise AirflowFailException("; ".join(judgement.reasons()) or judgement.verdict.value)
        return measured.to_json()
